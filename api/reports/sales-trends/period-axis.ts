import type { Window } from './windows.ts';

/** A stretch of time that a row, or what it is compared with, is about. */
export interface Stretch {
  /** What is counted. */
  readonly window: Window;
  /** The whole periods before its own that a moving average is of, besides the window. */
  readonly earlier: Window;
  /** Where the year begins that the window ends in; of the days 364 days before: the days 364 days before that year. */
  readonly yearFrom: number;
}

export interface Period extends Stretch {
  /** First day, or first instant of an hour, as an answer has it. */
  readonly label: string;
  /** The range has only a part of it, or it was not over when the state was published. */
  readonly isPartial: boolean;
  /** It was over by then. */
  readonly isOver: boolean;
  /** What it is compared with; null when there is no such thing. */
  readonly previous: Stretch | null;
}

/** The periods of a range, in order. */
export interface PeriodAxis {
  readonly periods: readonly Period[];
  /** Labels of those that follow. */
  following(count: number): string[];
}
