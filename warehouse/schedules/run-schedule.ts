import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClickHouseClient } from '@clickhouse/client';
import { schedule as wakeAt } from 'node-cron';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import { claimLease, type Lease } from '../leases/lease.ts';
import { type CronTimes, cronTimes } from './cron-times.ts';
import { SCHEDULE_ERRORS } from './errors.ts';
import { readLastEntry, writeEntry } from './ledger.ts';
import type { ScheduleMetrics } from './metrics.ts';
import { type NextStep, nextStep } from './next-step.ts';
import { runAttempt } from './run-attempt.ts';
import { tellSchedule } from './schedule-book.ts';
import type { Schedule, ScheduledTask } from './task.ts';

export interface RunScheduleOptions {
  readonly client: ClickHouseClient;
  readonly task: ScheduledTask;
  readonly schedule: Schedule;
  readonly runner: string;
  readonly leaseMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly metrics: ScheduleMetrics;
}

/** A wake-up may be lost (the process was stopped, the clock was set): the time is looked at all the same. */
const LOOK_MS = 10_000;
const RETRY_MS = 2_000;

/** Names a process, and no other one ever. */
export function newRunner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`;
}

/**
 * Does a task whenever its schedule says, until the signal aborts. node-cron only wakes: what is to be done is what the
 * ledger lacks, so what was missed while nothing ran is done first. A warehouse that is away is waited for.
 */
export async function runSchedule(options: RunScheduleOptions): Promise<void> {
  const { task, schedule, signal, logger } = options;
  const times = cronTimes(schedule);
  const waker = new EventTarget();
  const cron = wakeAt(schedule.cron, () => void waker.dispatchEvent(new Event('wake')), {
    timezone: schedule.timeZone,
    suppressMissedWarning: true,
    unref: true,
  });
  try {
    while (!signal.aborted) {
      try {
        const waitMs = await stepOnce(options, times);
        if (waitMs > 0) await wait(waker, waitMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        const isPassing = isRetryable(error) || (error instanceof MillraceError && error.policy === 'retry');
        logger[isPassing ? 'debug' : 'error']({ err: error, task: task.name }, 'schedule is looked at again');
        await sleep(RETRY_MS, signal);
      }
    }
  } finally {
    await cron.destroy();
  }
}

/** Does what is to be done now; answers how long there is nothing to do, at the most. */
async function stepOnce(options: RunScheduleOptions, times: CronTimes): Promise<number> {
  const { client, task, schedule, metrics } = options;
  const look = async (): Promise<NextStep> =>
    nextStep({ ...task, last: await readLastEntry(client, task.name), schedule, times, nowMs: Date.now() });
  const seen = await look();
  if (seen.kind === 'wait') {
    metrics.behind(task.name, 0);
    await tellSchedule(client, { ...options, nextAtMs: seen.untilMs });
    return Math.max(1, seen.untilMs - Date.now());
  }
  if (seen.kind === 'run') metrics.behind(task.name, Math.max(0, Date.now() - seen.interval.endMs) / 1000);
  const claimed = await claimLease({ ...options, name: task.name });
  if (!('release' in claimed)) return Math.max(100, claimed.leftMs);
  try {
    // Somebody else may have done it before it was ours.
    await carryOut(await look(), claimed, options);
  } finally {
    await claimed.release();
  }
  return 0;
}

async function carryOut(step: NextStep, lease: Lease, options: RunScheduleOptions): Promise<void> {
  const { client, task, schedule, runner, metrics, logger } = options;
  switch (step.kind) {
    case 'begin': {
      const nothing = { attempts: 0, startedAtMs: null, finishedAtMs: null, code: '', detail: '', runner };
      const entry = { ...nothing, ...step.interval, task: task.name, trigger: 'schedule', state: 'begun' } as const;
      return writeEntry(client, entry, lease.term());
    }
    case 'giveUp': {
      const { code, cause: detail } = SCHEDULE_ERRORS.runnerGone;
      const entry = { ...step.entry, state: 'failed' as const, finishedAtMs: Date.now(), code, detail };
      await writeEntry(client, entry, lease.term());
      metrics.ended(entry);
      return logger.error({ task: task.name, code }, 'task is given up for this interval');
    }
    case 'run': {
      const { interval, attempt } = step;
      const { attempts, timeoutMs } = schedule;
      const entry = await runAttempt({
        ...options,
        lease,
        interval,
        trigger: 'schedule',
        attempt,
        attempts,
        timeoutMs,
      });
      metrics.ended(entry);
      const { state, code, detail } = entry;
      const told = { task: task.name, state, attempt, ...(code === '' ? {} : { code }), detail };
      if (state === 'failed') logger.error(told, 'task failed');
      else if (state === 'retrying') logger.warn(told, 'task is tried again');
      else logger.debug(told, 'task ran');
    }
  }
}

/** Until somebody wakes us, or it is time to look; by the clock, which may be set or stand still meanwhile. */
async function wait(waker: EventTarget, ms: number, signal: AbortSignal): Promise<void> {
  const untilMs = Date.now() + ms;
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  waker.addEventListener('wake', wake, { once: true });
  try {
    while (!woken.signal.aborted && !signal.aborted && Date.now() < untilMs) {
      await sleep(Math.min(LOOK_MS, untilMs - Date.now()), AbortSignal.any([woken.signal, signal]));
    }
  } finally {
    waker.removeEventListener('wake', wake);
  }
}
