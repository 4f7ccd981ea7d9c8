import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startCompany } from '../demo/company.ts';
import { Random } from '../demo/random.ts';
import { createLogger } from '../runtime/logger.ts';
import { type RunningSystem, type SystemPart, startSystem } from '../test/harness/running-system.ts';
import { quantile, type Result } from './figures.ts';
import { untilKnown } from './latency.ts';
import { openLoop } from './open-loop.ts';
import { cpuSeconds } from './process-usage.ts';
import { createReportMix } from './report-mix.ts';

const TARGET_P95_MS = 50;
const FIRST_CUSTOMER = 1;
/** For the first copy and the first build of the models. */
const START_MS = 240_000;
/** Of traffic, before anything is measured. */
const WARM_UP_MS = 8_000;
/** Traffic alone: what the same processes take without requests. */
const ALONE_MS = 8_000;
/** Of requests, before they count. */
const WARM_UP_SECONDS = 5;
const PARTS: readonly SystemPart[] = ['api', 'warehouse', 'models', 'ingest'];

/**
 * Reports from cubes at a rate, over HTTP, beside the traffic of the example company: the whole running system. A time is from the
 * moment at which a request was due, so that what waits behind slow ones counts.
 */
export async function benchReports(options: {
  /** Row changes a second. */
  rate: number;
  /** Requests a second. */
  requests: number;
  seconds: number;
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rate, requests, seconds, onProgress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const logger = createLogger({ name: 'bench', level: 'warn' });
  onProgress('starting the example company and the system');
  const company = await startCompany({ folder: join(folder, 'company'), seed: 1, logger });
  try {
    const system = await startSystem({ folder: join(folder, 'system'), sources: company.sourceConfigs() });
    try {
      // The first copy is another benchmark's.
      await untilKnown(system.api, FIRST_CUSTOMER, START_MS);
      const traffic = await company.startTraffic({ rate, seed: 1 });
      await delay(WARM_UP_MS);
      onProgress('traffic alone');
      const alone = await usage(system, () => delay(ALONE_MS));
      const mix = createReportMix({ seed: 1, today: new Date().toISOString().slice(0, 10) });
      const random = new Random(1, 'arrivals');
      const load = (forSeconds: number) =>
        openLoop({
          url: system.api,
          perSecond: requests,
          seconds: forSeconds,
          next: mix.next,
          random: () => random.unit(),
        });
      await load(WARM_UP_SECONDS);
      onProgress(`${requests} requests/s for ${seconds} s`);
      const before = { changes: traffic.counts().changes, metrics: await metricsOf(system.api) };
      const under = await usage(system, () => load(seconds));
      const changes = (traffic.counts().changes - before.changes) / under.seconds;
      const metrics = await metricsOf(system.api);
      const { latenciesMs, statuses, bytes } = under.result;
      const asked = latenciesMs.length;
      const p95 = quantile(latenciesMs, 0.95);
      const msEach = (part: SystemPart): number =>
        ((under.cores[part] - alone.cores[part]) * under.seconds * 1000) / asked;
      const grown = (name: string): number => (metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
      return {
        name: 'mixed reports from cubes',
        figures: {
          'requests/s asked for': requests,
          'requests/s answered': asked / under.result.seconds,
          statuses: JSON.stringify(statuses),
          'changes/s asked for': rate,
          'changes/s made': changes,
          'p50, ms': quantile(latenciesMs, 0.5),
          'p90, ms': quantile(latenciesMs, 0.9),
          'p95, ms': p95,
          'p99, ms': quantile(latenciesMs, 0.99),
          'longest, ms': Math.max(...latenciesMs),
          'answered from what was kept': grown('millrace_api_cache_hits_total') / asked,
          'answered from cells in memory': grown('millrace_api_held_answers_total') / asked,
          'queries a request': grown('millrace_api_query_seconds_count') / asked,
          'KiB an answer': bytes / asked / 1024,
          'CPU of the API, ms a request': msEach('api'),
          'CPU of the warehouse, ms a request': msEach('warehouse'),
          ...Object.fromEntries(PARTS.map((part) => [`cores, traffic alone: ${part}`, alone.cores[part]])),
          ...Object.fromEntries(PARTS.map((part) => [`cores, with requests: ${part}`, under.cores[part]])),
          'cores, with requests: this benchmark': under.own,
        },
        target: { text: `p95 under ${TARGET_P95_MS} ms`, reached: p95 < TARGET_P95_MS && asked === statuses['200'] },
      };
    } finally {
      await system.stop();
    }
  } finally {
    await company.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the parts of the system take of the machine meanwhile. */
async function usage<T>(
  system: RunningSystem,
  work: () => Promise<T>,
): Promise<{ result: T; seconds: number; own: number; cores: Record<SystemPart, number> }> {
  const read = () => Object.fromEntries(PARTS.map((part) => [part, cpuSeconds(system.pid(part) as number)]));
  const [before, own, beganMs] = [read(), process.cpuUsage(), performance.now()];
  const result = await work();
  const seconds = (performance.now() - beganMs) / 1000;
  const { user, system: kernel } = process.cpuUsage(own);
  const after = read();
  const cores = PARTS.map((part) => [part, ((after[part] as number) - (before[part] as number)) / seconds]);
  return { result, seconds, own: (user + kernel) / 1e6 / seconds, cores: Object.fromEntries(cores) };
}

/** Of the API: sums of each metric over its labels. */
async function metricsOf(api: string): Promise<Map<string, number>> {
  const answer = await fetch(`${api}/metrics`);
  const sums = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const match = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line);
    if (match !== null) sums.set(match[1] as string, (sums.get(match[1] as string) ?? 0) + Number(match[2]));
  }
  return sums;
}
