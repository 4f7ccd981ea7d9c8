import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { SALES_TRENDS_PARAMETERS, wrongTogether } from './parameters.ts';
import { computeSalesTrends } from './sales-trends.ts';
import { META_SCHEMAS, ROW_SCHEMA } from './schemas.ts';

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
  summary: 'Sales by period and up to three dimensions, compared, summed up and continued',
  description:
    'One row per period of the range and combination of dimension values that occurs in it; periods without sales are zero. ' +
    '`from` and `to` both belong to the range, in business days of `time_zone`. A period that the range cuts ' +
    '(`meta.partial_periods`) counts the days asked for. `previous` is the whole period before, outside the range too, unless ' +
    '`compare` says otherwise. Amounts are in `meta.currency`.',
  parameters: SALES_TRENDS_PARAMETERS,
  alsoWrong: wrongTogether,
  rowSchema: ROW_SCHEMA,
  metaProperties: META_SCHEMAS,
  example: {
    data: [{ period: '1997-01-01', ...EXAMPLE_MEASURES, previous: NOTHING }],
    meta: {
      report: 'sales-trends',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'month',
      range: { from: '1997-01-01', to: '1997-01-31', bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: [],
      currency: 'USD',
      unconverted_lines: 0,
      parameters: { from: '1997-01-01', to: '1997-01-31', grain: 'month', by: null },
    },
  },
  problemStatuses: [422],
  compute: computeSalesTrends,
};
