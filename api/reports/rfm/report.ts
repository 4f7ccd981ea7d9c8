import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { REPORTING_CURRENCY_SCHEMA } from '../reporting-currency.ts';
import { RFM_PARAMETERS, wrongRfmCombination } from './parameters.ts';
import { computeRfm } from './rfm.ts';
import { RFM_SEGMENTS, SEGMENTS_TEXT } from './segments.ts';

const SCORE = { type: ['integer', 'null'], minimum: 1, maximum: 5 };
const AMOUNT = 'exact decimal, two places, in the reporting currency';

export const rfm: Report<typeof RFM_PARAMETERS> = {
  path: '/v1/reports/rfm',
  name: 'rfm',
  summary: 'Customers by how lately, how often and for how much they bought',
  description:
    'Scores from 1 to 5 among all who bought: 1 and how many whole fifths of them have less. **Ties**: equal values have the same score, ' +
    'so parts may be larger than a fifth, and a score may have nobody. Recency is by the day of the last order (later is higher), ' +
    `frequency by distinct orders, monetary value by net revenue. ${SEGMENTS_TEXT}`,
  parameters: RFM_PARAMETERS,
  alsoWrong: wrongRfmCombination,
  rowSchema: {
    type: 'object',
    required: ['orders', 'net_revenue'],
    properties: {
      customer_id: { type: 'integer', description: 'without by' },
      recency_days: {
        type: ['integer', 'null'],
        description:
          'from the last order to the last day with an order of anybody; without by; null for whoever has not bought',
      },
      recency_score: { ...SCORE, description: 'without by, or by=cell; null for whoever has not bought' },
      frequency_score: { ...SCORE, description: 'likewise' },
      monetary_score: { ...SCORE, description: 'likewise' },
      segment: { type: ['string', 'null'], enum: [...RFM_SEGMENTS, null] },
      customers: { type: 'integer', description: 'with by' },
      orders: { type: 'integer', description: 'distinct orders' },
      net_revenue: { type: 'number', description: AMOUNT },
      net_revenue_per_customer: { type: 'number', description: `with by: ${AMOUNT}, half away from zero` },
      mean_recency_days: { type: 'number', description: 'with by: one place' },
    },
    additionalProperties: false,
  },
  metaProperties: {
    grain: { type: 'string', description: 'What one row is: customer, cell or segment.' },
    currency: REPORTING_CURRENCY_SCHEMA,
  },
  example: {
    data: [
      {
        customer_id: 7592,
        recency_days: 1,
        orders: 201,
        net_revenue: 13990.93,
        recency_score: 5,
        frequency_score: 5,
        monetary_score: 5,
        segment: 'champions',
      },
    ],
    meta: {
      report: 'rfm',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'customer',
      currency: 'USD',
      parameters: {
        customer_id: null,
        by: null,
        segment: null,
        order_by: 'net_revenue',
        direction: 'desc',
        limit: 1,
      },
    },
  },
  problemStatuses: [404],
  compute: computeRfm,
};
