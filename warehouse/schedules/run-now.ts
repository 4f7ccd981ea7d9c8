import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { claimLease } from '../leases/lease.ts';
import { ensureScheduleBookkeeping } from './bookkeeping.ts';
import { SCHEDULE_ERRORS } from './errors.ts';
import type { LedgerEntry } from './ledger.ts';
import { runAttempt } from './run-attempt.ts';
import { newRunner } from './run-schedule.ts';
import { LEASE_MS } from './run-schedules.ts';
import type { ScheduledTask } from './task.ts';

/**
 * Does a task once because somebody asks, beside its schedule. Answers what came of it; rejects with MR-SCHED-006 while another
 * runner does it.
 */
export async function runNow(options: {
  client: ClickHouseClient;
  task: ScheduledTask;
  timeoutMs: number;
  signal: AbortSignal;
  logger: Logger;
}): Promise<LedgerEntry> {
  const { client, task, logger } = options;
  await ensureScheduleBookkeeping(client);
  const runner = newRunner();
  const lease = await claimLease({ client, name: task.name, runner, leaseMs: LEASE_MS, logger });
  if (!('release' in lease)) throw new MillraceError(SCHEDULE_ERRORS.heldElsewhere, `${task.name}: ${lease.runner}`);
  try {
    const nowMs = Date.now();
    const interval = { startMs: nowMs, endMs: nowMs };
    return await runAttempt({ ...options, lease, interval, trigger: 'manual', attempt: 1, attempts: 1, runner });
  } finally {
    await lease.release();
  }
}
