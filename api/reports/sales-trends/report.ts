import { MEASURE_SCHEMAS } from '../measures.ts';
import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { DIMENSION_PROPERTIES } from './dimension.ts';
import { SALES_TRENDS_PARAMETERS, wrongRange } from './parameters.ts';
import { computeSalesTrends } from './sales-trends.ts';

const EXAMPLE_MEASURES = {
  gross_revenue: 299060.17,
  discounts: 0,
  refunds: 0,
  net_revenue: 299060.17,
  tax: 0,
  cost: 0,
  margin: 299060.17,
  orders: 8928,
  units: 19416,
  customers: 7846,
  average_order_value: 33.5,
};

const NOTHING = Object.fromEntries(
  Object.keys(EXAMPLE_MEASURES).map((measure) => [measure, measure === 'average_order_value' ? null : 0]),
);

export const salesTrends: Report<typeof SALES_TRENDS_PARAMETERS> = {
  path: '/v1/reports/sales-trends',
  name: 'sales-trends',
  summary: 'Sales by period, with the period before beside it',
  description:
    'One row per period of the range and dimension value that occurs in it; periods without sales are zero. `from` and ' +
    '`to` both belong to the range. A period that the range cuts (`meta.partial_periods`) counts the days asked for; ' +
    '`previous` is always the whole period before, outside the range too.',
  parameters: SALES_TRENDS_PARAMETERS,
  alsoWrong: wrongRange,
  rowSchema: {
    type: 'object',
    required: ['period', 'previous'],
    properties: {
      period: { type: 'string', format: 'date', description: 'First day of the period.' },
      ...DIMENSION_PROPERTIES,
      ...MEASURE_SCHEMAS,
      previous: { type: 'object', properties: MEASURE_SCHEMAS, additionalProperties: false },
    },
    additionalProperties: false,
  },
  metaProperties: {
    grain: { type: 'string' },
    range: {
      type: 'object',
      properties: {
        from: { type: ['string', 'null'], format: 'date' },
        to: { type: ['string', 'null'], format: 'date' },
        bounds: { type: 'string' },
        time_zone: { type: 'string' },
      },
    },
    partial_periods: {
      type: 'array',
      items: { type: 'string', format: 'date' },
      description: 'Periods of which the range holds only a part.',
    },
  },
  example: {
    data: [{ period: '1997-01-01', ...EXAMPLE_MEASURES, previous: NOTHING }],
    meta: {
      report: 'sales-trends',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'month',
      range: { from: '1997-01-01', to: '1997-01-31', bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: [],
      parameters: { from: '1997-01-01', to: '1997-01-31', grain: 'month', by: null },
    },
  },
  problemStatuses: [422],
  compute: computeSalesTrends,
};
