import { currency } from '../../parameters/currency.ts';
import { flag } from '../../parameters/flag.ts';
import { orderedChoices, someOf } from '../../parameters/ordered-choices.ts';
import { choice, date, identifiers, texts, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import { timeZone } from '../../parameters/time-zone.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { GRAINS } from '../calendar.ts';
import { MEASURES, SUMS } from '../measures.ts';
import { CALENDARS, WEEKDAYS } from './business-calendar.ts';
import { comparison } from './compare.ts';
import { DIMENSIONS } from './dimension.ts';
import { ADDITIVE, TREND_MEASURES } from './measures.ts';

const MAX_DIMENSIONS = 3;
const MAX_FORECAST = 400;

export const SALES_TRENDS_PARAMETERS = {
  from: date('First day of the range. Default: the first day with an order.', '1997-01-01'),
  to: date('Last day of the range; it is part of it. Default: the last day with an order.', '1997-12-31'),
  grain: choice(['hour', ...GRAINS], 'month', 'Length of a period.'),
  by: orderedChoices(
    DIMENSIONS,
    MAX_DIMENSIONS,
    `Splits each period by up to ${MAX_DIMENSIONS} dimensions, comma-separated; without it a period is one row.`,
  ),
  measures: someOf(
    TREND_MEASURES,
    MEASURES,
    'Only these measures. `customers`, and `orders` unless by product, cost the most. `return_rate`, `contribution`, ' +
      '`year_to_date` and `moving_average` are there when they are asked for.',
  ),
  of: choice(
    ADDITIVE,
    'net_revenue',
    'What `contribution`, `year_to_date`, `moving_average`, `forecast` and `anomalies` are of.',
  ),
  moving_periods: wholeNumber({
    min: 2,
    max: 366,
    fallback: 3,
    description: 'How many periods `moving_average` is of, before the range too.',
  }),
  currency: currency(
    'Only sales in this currency, with their amounts in it. Default: all, with amounts in the reporting currency at the rate of ' +
      'the day of the order; what has no rate is left out of amounts and counted in `meta.unconverted_lines`.',
  ),
  compare: comparison(
    'What `previous` is of, with `change` and `change_ratio` beside it: `previous_period`; `previous_year`, the same period of ' +
      'the calendar (nothing for February 29 and for a 53rd week that the year before had not); `previous_year_weekday`, the ' +
      'days 364 days before; or the periods of another range, one by one, as far as that range has them. Otherwise a period that is ' +
      'not whole is compared with the same days only, and an end that nothing cuts with the end of the other. ' +
      'Default: the whole period before, without differences.',
  ),
  top: wholeNumber({
    min: 1,
    max: 1_000,
    fallback: null,
    description:
      'Only so many values of `top_of` with the highest `top_by` in the range; all others are one, `(other)`.',
  }),
  top_by: choice([...SUMS, 'orders', 'customers'], 'net_revenue', 'By what they are the highest.'),
  top_of: choice(DIMENSIONS, null, 'One of the dimensions of `by`. Default: the first.'),
  subtotals: flag(
    'With rows that leave out the last dimensions of `by` one after the other (`subtotal_over`), and `meta.totals` of the whole ' +
      'range. Distinct orders and customers are counted in them, not added.',
  ),
  time_zone: timeZone('Time zone of the business day.'),
  week_start: choice(WEEKDAYS, 'monday', 'First day of a week.'),
  calendar: choice(
    CALENDARS,
    'gregorian',
    'What month, quarter and year mean. In `4-4-5` months have four, four and five weeks; the year begins with the week that has ' +
      'the fourth day of its first month, and a 53rd week belongs to the last period.',
  ),
  fiscal_year_start: wholeNumber({
    min: 1,
    max: 12,
    fallback: 1,
    description: 'Month in which years begin, for quarters, years and `year_to_date`.',
  }),
  forecast: wholeNumber({
    min: 1,
    max: MAX_FORECAST,
    fallback: null,
    description:
      'Expects so many periods after the last one of the range that is over (`forecast` of rows, `meta.forecast`), of at most 50 series.',
  }),
  anomalies: flag(
    'Marks periods that are far from what those around them and the season let expect (`anomaly` of rows).',
  ),
  product_id: identifiers('Only these products. Several are alternatives.'),
  category: texts('Only these categories, as products are now. Several are alternatives.'),
  category_level_1: texts('Only these roots of the category tree. Several are alternatives.'),
  category_level_2: texts('Only these categories of the second level. Several are alternatives.'),
  category_level_3: texts('Only these categories of the third level. Several are alternatives.'),
  segment: texts('Only customers of these segments, as they are now. Several are alternatives.'),
  region: texts('Only these regions. Several are alternatives.'),
  country: texts('Only these countries. Several are alternatives.'),
  channel: texts('Only these channels. Several are alternatives.'),
  payment_method: texts('Only orders whose largest captured payment was by these. Several are alternatives.'),
  new_or_returning: someOf(
    ['new', 'returning', '(unknown)'],
    [],
    "Only sales on the day of the customer's first order, or after it. Several are alternatives.",
  ),
};

export type SalesTrendsValues = ParameterValues<typeof SALES_TRENDS_PARAMETERS>;

/** Values that are right one by one and wrong together. */
export function wrongTogether(values: SalesTrendsValues): readonly ParameterProblem[] {
  const { from, to, by, top, top_of: topOf } = values;
  const problems: ParameterProblem[] = [];
  if (from !== null && to !== null && from > to) {
    problems.push({ parameter: 'to', problem: `${to} is before from (${from})`, allowed: 'a day not before from' });
  }
  if (top !== null && by.length === 0) {
    problems.push({ parameter: 'top', problem: 'there is no dimension in by', allowed: 'together with by' });
  }
  if (topOf !== null && !by.includes(topOf)) {
    problems.push({ parameter: 'top_of', problem: `${topOf} is not in by`, allowed: by.length > 0 ? by : 'one of by' });
  }
  if (topOf !== null && top === null) {
    problems.push({ parameter: 'top_of', problem: 'given without top', allowed: 'together with top' });
  }
  return problems;
}
