import { type JsonText, numberToken, objectText } from '../http/exact-json.ts';
import type { TextRow } from '../warehouse-reader.ts';
import { decimalText, divided, unitsOf } from './decimal.ts';

/** Measures that are sums of facts, whatever the grain: Decimal(38,2), except units. */
export const SUMS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin', 'units'] as const;
export type Sum = (typeof SUMS)[number];

export const MEASURES = [
  'gross_revenue',
  'discounts',
  'refunds',
  'net_revenue',
  'tax',
  'cost',
  'margin',
  'orders',
  'units',
  'customers',
  'average_order_value',
] as const;
export type Measure = (typeof MEASURES)[number];

/** Values of one cell, as the warehouse printed them: decimals with two places, integers without. */
export type MeasureTexts = Readonly<Record<Exclude<Measure, 'average_order_value'>, string>>;

export const NO_MEASURES: MeasureTexts = {
  gross_revenue: '0.00',
  discounts: '0.00',
  refunds: '0.00',
  net_revenue: '0.00',
  tax: '0.00',
  cost: '0.00',
  margin: '0.00',
  orders: '0',
  units: '0',
  customers: '0',
};

/** The measures of a row; what its query did not ask for stays as in `base`. */
export function measureTexts(row: TextRow, base: MeasureTexts = NO_MEASURES): MeasureTexts {
  return {
    gross_revenue: row.gross_revenue ?? base.gross_revenue,
    discounts: row.discounts ?? base.discounts,
    refunds: row.refunds ?? base.refunds,
    net_revenue: row.net_revenue ?? base.net_revenue,
    tax: row.tax ?? base.tax,
    cost: row.cost ?? base.cost,
    margin: row.margin ?? base.margin,
    orders: row.orders ?? base.orders,
    units: row.units ?? base.units,
    customers: row.customers ?? base.customers,
  };
}

/** SQL that prints a sum exactly; `value` is an expression of the sum's type. */
export function sumText(sum: Sum, value: string): string {
  return sum === 'units' ? `toString(${value})` : `toDecimalString(${value}, 2)`;
}

/** Exact quotient of a decimal with two places, rounded half away from zero to two places; null when there is nothing to divide by. */
export function quotient(dividend: string, divisor: string): string | null {
  const count = BigInt(divisor);
  return count === 0n ? null : decimalText(divided(unitsOf(dividend, 2), count), 2);
}

/** The measures asked for, as members of a JSON object. */
export function measureMembers(measures: readonly Measure[], texts: MeasureTexts): [string, JsonText][] {
  return measures.map((measure) => [
    measure,
    numberToken(measure === 'average_order_value' ? quotient(texts.net_revenue, texts.orders) : texts[measure]),
  ]);
}

export function measuresText(measures: readonly Measure[], texts: MeasureTexts): JsonText {
  return objectText(measureMembers(measures, texts));
}

const AMOUNT = 'exact decimal, two places';

/** JSON Schema of each measure. */
export const MEASURE_SCHEMAS: Readonly<Record<Measure, object>> = {
  gross_revenue: { type: 'number', description: `Price times quantity before discounts; ${AMOUNT}` },
  discounts: { type: 'number', description: `Discounts given; ${AMOUNT}` },
  refunds: { type: 'number', description: `Refunds, on the day of the order; ${AMOUNT}` },
  net_revenue: { type: 'number', description: `Gross revenue less discounts and refunds; ${AMOUNT}` },
  tax: { type: 'number', description: `Tax; ${AMOUNT}` },
  cost: { type: 'number', description: `Cost of the goods; ${AMOUNT}` },
  margin: { type: 'number', description: `Net revenue less cost; ${AMOUNT}` },
  orders: { type: 'integer', description: 'Distinct orders; does not add up over products and categories' },
  units: { type: 'integer', description: 'Units sold' },
  customers: { type: 'integer', description: 'Distinct customers; does not add up over anything' },
  average_order_value: {
    type: ['number', 'null'],
    description: 'Net revenue divided by orders, rounded half away from zero to two places; null without orders',
  },
};
