import { choice, choices, texts } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { breakdownAnswer } from '../breakdown/breakdown-answer.ts';
import { breakdownQuery } from '../breakdown/breakdown-query.ts';
import { BREAKDOWN_META, breakdownRowSchema } from '../breakdown/breakdown-schema.ts';
import { isOneOf } from '../breakdown/named.ts';
import { breakdownParameters, wrongBreakdownRange } from '../breakdown/parameters.ts';
import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report, ReportData, ReportQuestion } from '../report.ts';
import { reportingCurrencyQuery } from '../reporting-currency.ts';
import { CONVERTED_PAYMENTS, CURRENCY, METHOD, ORIGINAL_PAYMENTS, PROVIDER, STATUSES } from './payment-breakdown.ts';

const PARAMETERS = {
  ...breakdownParameters({
    dimensions: Object.keys(CONVERTED_PAYMENTS.dimensions),
    measures: Object.keys(CONVERTED_PAYMENTS.measures),
    day: 'creation of the payments',
  }),
  amounts: choice(
    ['reporting', 'original'],
    'reporting',
    "In the reporting currency at the rate of the payment's day, or as paid; the latter by currency or for one currency only.",
  ),
  provider: texts('Only these providers. Several are alternatives.'),
  method: texts('Only these methods. Several are alternatives.'),
  currency: texts('Only payments in these currencies. Several are alternatives.'),
  status: choices(STATUSES, 'Only payments that are in these states now. Default: all.'),
};
type PaymentsValues = ParameterValues<typeof PARAMETERS>;

/** Amounts of several currencies do not add up. */
function wrongPayments(values: PaymentsValues): readonly ParameterProblem[] {
  const isOneCurrency = values.by.includes('currency') || new Set(values.currency).size === 1;
  const mixed: ParameterProblem[] =
    values.amounts === 'reporting' || isOneCurrency
      ? []
      : [
          {
            parameter: 'amounts',
            problem: 'original amounts would be added up over currencies',
            allowed: 'reporting; or original with by=currency or one currency',
          },
        ];
  return [...wrongBreakdownRange(values), ...mixed];
}

async function computePayments(question: ReportQuestion<typeof PARAMETERS>): Promise<ReportData> {
  const { values, watermark, reader, settings } = question;
  const { maxRows } = settings;
  const breakdown = values.amounts === 'original' ? ORIGINAL_PAYMENTS : CONVERTED_PAYMENTS;
  const [rows, [reporting]] = await Promise.all([
    reader.rows(
      breakdownQuery({
        breakdown,
        values,
        filters: [
          ...isOneOf('providers', PROVIDER, values.provider),
          ...isOneOf('methods', METHOD, values.method),
          ...isOneOf('currencies', CURRENCY, values.currency),
          ...(values.status.length < STATUSES.length ? isOneOf('statuses', 'f.payment_status', values.status) : []),
        ].map((sql) => ({ sql })),
        parameters: {
          providers: values.provider,
          methods: values.method,
          currencies: values.currency,
          statuses: values.status,
        },
        watermark,
        maxRows: maxRows + 1,
      }),
    ),
    reader.kept(reportingCurrencyQuery(watermark)),
  ]);
  const { meta, ...answer } = breakdownAnswer({ breakdown, values, rows, maxRows });
  const original = values.by.includes('currency') ? null : (values.currency[0] ?? null);
  const currency = values.amounts === 'original' ? original : (reporting?.currency ?? null);
  return { ...answer, meta: { ...meta, currency } };
}

export const payments: Report<typeof PARAMETERS> = {
  path: '/v1/reports/payments',
  name: 'payments',
  summary: 'What providers and methods of payment capture, fail and pay back',
  description:
    'Payments by the day of their creation, with what became of them up to now: a refund counts on the day of its payment. Amounts ' +
    'of several currencies are never added: they are converted to the reporting currency (`meta.currency`), each at the rate of the ' +
    'day of its payment. A row for each combination that occurs.',
  parameters: PARAMETERS,
  alsoWrong: wrongPayments,
  rowSchema: breakdownRowSchema(CONVERTED_PAYMENTS),
  metaProperties: {
    ...BREAKDOWN_META,
    currency: {
      type: ['string', 'null'],
      description: 'What amounts are in (ISO 4217); null where each row is in the currency that it names.',
    },
  },
  example: {
    data: [
      {
        provider: 'adyen',
        payments: 100,
        pending: 2,
        captured: 93,
        failed: 4,
        voided: 1,
        success_rate: 0.9588,
        amount: 10000.5,
        captured_amount: 9400.25,
        refunded_amount: 470.1,
        pending_refund_amount: 0,
        net_amount: 8930.15,
        average_captured_amount: 101.08,
        refunds: 6,
        refunded_payments: 5,
        refund_rate: 0.05,
        unconverted_payments: 0,
        average_capture_ms: 900,
        p50_capture_ms: 700,
        p90_capture_ms: 1800,
        p99_capture_ms: 4100,
      },
    ],
    meta: {
      report: 'payments',
      ...META_EXAMPLE,
      rows: 1,
      grain: null,
      range: { from: null, to: null, bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: [],
      currency: 'USD',
      parameters: { from: null, to: null, grain: null, by: ['provider'], amounts: 'reporting' },
    },
  },
  problemStatuses: [422],
  compute: computePayments,
};
