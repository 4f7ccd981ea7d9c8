import { choice, identifier, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { MEASURES } from '../measures.ts';

export const LTV_GROUPS = ['segment', 'acquisition_month', 'acquisition_channel'] as const;
export type LtvGroup = (typeof LTV_GROUPS)[number];

export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

export const CUSTOMER_LTV_PARAMETERS = {
  customer_id: identifier('Only this customer; 404 when there is none.'),
  by: choice(LTV_GROUPS, null, 'One row per group instead of one per customer.'),
  order_by: choice(MEASURES, null, 'Default: net_revenue for customers; the group itself for groups.'),
  direction: choice(['asc', 'desc'], null, 'Default: desc, or asc when groups are in their own order.'),
  limit: wholeNumber({
    min: 1,
    max: MAX_LIMIT,
    fallback: null,
    description: `Rows at most. Default: ${DEFAULT_LIMIT}; for groups ${MAX_LIMIT}.`,
  }),
  top: wholeNumber({ min: 1, max: MAX_LIMIT, fallback: null, description: 'Another name of `limit`.' }),
};

export type CustomerLtvValues = ParameterValues<typeof CUSTOMER_LTV_PARAMETERS>;

export function wrongCombination(values: CustomerLtvValues): readonly ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  if (values.customer_id !== null && values.by !== null) {
    problems.push({ parameter: 'by', problem: 'given together with customer_id', allowed: 'one of the two' });
  }
  if (values.limit !== null && values.top !== null && values.limit !== values.top) {
    problems.push({ parameter: 'top', problem: 'differs from limit', allowed: 'one of the two' });
  }
  return problems;
}

/** `limit` with `top` and defaults resolved. */
export function limitOf(values: CustomerLtvValues): number {
  return values.limit ?? values.top ?? (values.by === null ? DEFAULT_LIMIT : MAX_LIMIT);
}
