import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { computeCohorts } from './cohorts.ts';
import { COHORTS_PARAMETERS, wrongCohortRange } from './parameters.ts';
import { COHORT_AMOUNTS, COHORT_COUNTS } from './queries.ts';

const AMOUNT = { type: 'number', description: 'exact decimal, two places, in the reporting currency' };
const MONTH = { type: 'string', format: 'date' };

export const cohorts: Report<typeof COHORTS_PARAMETERS> = {
  path: '/v1/reports/cohorts',
  name: 'cohorts',
  summary: 'Who comes back, and what they are worth with time',
  description:
    'A row for each month of first order and each month since then that was observed, whether anybody bought or not; months ' +
    'behind `until` are left out rather than zero. `cumulative_` amounts are of the cohort up to the month.',
  parameters: COHORTS_PARAMETERS,
  alsoWrong: wrongCohortRange,
  rowSchema: {
    type: 'object',
    required: ['acquisition_month', 'age_months', 'month', 'is_partial', 'cohort_customers', 'retention'],
    properties: {
      acquisition_month: { ...MONTH, description: 'first day of the month of the first order' },
      age_months: { type: 'integer' },
      month: { ...MONTH, description: 'acquisition_month and age_months later' },
      is_partial: { type: 'boolean', description: 'the month is not over at `until`' },
      cohort_customers: { type: 'integer', description: 'customers whose first order was in the month' },
      ...Object.fromEntries(COHORT_COUNTS.map((name) => [name, { type: 'integer' }])),
      retention: { type: ['number', 'null'], 'x-places': 4, description: 'customers of cohort_customers, four places' },
      ...Object.fromEntries(
        COHORT_AMOUNTS.flatMap((name) => [
          [name, AMOUNT],
          [`cumulative_${name}`, AMOUNT],
        ]),
      ),
      cumulative_reporting_net_revenue_per_customer: { ...AMOUNT, type: ['number', 'null'] },
    },
    additionalProperties: false,
  },
  metaProperties: {},
  example: {
    data: [
      {
        acquisition_month: '2026-01-01',
        age_months: 1,
        month: '2026-02-01',
        is_partial: false,
        cohort_customers: 410,
        customers: 57,
        orders: 61,
        units: 130,
        retention: 0.139,
        reporting_net_revenue: 4711.5,
        reporting_margin: 1200.25,
        cumulative_reporting_net_revenue: 30211.5,
        cumulative_reporting_margin: 8000.25,
        cumulative_reporting_net_revenue_per_customer: 73.69,
      },
    ],
    meta: {
      report: 'cohorts',
      ...META_EXAMPLE,
      rows: 1,
      parameters: { from: null, to: null, until: '2026-06-30', max_age: 24 },
    },
  },
  problemStatuses: [],
  compute: computeCohorts,
};
