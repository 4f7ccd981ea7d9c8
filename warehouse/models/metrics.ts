import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What keeping the models up to date counts. */
export interface ModelMetrics {
  /** A batch became visible: its number, and how long it took. */
  published(watermark: string, seconds: number): void;
  /** Models that are stopped now. */
  stopped(count: number): void;
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
  return {
    published(number, seconds) {
      batchSeconds.observe(seconds);
      watermark.set(Number(number));
    },
    stopped: (count) => stopped.set(count),
    retried: () => retries.inc(),
  };
}
