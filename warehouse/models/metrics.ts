import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What keeping the models up to date counts. */
export interface ModelMetrics {
  /** A batch became visible: its number, and how long it took. */
  published(watermark: string, seconds: number): void;
  /** Models that are stopped now. */
  stopped(count: number): void;
  /** Which version of the models is kept, and what is built to take its place. */
  rollout(state: { readonly isRefused: boolean; readonly isRolledBack: boolean; readonly keysLeft: number }): void;
  /** The warehouse was not available, and what was begun is begun again. */
  retried(): void;
}

export function createModelMetrics(registry: Registry): ModelMetrics {
  const registers = [registry];
  const batchSeconds = new Histogram({
    name: 'millrace_models_batch_seconds',
    help: 'Time from looking at the positions until the batch was published.',
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120],
    registers,
  });
  const watermark = new Gauge({
    name: 'millrace_models_published_watermark',
    help: 'Number of the last published batch.',
    registers,
  });
  const stopped = new Gauge({
    name: 'millrace_models_stopped',
    help: 'Models that failed, or whose input did, and stay at an earlier watermark.',
    registers,
  });
  const retries = new Counter({
    name: 'millrace_models_retries_total',
    help: 'Times that the warehouse was not available.',
    registers,
  });
  const refused = new Gauge({
    name: 'millrace_models_folder_refused',
    help: '1 while the last folder of models that was to be taken up was not: it is broken, or failed.',
    registers,
  });
  const rolledBack = new Gauge({
    name: 'millrace_models_rolled_back',
    help: '1 while readers see a former version of the models, which a restart does not replace.',
    registers,
  });
  const keysLeft = new Gauge({
    name: 'millrace_models_build_keys_left',
    help: 'Keys that are to be computed until the next version of the models is built.',
    registers,
  });
  return {
    published(number, seconds) {
      batchSeconds.observe(seconds);
      watermark.set(Number(number));
    },
    stopped: (count) => stopped.set(count),
    rollout(state) {
      refused.set(state.isRefused ? 1 : 0);
      rolledBack.set(state.isRolledBack ? 1 : 0);
      keysLeft.set(state.keysLeft);
    },
    retried: () => retries.inc(),
  };
}
