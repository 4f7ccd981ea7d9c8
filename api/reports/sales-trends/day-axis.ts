import { type Day, type DayRange, textOf } from '../calendar.ts';
import type { BusinessCalendar } from './business-calendar.ts';
import type { Comparison } from './compare.ts';
import type { Period, PeriodAxis, Stretch } from './period-axis.ts';

/** 52 weeks: the same weekday a year before. */
export const WEEKDAY_YEAR = 364;

/**
 * Periods of days or more. Without a comparison a period stands beside the whole one before it; with one, what is not whole
 * is compared with the same days only.
 */
export function createDayAxis(options: {
  calendar: BusinessCalendar;
  range: DayRange;
  /** The day on which the state was published. */
  today: Day;
  comparison: Comparison | null;
  movingPeriods: number;
}): PeriodAxis {
  const { calendar, range, today, comparison, movingPeriods } = options;
  const first = calendar.periodOf(range.from);
  const last = calendar.periodOf(range.to);

  const wholeOf = (period: number): DayRange => ({
    from: calendar.firstDayOf(period),
    to: calendar.firstDayOf(period + 1) - 1,
  });

  function stretchOf(period: number, window: DayRange, shift = 0): Stretch {
    return {
      window,
      earlier: {
        from: calendar.firstDayOf(period - movingPeriods + 1) - shift,
        to: calendar.firstDayOf(period) - 1 - shift,
      },
      yearFrom: calendar.yearStart(window.to + shift) - shift,
    };
  }

  function previousOf(period: number, observed: DayRange): Stretch | null {
    if (comparison === null) return stretchOf(period - 1, wholeOf(period - 1));
    if (comparison === 'previous_year_weekday') {
      const window = { from: observed.from - WEEKDAY_YEAR, to: observed.to - WEEKDAY_YEAR };
      return stretchOf(period, window, WEEKDAY_YEAR);
    }
    if (typeof comparison === 'object') {
      const other = calendar.periodOf(comparison.from) + (period - first);
      const window = cut(wholeOf(other), comparison);
      return window === null ? null : stretchOf(other, window);
    }
    const other = comparison === 'previous_year' ? calendar.yearBefore(period) : period - 1;
    const window = other === null ? null : calendar.sameDays(observed, period, other);
    return other === null || window === null ? null : stretchOf(other, window);
  }

  const periods: Period[] = [];
  for (let period = first; period <= last; period++) {
    const whole = wholeOf(period);
    const window = cut(whole, range) as DayRange; // the range begins in its first period and ends in its last
    const isRunning = whole.from <= today && today <= whole.to;
    const observed = isRunning ? { from: window.from, to: Math.max(window.from, Math.min(window.to, today)) } : window;
    periods.push({
      ...stretchOf(period, window),
      label: textOf(whole.from),
      isPartial: isRunning || window.from > whole.from || window.to < whole.to,
      isOver: whole.to < today,
      previous: previousOf(period, observed),
    });
  }
  return {
    periods,
    following: (count) => Array.from({ length: count }, (_, n) => textOf(calendar.firstDayOf(last + 1 + n))),
  };
}

function cut(days: DayRange, by: DayRange): DayRange | null {
  const [from, to] = [Math.max(days.from, by.from), Math.min(days.to, by.to)];
  return from <= to ? { from, to } : null;
}
