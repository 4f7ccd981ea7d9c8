import type { CronTimes } from './cron-times.ts';
import type { Interval } from './task.ts';

/**
 * The interval that is to be done next, null while none has ended since the last one. `lastEndMs`: up to where the ledger
 * is done. An interval is due when its end has come. `last`: what was missed is one interval.
 */
export function dueInterval(options: {
  times: CronTimes;
  lastEndMs: number;
  nowMs: number;
  catchUp: 'each' | 'last';
}): Interval | null {
  const { times, lastEndMs, nowMs, catchUp } = options;
  const firstMs = times.next(lastEndMs);
  if (firstMs > nowMs) return null;
  return { startMs: lastEndMs, endMs: catchUp === 'each' ? firstMs : times.last(nowMs) };
}
