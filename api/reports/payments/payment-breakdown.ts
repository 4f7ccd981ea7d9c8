import { modelAt } from '../../../warehouse/published/published.ts';
import type { Breakdown, BreakdownColumn, BreakdownMeasure } from '../breakdown/breakdown.ts';
import { amount, count, percentileColumns, percentiles, ratio } from '../breakdown/measures.ts';
import { named } from '../breakdown/named.ts';

export const STATUSES = ['pending', 'captured', 'failed', 'voided'] as const;
const AMOUNTS = ['amount', 'captured_amount', 'refunded_amount', 'pending_refund_amount'] as const;

export const PROVIDER = named('f.provider');
export const METHOD = named('f.method');
export const CURRENCY = named('f.currency');

const COLUMNS = 'provider, method, currency, payment_status, payment_date, created_at, captured_at, refund_count';

/**
 * Payments with amounts in the reporting currency, as the models convert sales: each amount by itself to the cent, at the rate of
 * the payment's day, NULL without one.
 */
const CONVERTED = `(
        select ${COLUMNS.replaceAll(/\w+/g, 'p.$& as $&')},
          if(p.currency = (select any(currency) from ${modelAt('reporting_currency')}), toDecimal128(1, 10),
            nullIf(toDecimal128(r.rate, 10), 0)) as rate,
          ${AMOUNTS.map((name) => `toDecimal128(round(toDecimal256(p.${name}, 2) * toDecimal256(rate, 10), 2), 2) as ${name}`).join(',\n          ')}
        from ${modelAt('payment_fact')} as p
        left any join ${modelAt('exchange_rate_day')} as r on r.currency = p.currency and r.date = p.payment_date
      )`;

const dimension = (name: string, key: string, description: string) => ({
  key,
  fields: [{ name, kind: 'text' as const, sql: key, description }],
});

const amountColumns: Readonly<Record<string, BreakdownColumn>> = Object.fromEntries(
  AMOUNTS.map((name) => [name, { facts: `toDecimalString(ifNull(sum(f.${name}), 0), 2)` }]),
);

const measures: Readonly<Record<string, BreakdownMeasure>> = {
  payments: count('payments', 'Payments attempted'),
  ...Object.fromEntries(STATUSES.map((status) => [status, count(status, `Payments that are ${status} now`)])),
  success_rate: ratio({
    of: 'captured',
    by: 'decided',
    description: 'captured divided by captured and failed; pending and voided payments do not count',
  }),
  amount: amount('amount', 'Amount of all payments, whatever became of them'),
  captured_amount: amount('captured_amount', 'Amount of those captured'),
  refunded_amount: amount('refunded_amount', 'Completed refunds of the payments, whenever they were'),
  pending_refund_amount: amount('pending_refund_amount', 'Refunds of the payments that are not settled yet'),
  net_amount: amount('net_amount', 'captured_amount less refunded_amount'),
  average_captured_amount: ratio({
    of: 'captured_amount',
    by: 'captured_with_amount',
    scale: 2,
    description: 'captured_amount divided by its payments',
  }),
  refunds: count('refunds', 'Completed refunds of the payments'),
  refunded_payments: count('refunded_payments', 'Payments with a completed refund'),
  refund_rate: ratio({
    of: 'refunded_amount',
    by: 'captured_amount',
    description: 'refunded_amount divided by captured_amount',
  }),
  unconverted_payments: count(
    'unconverted_payments',
    'Payments in a currency without a rate on their day: in the counts, not in the amounts',
  ),
  average_capture_ms: ratio({
    of: 'capture_ms',
    by: 'timed',
    scale: 0,
    description: 'Milliseconds from creation to capture, mean of the captured payments',
  }),
  ...percentiles('capture_ms', 'From creation to capture of the captured payments'),
};

const TIMED = `f.payment_status = 'captured' and f.captured_at is not null`;
const CAPTURE_MS = `dateDiff('millisecond', f.created_at, f.captured_at)`;

function payments(facts: string): Breakdown {
  return {
    name: 'payments',
    date: 'payment_date',
    relation: { facts },
    dimensions: {
      provider: dimension('provider', PROVIDER, 'who handled the payment'),
      method: dimension('method', METHOD, 'card, transfer, wallet or invoice'),
      currency: dimension('currency', CURRENCY, 'of the payment (ISO 4217)'),
      status: dimension('status', named('f.payment_status'), 'of the payment as it is now'),
    },
    columns: {
      payments: { facts: 'toString(count())' },
      ...Object.fromEntries(
        STATUSES.map((status) => [status, { facts: `toString(countIf(f.payment_status = '${status}'))` }]),
      ),
      decided: { facts: `toString(countIf(f.payment_status in ('captured', 'failed')))` },
      ...amountColumns,
      net_amount: { facts: 'toDecimalString(ifNull(sum(f.captured_amount) - sum(f.refunded_amount), 0), 2)' },
      captured_with_amount: { facts: `toString(countIf(f.payment_status = 'captured' and f.amount is not null))` },
      refunds: { facts: 'toString(sum(f.refund_count))' },
      refunded_payments: { facts: 'toString(countIf(f.refund_count > 0))' },
      unconverted_payments: { facts: 'toString(countIf(f.amount is null))' },
      timed: { facts: `toString(countIf(${TIMED}))` },
      capture_ms: { facts: `toString(ifNull(sumIf(${CAPTURE_MS}, ${TIMED}), 0))` },
      ...percentileColumns('capture_ms', CAPTURE_MS, TIMED),
    },
    measures,
  };
}

/** Amounts in the reporting currency. */
export const CONVERTED_PAYMENTS = payments(CONVERTED);
/** Amounts as they were paid: of one currency in each row. */
export const ORIGINAL_PAYMENTS = payments(modelAt('payment_fact'));
