import { type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import type { Anomaly } from './anomaly.ts';
import type { Dimension } from './dimension.ts';
import type { Expectation } from './forecast.ts';
import type { Member } from './level.ts';
import type { TrendMeasure } from './measures.ts';

/** Stands for all values that are not among the top. */
export const OTHER = '(other)';

export type Values = readonly (readonly [measure: TrendMeasure, value: string | null])[];

/** A row of the report; what is undefined was not asked for. */
export interface TrendRow {
  readonly period: string;
  readonly member: Member;
  readonly values: Values;
  readonly previous: Values;
  readonly compared?: {
    readonly from: string | null;
    readonly to: string | null;
    readonly change: Values;
    readonly ratio: Values;
  };
  readonly forecast?: Expectation | null;
  readonly anomaly?: Anomaly | null;
}

export function rowText(row: TrendRow, dimensions: readonly Dimension[], withSubtotals: boolean): JsonText {
  const { member, compared, forecast, anomaly } = row;
  const over = dimensions.slice(member.keys.length).map(({ name }) => name);
  return objectText([
    ['period', JSON.stringify(row.period)],
    ...dimensionMembers(member, dimensions),
    ...(withSubtotals ? [['subtotal_over', jsonText(over)] as const] : []),
    ...row.values.map(asMember),
    ['previous', valuesText(row.previous)],
    ...(compared === undefined
      ? []
      : ([
          ['previous_from', jsonText(compared.from)],
          ['previous_to', jsonText(compared.to)],
          ['change', valuesText(compared.change)],
          ['change_ratio', valuesText(compared.ratio)],
        ] as const)),
    ...(forecast === undefined ? [] : [['forecast', expectationText(forecast)] as const]),
    ...(anomaly === undefined ? [] : [['anomaly', anomalyText(anomaly)] as const]),
  ]);
}

export function dimensionMembers(member: Member, dimensions: readonly Dimension[]): [string, JsonText][] {
  return dimensions.flatMap(({ name }, index): [string, JsonText][] => {
    const key = member.keys[index];
    const isLeftOut = index >= member.keys.length;
    if (name !== 'product') return [[name, jsonText(isLeftOut ? null : (key ?? OTHER))]];
    const described = (text: string | null) => jsonText(isLeftOut ? null : key === null ? OTHER : text || '(unknown)');
    return [
      ['product_id', isLeftOut ? 'null' : numberToken(key ?? null)],
      ['sku', described(member.sku)],
      ['product', described(member.product)],
    ];
  });
}

export function valuesText(values: Values): JsonText {
  return objectText(values.map(asMember));
}

function asMember([measure, value]: Values[number]): [string, JsonText] {
  return [measure, numberToken(value)];
}

function expectationText(expectation: Expectation | null): JsonText {
  if (expectation === null) return 'null';
  const { value, lower, upper } = expectation;
  return jsonText({ value: rounded(value, 2), lower: rounded(lower, 2), upper: rounded(upper, 2) });
}

function anomalyText(anomaly: Anomaly | null): JsonText {
  return anomaly === null
    ? 'null'
    : jsonText({ expected: rounded(anomaly.expected, 2), score: rounded(anomaly.score, 2) });
}

/** Null for what is no number; never -0. */
export function rounded(value: number | null, places: number): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Number(value.toFixed(places)) + 0;
}
