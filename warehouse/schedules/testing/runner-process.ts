import { Registry } from 'prom-client';
import type { WarehouseConfig } from '../../../runtime/config/config.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { connect } from '../../clickhouse/connect.ts';
import { runSchedules } from '../run-schedules.ts';
import type { Schedule, ScheduledTask } from '../task.ts';

/** What a runner in a process of its own is told. */
export interface RunnerProcessOptions {
  readonly warehouse: WarehouseConfig;
  readonly task: string;
  readonly schedule: Schedule;
  readonly leaseMs: number;
}

/**
 * A task that writes what it does into `test.steps` and, when its interval ends at or behind `hold_from` of the newest row of
 * `test.gates`, does not end before there is a newer row.
 */
const { warehouse, task: name, schedule, leaseMs } = JSON.parse(process.argv[2] as string) as RunnerProcessOptions;
const logger = createLogger({ name: 'runner', level: 'error' });
const client = await connect({ config: warehouse, role: 'millrace', logger });
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

async function isHeld(): Promise<boolean> {
  const result = await client.query({
    query: 'select is_held from test.gates order by at desc limit 1',
    format: 'JSONEachRow',
  });
  const [gate] = await result.json<{ is_held: boolean }>();
  return gate?.is_held === true;
}

const task: ScheduledTask = {
  name,
  async run({ interval, signal }) {
    const tell = (step: string): Promise<unknown> =>
      client.insert({
        table: 'test.steps',
        values: [{ pid: process.pid, step, start_ms: interval.startMs, end_ms: interval.endMs }],
        columns: ['pid', 'step', 'start_ms', 'end_ms'],
        format: 'JSONEachRow',
      });
    await tell('began');
    while (await isHeld()) {
      if (signal.aborted) {
        await tell(`aborted: ${String((signal.reason as { code?: string }).code ?? '')}`);
        signal.throwIfAborted();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await tell('ended');
    return 'done';
  },
};
await runSchedules({
  client,
  planned: [{ task, schedule }],
  logger,
  signal: stopping.signal,
  metrics: new Registry(),
  leaseMs,
});
await client.close();
