import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestBroker } from '../changelog/kafka/testing/test-broker.ts';
import { startCompany } from '../demo/company.ts';
import { createLogger } from '../runtime/logger.ts';
import { startSystem } from '../test/harness/running-system.ts';
import type { Result } from './figures.ts';
import { untilKnown } from './latency.ts';
import { childWith, cpuSeconds } from './process-usage.ts';

const TARGET_PERCENT = 2;
/** After the first copy; merges of what it brought are over by then. */
const SETTLE_MS = 60_000;
const MEASURED_MS = 60_000;

/**
 * What the whole line costs when nothing happens: five sources over a broker, with their loader, models and API. The target
 * is for Millrace's own processes; the servers that they keep awake are shown beside them.
 */
export async function benchIdle(options: { onProgress: (text: string) => void }): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const logger = createLogger({ name: 'bench', level: 'warn' });
  options.onProgress('starting the example company and the system');
  const company = await startCompany({ folder: join(folder, 'company'), seed: 1, logger });
  const broker = await startTestBroker();
  try {
    const system = await startSystem({
      folder: join(folder, 'system'),
      sources: company.sourceConfigs(),
      log: { kafka: { brokers: [broker.address] } },
    });
    try {
      await untilKnown(system.api, 1);
      options.onProgress('at rest');
      await delay(SETTLE_MS);
      const pids = {
        supervisor: childWith(process.pid, 'millrace.js'),
        ingest: system.pid('ingest'),
        models: system.pid('models'),
        api: system.pid('api'),
        'ClickHouse server': system.pid('warehouse'),
        broker: childWith(process.pid, 'kafka.Kafka'),
      };
      const read = (): Map<string, number> =>
        new Map(Object.entries(pids).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, cpuSeconds(pid)]])));
      const before = read();
      await delay(MEASURED_MS);
      const after = read();
      const percent = (name: string): number =>
        (((after.get(name) ?? 0) - (before.get(name) ?? 0)) / (MEASURED_MS / 1000)) * 100;
      const ours = ['supervisor', 'ingest', 'models', 'api'].reduce((sum, name) => sum + percent(name), 0);
      return {
        name: 'the whole line at rest, over Kafka',
        figures: {
          'Millrace, % of a core': ours,
          ...Object.fromEntries([...after.keys()].map((name) => [`${name}, % of a core`, percent(name)])),
        },
        target: { text: `Millrace's processes under ${TARGET_PERCENT}% of a core`, reached: ours < TARGET_PERCENT },
      };
    } finally {
      await system.stop();
    }
  } finally {
    await broker.stop();
    await company.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
