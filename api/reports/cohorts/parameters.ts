import { date, wholeNumber } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';

export const MAX_AGE = 1_200;

export const COHORTS_PARAMETERS = {
  from: date('Cohorts from the month of this day on. Default: all.', '2025-01-01'),
  to: date('Cohorts up to the month of this day. Default: all.', '2025-12-31'),
  until: date(
    'The last day that counts as observed: months behind it are left out, its own counts with all its orders and is partial unless the day ends it. ' +
      'Default: the last day with an order.',
    '2026-06-30',
  ),
  max_age: wholeNumber({ min: 0, max: MAX_AGE, fallback: 24, description: 'Months since the first order, at most.' }),
};

export function wrongCohortRange(values: ParameterValues<typeof COHORTS_PARAMETERS>): readonly ParameterProblem[] {
  const { from, to } = values;
  if (from === null || to === null || from.slice(0, 7) <= to.slice(0, 7)) return [];
  return [{ parameter: 'to', problem: `${to} is before from (${from})`, allowed: 'a month not before that of from' }];
}
