import { type Day, type DayRange, type Grain, periodOf, firstDayOf as standardFirstDay } from '../calendar.ts';
import { firstDayOf445Year, PERIODS_445, yearOf445 } from './year-445.ts';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const CALENDARS = ['gregorian', '4-4-5'] as const;

export interface CalendarSettings {
  readonly calendar: (typeof CALENDARS)[number];
  readonly weekStart: (typeof WEEKDAYS)[number];
  /** Month in which the fiscal year begins, 1 to 12. */
  readonly fiscalYearStart: number;
}

/** Periods of one length, numbered one after the other. The last day of one is the day before the next one's first. */
export interface BusinessCalendar {
  periodOf(day: Day): number;
  firstDayOf(period: number): Day;
  /** First day of the fiscal year that holds a day. */
  yearStart(day: Day): Day;
  /** The same period of the year before; null for a leap day and for a 53rd week that the year before had not. */
  yearBefore(period: number): number | null;
  /** What in period `other` are the days that `days` are in period `own`; null where it has none of them. */
  sameDays(days: DayRange, own: number, other: number): DayRange | null;
}

const DAY_MS = 86_400_000;
/** 1969-12-29, a Monday. */
const FIRST_MONDAY = -3;

export function createCalendar(grain: Grain, settings: CalendarSettings): BusinessCalendar {
  const weekday = WEEKDAYS.indexOf(settings.weekStart);
  const weeks = { firstWeekday: FIRST_MONDAY + weekday, fiscalYearStart: settings.fiscalYearStart };
  const is445 = settings.calendar === '4-4-5';
  const months = monthsOf(grain);
  const numbering = numberingOf();
  const yearStart = is445
    ? (day: Day) => firstDayOf445Year(yearOf445(day, weeks), weeks)
    : (day: Day) => {
        const month = periodOf('month', day) - (settings.fiscalYearStart - 1);
        return standardFirstDay('month', Math.floor(month / 12) * 12 + settings.fiscalYearStart - 1);
      };
  return { ...numbering, yearStart, yearBefore, sameDays };

  function numberingOf(): Pick<BusinessCalendar, 'periodOf' | 'firstDayOf'> {
    if (grain === 'day') return { periodOf: (day) => day, firstDayOf: (period) => period };
    if (grain === 'week') {
      return {
        periodOf: (day) => Math.floor((day - weeks.firstWeekday) / 7),
        firstDayOf: (period) => period * 7 + weeks.firstWeekday,
      };
    }
    if (is445) {
      const starts = PERIODS_445[grain];
      return {
        periodOf(day) {
          const year = yearOf445(day, weeks);
          const week = Math.floor((day - firstDayOf445Year(year, weeks)) / 7);
          return year * starts.length + starts.findLastIndex((start) => start <= week);
        },
        firstDayOf(period) {
          const year = Math.floor(period / starts.length);
          return firstDayOf445Year(year, weeks) + 7 * (starts[period - year * starts.length] as number);
        },
      };
    }
    // A month's fiscal quarter and year; a month is itself.
    const shift = grain === 'month' ? 0 : settings.fiscalYearStart - 1;
    return {
      periodOf: (day) => Math.floor((periodOf('month', day) - shift) / months),
      firstDayOf: (period) => standardFirstDay('month', period * months + shift),
    };
  }

  function yearBefore(period: number): number | null {
    if (grain === 'day') return dayYearBefore(period);
    if (grain === 'week') {
      const own = { ...weeks, fiscalYearStart: is445 ? settings.fiscalYearStart : 1 };
      const day = numbering.firstDayOf(period);
      const year = yearOf445(day, own);
      const before = firstDayOf445Year(year - 1, own) + (day - firstDayOf445Year(year, own));
      return before < firstDayOf445Year(year, own) ? numbering.periodOf(before) : null;
    }
    return period - 12 / months;
  }

  function sameDays(days: DayRange, own: number, other: number): DayRange | null {
    const whole = (period: number): DayRange => ({
      from: numbering.firstDayOf(period),
      to: numbering.firstDayOf(period + 1) - 1,
    });
    const [here, there] = [whole(own), whole(other)];
    // A whole period is compared with the whole one, whatever their lengths.
    const from = days.from === here.from ? there.from : placed(days.from, here.from, there.from).onOrAfter;
    const to = days.to === here.to ? there.to : Math.min(placed(days.to, here.from, there.from).onOrBefore, there.to);
    return from <= to ? { from, to } : null;
  }

  /** The day of another period; where there is none (April 31), what comes next to it on both sides. */
  function placed(day: Day, here: Day, there: Day): { onOrBefore: Day; onOrAfter: Day } {
    if (is445 || grain === 'day' || grain === 'week') {
      return { onOrBefore: there + (day - here), onOrAfter: there + (day - here) };
    }
    const month = periodOf('month', day);
    const other = month - periodOf('month', here) + periodOf('month', there);
    const same = standardFirstDay('month', other) + (day - standardFirstDay('month', month));
    const next = standardFirstDay('month', other + 1);
    return { onOrBefore: Math.min(same, next - 1), onOrAfter: Math.min(same, next) };
  }
}

function monthsOf(grain: Grain): number {
  return grain === 'year' ? 12 : grain === 'quarter' ? 3 : 1;
}

function dayYearBefore(day: Day): Day | null {
  const date = new Date(day * DAY_MS);
  const before = Date.UTC(date.getUTCFullYear() - 1, date.getUTCMonth(), date.getUTCDate());
  return new Date(before).getUTCDate() === date.getUTCDate() ? before / DAY_MS : null;
}
