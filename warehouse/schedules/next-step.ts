import type { CronTimes } from './cron-times.ts';
import { dueInterval } from './due-interval.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Interval, Schedule } from './task.ts';

/** What is to be done about a task now. */
export type NextStep =
  /** It was never done: intervals count from here. */
  | { readonly kind: 'begin'; readonly interval: Interval }
  | { readonly kind: 'run'; readonly interval: Interval; readonly attempt: number }
  /** Its last attempt died with its process. */
  | { readonly kind: 'giveUp'; readonly entry: LedgerEntry }
  | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * Decides from what the ledger has last of a task's schedule. Whoever asks holds the task's lease, or only looks whether
 * there is anything to do: an entry that runs is then somebody's, or nobody's any more.
 */
export function nextStep(options: {
  last: LedgerEntry | null;
  schedule: Schedule;
  times: CronTimes;
  nowMs: number;
  isWantedAtOnce?: boolean;
}): NextStep {
  const { last, schedule, times, nowMs, isWantedAtOnce = false } = options;
  if (last === null) {
    const endMs = times.last(nowMs);
    const interval = { startMs: endMs, endMs };
    return isWantedAtOnce ? { kind: 'run', interval, attempt: 1 } : { kind: 'begin', interval };
  }
  const { startMs, endMs, state, attempts, finishedAtMs } = last;
  const interval = { startMs, endMs };
  switch (state) {
    case 'running':
      // Nobody holds the lease, so whoever ran it is gone.
      if (attempts >= schedule.attempts) return { kind: 'giveUp', entry: last };
      return { kind: 'run', interval, attempt: attempts + 1 };
    case 'interrupted':
      return { kind: 'run', interval, attempt: attempts + 1 };
    case 'retrying': {
      const untilMs = (finishedAtMs ?? nowMs) + schedule.retryAfterMs;
      return untilMs > nowMs ? { kind: 'wait', untilMs } : { kind: 'run', interval, attempt: attempts + 1 };
    }
    default: {
      const due = dueInterval({ times, lastEndMs: endMs, nowMs, catchUp: schedule.catchUp });
      if (due === null) return { kind: 'wait', untilMs: times.next(Math.max(endMs, nowMs)) };
      return { kind: 'run', interval: due, attempt: 1 };
    }
  }
}

/** What an attempt that ended without success leaves. */
export function stateAfterFailure(options: {
  attempt: number;
  attempts: number;
  isInterrupted: boolean;
}): 'interrupted' | 'retrying' | 'failed' {
  if (options.isInterrupted) return 'interrupted';
  return options.attempt < options.attempts ? 'retrying' : 'failed';
}
