import { partsAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { type DayRange, periodSql } from '../calendar.ts';

/** Sums of a cohort's month: amounts with two places, the others whole numbers. */
export const COHORT_AMOUNTS = ['reporting_net_revenue', 'reporting_margin'] as const;
export const COHORT_COUNTS = ['customers', 'orders', 'units'] as const;

/** A row for each cohort and age with customers: the cohort's month as its number (`periodOf('month')`). */
export function cohortsQuery(watermark: string, range: DayRange, maxAge: number): ReaderQuery {
  const amounts = COHORT_AMOUNTS.map((name) => `toDecimalString(sum(c.${name}), 2) as ${name}`);
  const counts = COHORT_COUNTS.map((name) => `toString(sum(c.${name})) as ${name}`);
  return {
    name: 'cohorts',
    sql: `
      select
        toString(${periodSql('month', 'c.acquisition_month')}) as cohort,
        toString(c.age_months) as age,
        ${[...counts, ...amounts].join(',\n        ')}
      from ${partsAt('cohort_cube')} as c
      where toInt32(c.acquisition_month) between {from:Int32} and {to:Int32} and c.age_months <= {max_age:Int32}
      group by c.acquisition_month, c.age_months
      having sum(c.customers) != 0
      order by c.acquisition_month, c.age_months`,
    parameters: { watermark, from: range.from, to: range.to, max_age: maxAge },
  };
}
