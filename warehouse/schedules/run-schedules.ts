import type { ClickHouseClient } from '@clickhouse/client';
import type { Registry } from 'prom-client';
import { sleep } from '../../runtime/abortable.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { ensureScheduleBookkeeping } from './bookkeeping.ts';
import { createScheduleMetrics } from './metrics.ts';
import { newRunner, runSchedule } from './run-schedule.ts';
import { tellSchedule } from './schedule-book.ts';
import type { Schedule, ScheduledTask } from './task.ts';

/** A task and when it is done; null: never, unless somebody asks. */
export interface PlannedTask {
  readonly task: ScheduledTask;
  readonly schedule: Schedule | null;
}

export interface RunSchedulesOptions {
  readonly client: ClickHouseClient;
  readonly planned: readonly PlannedTask[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly metrics: Registry;
  /** So long after its holder has died a task can be done by another runner. */
  readonly leaseMs?: number;
}

export const LEASE_MS = 30_000;
const RETRY_MS = 1_000;

/** Does tasks when their schedules say, each by itself, until the signal aborts. Any number of processes may. */
export async function runSchedules(options: RunSchedulesOptions): Promise<void> {
  const { client, planned, logger, signal, leaseMs = LEASE_MS } = options;
  const metrics = createScheduleMetrics(options.metrics);
  const runner = newRunner();
  while (!signal.aborted) {
    try {
      await ensureScheduleBookkeeping(client);
      for (const { task, schedule } of planned) {
        if (schedule === null) await tellSchedule(client, { task, schedule, nextAtMs: null, runner });
      }
      break;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await sleep(RETRY_MS, signal);
    }
  }
  await Promise.all(
    planned.map(async ({ task, schedule }) => {
      if (schedule === null) return;
      await runSchedule({ client, task, schedule, runner, leaseMs, signal, logger, metrics });
    }),
  );
}
