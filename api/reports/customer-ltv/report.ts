import { MEASURE_SCHEMAS, MEASURES } from '../measures.ts';
import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { REPORTING_CURRENCY_SCHEMA } from '../reporting-currency.ts';
import { computeCustomerLtv } from './customer-ltv.ts';
import { CUSTOMER_LTV_PARAMETERS, wrongCombination } from './parameters.ts';

const MOMENT = { type: ['string', 'null'], format: 'date-time' };
const PER_CUSTOMER = { type: ['number', 'null'], description: 'exact decimal, two places, half away from zero' };

export const customerLtv: Report<typeof CUSTOMER_LTV_PARAMETERS> = {
  path: '/v1/reports/customer-ltv',
  name: 'customer-ltv',
  summary: 'What customers have been worth so far',
  description:
    'The customers of highest value, one customer, or customers by segment, month of first order or channel that brought them. ' +
    'All amounts are in the reporting currency (`meta.currency`). Ties are in order of customer_id or group. A customer without ' +
    'orders has zeros and null dates.',
  parameters: CUSTOMER_LTV_PARAMETERS,
  alsoWrong: wrongCombination,
  rowSchema: {
    type: 'object',
    required: [...MEASURES, 'unconverted_lines', 'first_order_at', 'last_order_at'],
    properties: {
      customer_id: { type: 'integer', description: 'without by' },
      segment: { type: 'string', description: 'by=segment: as it is now' },
      acquisition_channel: { type: 'string', description: 'by=acquisition_channel' },
      acquisition_month: {
        type: ['string', 'null'],
        format: 'date',
        description: 'without by, or by=acquisition_month',
      },
      ...MEASURE_SCHEMAS,
      unconverted_lines: {
        type: 'integer',
        description: 'Items sold in a currency that had no rate on the day: they are in no amount',
      },
      net_revenue_per_customer: { ...PER_CUSTOMER, description: `with by: ${PER_CUSTOMER.description}` },
      margin_per_customer: { ...PER_CUSTOMER, description: `with by: ${PER_CUSTOMER.description}` },
      first_order_at: MOMENT,
      last_order_at: MOMENT,
      tenure_days: { type: ['integer', 'null'], description: 'without by' },
    },
    additionalProperties: false,
  },
  metaProperties: {
    grain: {
      type: 'string',
      description: 'What one row is: customer, segment, acquisition_month or acquisition_channel.',
    },
    currency: REPORTING_CURRENCY_SCHEMA,
  },
  example: {
    data: [
      {
        customer_id: 7592,
        acquisition_month: '1997-01-01',
        gross_revenue: 13990.93,
        discounts: 0,
        refunds: 0,
        net_revenue: 13990.93,
        tax: 0,
        cost: 0,
        margin: 13990.93,
        orders: 201,
        units: 1033,
        customers: 1,
        average_order_value: 69.61,
        unconverted_lines: 0,
        first_order_at: '1997-01-05T12:00:00.000000Z',
        last_order_at: '1998-06-29T12:00:00.000000Z',
        tenure_days: 540,
      },
    ],
    meta: {
      report: 'customer-ltv',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'customer',
      currency: 'USD',
      parameters: { customer_id: null, by: null, order_by: 'net_revenue', direction: 'desc', limit: 1 },
    },
  },
  problemStatuses: [404],
  compute: computeCustomerLtv,
};
