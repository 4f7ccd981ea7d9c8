import { BUYING_MODELS } from '../../../warehouse/forecasts/buying-models.ts';
import { decimalNumber } from '../../parameters/decimal-number.ts';
import { choice, date, identifier, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';

export const FORECAST_GROUPS = ['segment', 'acquisition_month', 'acquisition_channel'] as const;
export type ForecastGroup = (typeof FORECAST_GROUPS)[number];

/** What is said of a customer; of a group their sum, of values the mean. */
export const PREDICTIONS = [
  'expected_lifetime_value',
  'expected_purchases',
  'probability_alive',
  'expected_purchase_value',
] as const;
export type Prediction = (typeof PREDICTIONS)[number];

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const MAX_HORIZON_DAYS = 3_650;

export const CUSTOMER_FORECAST_PARAMETERS = {
  customer_id: identifier('Only this customer; 404 when there is none.'),
  by: choice(FORECAST_GROUPS, null, 'Sums of groups instead of a row per customer.'),
  horizon_days: wholeNumber({
    min: 1,
    max: MAX_HORIZON_DAYS,
    fallback: 365,
    description: 'How far from `until` on purchases are expected.',
  }),
  discount_rate: decimalNumber({
    min: 0,
    max: 10,
    fallback: 0.1,
    description: 'What comes a year later is worth less by this: 0.1 is a tenth.',
  }),
  model: choice(BUYING_MODELS, 'bg_nbd', 'Of how customers buy and leave; pareto_nbd is a second opinion.'),
  until: date(
    'The last day that is known of customers: the forecast begins behind it. Default: the last day with an order.',
    '2026-06-30',
  ),
  order_by: choice(PREDICTIONS, null, 'Default: expected_lifetime_value for customers; the group itself for groups.'),
  direction: choice(['asc', 'desc'], null, 'Default: desc, or asc when groups are in their own order.'),
  limit: wholeNumber({
    min: 1,
    max: MAX_LIMIT,
    fallback: null,
    description: `Rows at most. Default: ${DEFAULT_LIMIT}; for groups ${MAX_LIMIT}.`,
  }),
};

export type CustomerForecastValues = ParameterValues<typeof CUSTOMER_FORECAST_PARAMETERS>;

export function wrongForecastCombination(values: CustomerForecastValues): readonly ParameterProblem[] {
  if (values.customer_id === null || values.by === null) return [];
  return [{ parameter: 'by', problem: 'given together with customer_id', allowed: 'one of the two' }];
}

export function limitOf(values: CustomerForecastValues): number {
  return values.limit ?? (values.by === null ? DEFAULT_LIMIT : MAX_LIMIT);
}
