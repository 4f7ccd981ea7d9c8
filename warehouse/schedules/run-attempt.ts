import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Lease } from '../leases/lease.ts';
import { SCHEDULE_ERRORS } from './errors.ts';
import { type LedgerEntry, writeEntry } from './ledger.ts';
import { stateAfterFailure } from './next-step.ts';
import type { Interval, ScheduledTask } from './task.ts';

/** A task whose signal has aborted is given this long to end. */
const GRACE_MS = 5_000;
const MAX_DETAIL = 1_000;

/**
 * Runs a task once for an interval, and writes down what became of it: that it runs before anything is done. Answers the
 * entry; rejects with MR-SCHED-003 when the lease was lost: then nothing more is written, the interval is its next holder's.
 */
export async function runAttempt(options: {
  client: ClickHouseClient;
  task: ScheduledTask;
  lease: Lease;
  interval: Interval;
  trigger: LedgerEntry['trigger'];
  attempt: number;
  attempts: number;
  timeoutMs: number;
  runner: string;
  signal: AbortSignal;
  logger: Logger;
}): Promise<LedgerEntry> {
  const { client, task, lease, interval, trigger, attempt, attempts, timeoutMs, runner, signal, logger } = options;
  const begun: LedgerEntry = {
    task: task.name,
    trigger,
    ...interval,
    state: 'running',
    attempts: attempt,
    startedAtMs: Date.now(),
    finishedAtMs: null,
    code: '',
    detail: '',
    runner,
  };
  await writeEntry(client, begun, lease.term());
  const ended = await outcomeOf({ task, interval, timeoutMs, lost: lease.lost, signal, logger });
  if (!lease.isHeld()) throw lease.lost.reason;
  const finishedAtMs = Date.now();
  let entry: LedgerEntry;
  if (ended.error === null) {
    entry = { ...begun, state: 'done', finishedAtMs, detail: ended.detail.slice(0, MAX_DETAIL) };
  } else {
    const { code, message } = ended.error;
    const state = stateAfterFailure({ attempt, attempts, isInterrupted: signal.aborted });
    const counted = state === 'interrupted' ? attempt - 1 : attempt;
    entry = { ...begun, state, attempts: counted, finishedAtMs, code, detail: message.slice(0, MAX_DETAIL) };
  }
  await writeEntry(client, entry, lease.term());
  return entry;
}

type Outcome =
  | { readonly error: null; readonly detail: string }
  | { readonly error: { readonly code: string; readonly message: string } };

async function outcomeOf(options: {
  task: ScheduledTask;
  interval: Interval;
  timeoutMs: number;
  lost: AbortSignal;
  signal: AbortSignal;
  logger: Logger;
}): Promise<Outcome> {
  const { task, interval, timeoutMs, lost, signal, logger } = options;
  const timeout = AbortSignal.timeout(Math.min(timeoutMs, MAX_TIMER_MS));
  const any = AbortSignal.any([timeout, lost, signal]);
  try {
    const detail = await unlessStuck(task.run({ interval, signal: any, logger }), any);
    return { error: null, detail };
  } catch (error) {
    if (timeout.aborted) {
      const { code, cause } = SCHEDULE_ERRORS.timedOut;
      return { error: { code, message: `${cause}: ${timeoutMs / 1000} s` } };
    }
    if (error instanceof MillraceError) return { error: { code: error.code, message: error.message } };
    if (!any.aborted) logger.error({ err: error, task: task.name }, 'task failed');
    const { code } = SCHEDULE_ERRORS.taskFailed;
    return { error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Longer than this Node's timers do not wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What the run settles with; a rejection when it goes on although it was told to end. */
async function unlessStuck(run: Promise<string>, signal: AbortSignal): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const stuck = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([run, stuck]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
