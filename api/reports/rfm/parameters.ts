import { choice, identifier, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { RFM_SEGMENTS } from './segments.ts';

export const RFM_GROUPS = ['cell', 'segment'] as const;
export const RFM_ORDERS = ['net_revenue', 'orders', 'recency_days'] as const;
export type RfmOrder = (typeof RFM_ORDERS)[number];

const MAX_LIMIT = 10_000;

export const RFM_PARAMETERS = {
  customer_id: identifier('Only this customer, scored among all; 404 when there is none.'),
  by: choice(
    RFM_GROUPS,
    null,
    'A row per combination of the three scores, or per segment, instead of one per customer.',
  ),
  segment: choice(RFM_SEGMENTS, null, 'Only customers of this segment.'),
  order_by: choice(RFM_ORDERS, null, 'Of customers. Default: net_revenue.'),
  direction: choice(['asc', 'desc'], null, 'Of customers. Default: desc; asc for recency_days.'),
  limit: wholeNumber({
    min: 1,
    max: MAX_LIMIT,
    fallback: 100,
    description: 'Customers at most.',
  }),
};

export function wrongRfmCombination(values: ParameterValues<typeof RFM_PARAMETERS>): readonly ParameterProblem[] {
  const { customer_id: customerId, by, segment, order_by: orderBy, direction } = values;
  const problems: ParameterProblem[] = [];
  const contradicts = (parameter: string, other: string) =>
    problems.push({ parameter, problem: `given together with ${other}`, allowed: 'one of the two' });
  if (customerId !== null && by !== null) contradicts('by', 'customer_id');
  if (customerId !== null && segment !== null) contradicts('segment', 'customer_id');
  if (by !== null && orderBy !== null) contradicts('order_by', 'by');
  if (by !== null && direction !== null) contradicts('direction', 'by');
  return problems;
}
