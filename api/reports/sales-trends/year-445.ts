import type { Day } from '../calendar.ts';

/** Weeks of a 4-4-5 year before each of its periods. A 53rd week belongs to the last one. */
export const PERIODS_445 = {
  month: [0, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47],
  quarter: [0, 13, 26, 39],
  year: [0],
} as const;

export interface Weeks {
  /** Any day on which a week begins. */
  readonly firstWeekday: Day;
  /** Month in which the fiscal year begins, 1 to 12. */
  readonly fiscalYearStart: number;
}

const DAY_MS = 86_400_000;

/**
 * The 4-4-5 year begins with the week that has the fourth day of the fiscal year's first month, as `time_dimension` has it;
 * with January and Monday it is the year of ISO 8601. It is named by the calendar year in which the fiscal year ends.
 */
export function firstDayOf445Year(year: number, { firstWeekday, fiscalYearStart }: Weeks): Day {
  const fourth = Date.UTC(fiscalYearStart === 1 ? year : year - 1, fiscalYearStart - 1, 4) / DAY_MS;
  return fourth - modulo(fourth - firstWeekday, 7);
}

export function yearOf445(day: Day, weeks: Weeks): number {
  let year = new Date(day * DAY_MS).getUTCFullYear() + 1;
  while (firstDayOf445Year(year, weeks) > day) year--;
  while (firstDayOf445Year(year + 1, weeks) <= day) year++;
  return year;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
