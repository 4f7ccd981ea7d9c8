import { choice, choices, date, identifiers, texts } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { GRAINS } from '../calendar.ts';
import { MEASURES } from '../measures.ts';
import { DIMENSIONS } from './dimension.ts';

export const SALES_TRENDS_PARAMETERS = {
  from: date('First day of the range (UTC). Default: the first day with an order.', '1997-01-01'),
  to: date('Last day of the range (UTC); it is part of it. Default: the last day with an order.', '1997-12-31'),
  grain: choice(GRAINS, 'month', 'Length of a period. Weeks begin on Monday.'),
  by: choice(DIMENSIONS, null, 'Splits each period by a dimension; without it a period is one row.'),
  measures: choices(MEASURES, 'Only these measures. `customers`, and `orders` unless by product, cost the most.'),
  product_id: identifiers('Only these products. Several are alternatives.'),
  category: texts('Only these categories, as products are now. Several are alternatives.'),
  region: texts('Only these regions. Several are alternatives.'),
  channel: texts('Only these channels. Several are alternatives.'),
};

export type SalesTrendsValues = ParameterValues<typeof SALES_TRENDS_PARAMETERS>;

export function wrongRange(values: SalesTrendsValues): readonly ParameterProblem[] {
  const { from, to } = values;
  if (from === null || to === null || from <= to) return [];
  return [{ parameter: 'to', problem: `${to} is before from (${from})`, allowed: 'a day not before from' }];
}
