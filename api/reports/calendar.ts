/** Days are counted from 1970-01-01, as ClickHouse's Date32 does; before it they are negative. */
export type Day = number;

export const GRAINS = ['day', 'week', 'month', 'quarter', 'year'] as const;
/** Length of a period. Weeks are ISO weeks: they begin on Monday and belong to no month or year. */
export type Grain = (typeof GRAINS)[number];

/** What Date32 can hold. */
export const FIRST_DAY = '1900-01-01';
export const LAST_DAY = '2299-12-31';

const DAY_MS = 86_400_000;
/** 1969-12-29, a Monday. */
const FIRST_MONDAY = -3;

/** The day that `YYYY-MM-DD` names; null when there is no such day or Date32 does not hold it. */
export function dayOf(text: string): Day | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < FIRST_DAY || text > LAST_DAY) return null;
  const [month, date] = [Number(text.slice(5, 7)) - 1, Number(text.slice(8))];
  const midnight = new Date(Date.UTC(Number(text.slice(0, 4)), month, date));
  // February 30 would be March 2.
  return midnight.getUTCMonth() === month && midnight.getUTCDate() === date ? midnight.getTime() / DAY_MS : null;
}

export function textOf(day: Day): string {
  const time = day * DAY_MS;
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : '';
}

/** Number of the period that holds a day. Consecutive periods have consecutive numbers. */
export function periodOf(grain: Grain, day: Day): number {
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear();
  switch (grain) {
    case 'day':
      return day;
    case 'week':
      return Math.floor((day - FIRST_MONDAY) / 7);
    case 'month':
      return year * 12 + date.getUTCMonth();
    case 'quarter':
      return year * 4 + Math.floor(date.getUTCMonth() / 3);
    case 'year':
      return year;
  }
}

/** First day of a period. The last one is the day before the next period's first. */
export function firstDayOf(grain: Grain, period: number): Day {
  switch (grain) {
    case 'day':
      return period;
    case 'week':
      return period * 7 + FIRST_MONDAY;
    case 'month':
      return Date.UTC(Math.floor(period / 12), period % 12, 1) / DAY_MS;
    case 'quarter':
      return Date.UTC(Math.floor(period / 4), (period % 4) * 3, 1) / DAY_MS;
    case 'year':
      return Date.UTC(period, 0, 1) / DAY_MS;
  }
}

/** The same numbering in SQL, for a Date32 expression. toStartOfMonth and its like would return Date, which ends in 2149. */
export function periodSql(grain: Grain, date: string): string {
  switch (grain) {
    case 'day':
      return `toInt32(${date})`;
    case 'week':
      return `intDiv(toInt32(${date}) + 3 + 70000, 7) - 10000`; // intDiv cuts towards zero: keep it positive
    case 'month':
      return `toInt32(toYear(${date})) * 12 + toMonth(${date}) - 1`;
    case 'quarter':
      return `toInt32(toYear(${date})) * 4 + toQuarter(${date}) - 1`;
    case 'year':
      return `toInt32(toYear(${date}))`;
  }
}

/** The first day of a period's number in SQL, a Date32. */
export function firstDaySql(grain: Grain, period: string): string {
  switch (grain) {
    case 'day':
      return `addDays(toDate32('1970-01-01'), ${period})`;
    case 'week':
      return `addDays(toDate32('1970-01-01'), ${period} * 7 + ${FIRST_MONDAY})`;
    case 'month':
      return `makeDate32(intDiv(${period}, 12), ${period} % 12 + 1, 1)`;
    case 'quarter':
      return `makeDate32(intDiv(${period}, 4), ${period} % 4 * 3 + 1, 1)`;
    case 'year':
      return `makeDate32(${period}, 1, 1)`;
  }
}

/** Both ends belong to it. */
export interface DayRange {
  readonly from: Day;
  readonly to: Day;
}

/** A range as whole months, and the days before and after that do not fill a month. */
export interface MonthSplit {
  /** First days of the first and the last whole month. */
  readonly months: DayRange | null;
  readonly days: readonly DayRange[];
}

export function splitByMonth(range: DayRange): MonthSplit {
  const first = periodOf('month', range.from);
  const last = periodOf('month', range.to);
  const firstWhole = firstDayOf('month', first) === range.from ? first : first + 1;
  const lastWhole = firstDayOf('month', last + 1) - 1 === range.to ? last : last - 1;
  if (firstWhole > lastWhole) return { months: null, days: [range] };
  const start = firstDayOf('month', firstWhole);
  const end = firstDayOf('month', lastWhole + 1) - 1;
  const days: DayRange[] = [];
  if (range.from < start) days.push({ from: range.from, to: start - 1 });
  if (range.to > end) days.push({ from: end + 1, to: range.to });
  return { months: { from: start, to: firstDayOf('month', lastWhole) }, days };
}
