import type { DayRange } from '../calendar.ts';
import { createCalendar } from './business-calendar.ts';
import { comparisonOf } from './compare.ts';
import { createDayAxis } from './day-axis.ts';
import { createHourAxis } from './hour-axis.ts';
import type { SalesTrendsValues } from './parameters.ts';
import type { PeriodAxis } from './period-axis.ts';
import { createZoneClock } from './zone-clock.ts';

/** The periods that are asked for, seen from the moment at which the state was published. */
export function axisOf(values: SalesTrendsValues, range: DayRange, publishedAt: string): PeriodAxis {
  const { grain } = values;
  const settings = {
    calendar: values.calendar,
    weekStart: values.week_start,
    fiscalYearStart: values.fiscal_year_start,
  };
  const clock = createZoneClock(values.time_zone);
  const now = Math.floor(Date.parse(publishedAt) / 1000);
  const common = {
    range,
    comparison: values.compare === null ? null : comparisonOf(values.compare),
    movingPeriods: values.moving_periods,
  };
  return grain === 'hour'
    ? createHourAxis({ ...common, clock, calendar: createCalendar('day', settings), now })
    : createDayAxis({ ...common, calendar: createCalendar(grain, settings), today: clock.dayOf(now) });
}

/** Periods of a season. */
export function seasonLengthOf({ grain }: Pick<SalesTrendsValues, 'grain'>): number {
  return { hour: 24, day: 7, week: 52, month: 12, quarter: 4, year: 1 }[grain];
}
