import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { REPORTING_CURRENCY_SCHEMA } from '../reporting-currency.ts';
import { computeCustomerForecast } from './customer-forecast.ts';
import { FIT_SCHEMA, SPENDING_FIT_SCHEMA } from './fit-schema.ts';
import { readNewestFit } from './newest-fit.ts';
import { CUSTOMER_FORECAST_PARAMETERS, wrongForecastCombination } from './parameters.ts';

const STATISTIC = { type: ['number', 'null'], minimum: 0 };
const AMOUNT = 'two places, in the reporting currency';
const NULL_WITHOUT_SPENDING = 'null where the spending model gives none';
const PER_CUSTOMER = 'without by';

export const customerForecast: Report<typeof CUSTOMER_FORECAST_PARAMETERS> = {
  path: '/v1/reports/customer-forecast',
  name: 'customer-forecast',
  summary: 'What customers will buy, and what they will be worth',
  description:
    'Expected purchases, the chance that a customer still buys, and the discounted value of what they will buy within a horizon, by ' +
    'BG/NBD (or Pareto/NBD) and Gamma-Gamma with the parameters of the newest fit, which `meta.fit` tells with what there is to say ' +
    'against it. A purchase is a day with an order. Amounts come in steps of at most 30 days, each discounted from its end. The first ' +
    'purchase of each customer is no part of their mean value, as in the literature. Fits are made on schedule and by ' +
    '`millrace forecasts fit`.',
  parameters: CUSTOMER_FORECAST_PARAMETERS,
  alsoWrong: wrongForecastCombination,
  dependsOn: async ({ values, watermark, reader }) => {
    const { buying } = await readNewestFit(reader, watermark, values.model);
    return buying.fit;
  },
  rowSchema: {
    type: 'object',
    required: ['probability_alive', 'expected_purchases', 'expected_purchase_value', 'expected_lifetime_value'],
    properties: {
      customer_id: { type: 'integer', description: PER_CUSTOMER },
      segment: { type: 'string', description: 'by=segment: as it is now' },
      acquisition_channel: { type: 'string', description: 'by=acquisition_channel' },
      acquisition_month: {
        type: ['string', 'null'],
        format: 'date',
        description: 'first day of the month of the first purchase; without by, or by=acquisition_month',
      },
      purchases: { type: 'integer', description: `days with an order until \`until\`; ${PER_CUSTOMER}` },
      recency_days: { type: ['integer', 'null'], description: `from the first purchase to the last; ${PER_CUSTOMER}` },
      age_days: { type: ['integer', 'null'], description: `from the first purchase to \`until\`; ${PER_CUSTOMER}` },
      mean_purchase_value: {
        type: ['number', 'null'],
        description: `net revenue of a repeat purchase so far, exact, ${AMOUNT}; null without one; ${PER_CUSTOMER}`,
      },
      customers: { type: 'integer', description: 'with by: who bought until `until`' },
      customers_without_value: {
        type: 'integer',
        description: 'with by: to whom the spending model gives no value; they are in no sum of values',
      },
      expected_active_customers: { type: 'number', minimum: 0, description: 'with by: sum of probability_alive' },
      probability_alive: { ...STATISTIC, maximum: 1, description: 'chance of still buying; with by the mean' },
      expected_purchases: { ...STATISTIC, description: 'within the horizon; with by the sum' },
      expected_purchase_value: {
        ...STATISTIC,
        description: `of a future purchase, ${AMOUNT}; ${NULL_WITHOUT_SPENDING}; with by the mean`,
      },
      expected_lifetime_value: {
        ...STATISTIC,
        description: `discounted, of the horizon, ${AMOUNT}; ${NULL_WITHOUT_SPENDING}; with by the sum`,
      },
      expected_lifetime_value_per_customer: { ...STATISTIC, description: `with by: ${AMOUNT}` },
    },
    additionalProperties: false,
  },
  metaProperties: {
    grain: {
      type: 'string',
      description: 'What one row is: customer, segment, acquisition_month or acquisition_channel.',
    },
    currency: REPORTING_CURRENCY_SCHEMA,
    fit: FIT_SCHEMA,
    spending_fit: SPENDING_FIT_SCHEMA,
  },
  example: {
    data: [
      {
        customer_id: 7592,
        acquisition_month: '1997-01-01',
        purchases: 158,
        recency_days: 530,
        age_days: 541,
        mean_purchase_value: 89.1,
        expected_lifetime_value: 6930.15,
        expected_purchases: 81.9402,
        probability_alive: 0.9927,
        expected_purchase_value: 88.92,
      },
    ],
    meta: {
      report: 'customer-forecast',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'customer',
      currency: 'USD',
      fit: {
        fit: '5f3e0c1e-9d0a-4b1c-8f2d-6a7b8c9d0e1f',
        model: 'bg_nbd',
        fitted_at: '2026-11-21T04:00:02.120000Z',
        watermark: 4502,
        calibration_end: '1998-06-30',
        unit: 'week',
        state: 'usable',
        flags: [],
        parameters: { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 },
        standard_errors: { r: 0.0518, alpha: 0.0857, a: 0.2342, b: 0.2908 },
        log_likelihood: -9582.4292,
        customers: 2357,
        holdout: {
          from: '1998-04-02',
          to: '1998-06-30',
          customers: 2357,
          mean_absolute_error: 0.36,
          predicted_purchases: 521.4,
          actual_purchases: 497,
        },
      },
      spending_fit: {
        fit: '5f3e0c1e-9d0a-4b1c-8f2d-6a7b8c9d0e1f',
        model: 'gamma_gamma',
        fitted_at: '2026-11-21T04:00:02.120000Z',
        watermark: 4502,
        calibration_end: '1998-06-30',
        unit: 'week',
        state: 'usable',
        flags: [],
        parameters: { p: 6.2496, q: 3.7442, v: 15.4435 },
        standard_errors: { p: 0.1904, q: 0.0775, v: 0.2693 },
        log_likelihood: -4055.9177,
        customers: 946,
        correlation: 0.1139,
      },
      parameters: {
        customer_id: null,
        by: null,
        horizon_days: 365,
        discount_rate: 0.1,
        model: 'bg_nbd',
        until: '1998-06-30',
        order_by: 'expected_lifetime_value',
        direction: 'desc',
        limit: 1,
      },
    },
  },
  problemStatuses: [404],
  compute: computeCustomerForecast,
};
