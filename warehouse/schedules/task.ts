import type { Logger } from '../../runtime/logger.ts';

/** From one time of the schedule (inclusive) to a later one (exclusive); Unix milliseconds. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

export interface TaskContext {
  /**
   * What the run is for, and up to when it is up to date when it succeeds. Of a run that somebody asked for: nothing but
   * the moment.
   */
  readonly interval: Interval;
  /** Aborts when the time is over, the lease is lost, or the process ends: nothing more is to be begun. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Something that is done from time to time. `run` has to be idempotent: it is called again for the same interval when a
 * process died in the middle of it, and two calls may overlap while one of them belongs to a process that was stopped,
 * until it notices. Resolves with what was done, in some words; a rejection is tried again as the schedule says.
 */
export interface ScheduledTask {
  readonly name: string;
  /** Never done before, it is done without waiting for the schedule's first time. */
  readonly isWantedAtOnce?: boolean;
  run(context: TaskContext): Promise<string>;
}

/** When a task is done: what the configuration says of it. */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
  /** Intervals that were missed: one after another, or all of them in one run. */
  readonly catchUp: 'each' | 'last';
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly retryAfterMs: number;
}
