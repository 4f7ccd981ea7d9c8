import { isoSql } from '../../warehouse/clickhouse/moment.ts';
import { unwrappedType } from '../../warehouse/clickhouse/type-name.ts';
import { type JsonText, jsonText, numberToken } from '../http/exact-json.ts';
import { dayOf } from '../reports/calendar.ts';

/** How a column is compared, printed and read. */
export type ColumnKind = 'text' | 'integer' | 'decimal' | 'float' | 'day' | 'moment' | 'boolean';

/** Places of a decimal; null for another type. */
export function scaleOf(type: string): number | null {
  const scale = /^Decimal\(\d+, (\d+)\)$/.exec(unwrappedType(type).base)?.[1];
  return scale === undefined ? null : Number(scale);
}

/** By the warehouse's name of its type. What is none of the others is shown as text. */
export function kindOf(type: string): ColumnKind {
  const { base: bare } = unwrappedType(type);
  if (/^U?Int\d+$/.test(bare)) return 'integer';
  if (/^Decimal/.test(bare)) return 'decimal';
  if (/^Float/.test(bare)) return 'float';
  if (/^Date(32)?$/.test(bare)) return 'day';
  if (/^DateTime/.test(bare)) return 'moment';
  return bare === 'Bool' ? 'boolean' : 'text';
}

export function isTime(kind: ColumnKind): boolean {
  return kind === 'day' || kind === 'moment';
}

/** SQL that prints a value of the type as text. */
export function textSql(type: string, value: string): string {
  const scale = scaleOf(type);
  if (scale !== null) return `toDecimalString(${value}, ${scale})`;
  return kindOf(type) === 'moment' ? isoSql(value) : `toString(${value})`;
}

/** What was printed, as JSON: exact number tokens, never through a double. */
export function jsonOf(type: string, text: string | null): JsonText {
  const kind = kindOf(type);
  if (text === null) return 'null';
  if (kind === 'integer' || kind === 'decimal') return numberToken(text);
  if (kind === 'float') return jsonText(Number(text)); // infinities and NaN are null in JSON
  return kind === 'boolean' ? String(text === 'true' || text === '1') : jsonText(text);
}

/** JSON Schema of a value. */
export function schemaOf(type: string): object {
  switch (kindOf(type)) {
    case 'integer':
      return { type: ['integer', 'null'] };
    case 'decimal':
    case 'float':
      return { type: ['number', 'null'] };
    case 'day':
      return { type: ['string', 'null'], format: 'date' };
    case 'moment':
      return { type: ['string', 'null'], format: 'date-time' };
    case 'boolean':
      return { type: ['boolean', 'null'] };
    case 'text':
      return { type: ['string', 'null'] };
  }
}

export const VALUES_OF: Readonly<Record<ColumnKind, string>> = {
  text: 'a text of up to 1000 characters',
  integer: 'a whole number, or its text where it has more digits than a double',
  decimal: 'a decimal number, or its text: "12.30"',
  float: 'a number',
  day: 'a day that exists, as YYYY-MM-DD',
  moment: 'a moment in ISO 8601 with its zone: 2026-11-21T10:00:00Z',
  boolean: 'true or false',
};

const MAX_TEXT = 1_000;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A filter's value as the text that the warehouse reads; null for what is none. */
export function readValue(kind: ColumnKind, value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.length <= MAX_TEXT ? value : null;
    case 'integer':
      // A double with more digits than it holds is not what was written.
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
      return typeof text === 'string' && /^-?\d{1,19}$/.test(text) ? BigInt(text).toString() : null;
    case 'decimal':
    case 'float':
      return typeof text === 'string' && /^-?\d{1,19}(\.\d{1,12})?$/.test(text) ? text : null;
    case 'day':
      return typeof value === 'string' && dayOf(value) !== null ? value : null;
    case 'moment':
      return typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value)) ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : null;
  }
}

/** SQL that reads a parameter of texts as values of the kind: for `in`, and as the first of them for comparing. */
export function valuesSql(kind: ColumnKind, parameter: string): string {
  const texts = `{${parameter}:Array(String)}`;
  switch (kind) {
    case 'text':
      return texts;
    case 'integer':
      return `arrayMap(v -> toInt128(v), ${texts})`;
    case 'decimal':
      return `arrayMap(v -> toDecimal128(v, 12), ${texts})`;
    case 'float':
      return `arrayMap(v -> toFloat64(v), ${texts})`;
    case 'day':
      return `arrayMap(v -> toDate32(v), ${texts})`;
    case 'moment':
      return `arrayMap(v -> parseDateTime64BestEffort(v, 6, 'UTC'), ${texts})`;
    case 'boolean':
      return `arrayMap(v -> v = 'true', ${texts})`;
  }
}

/** SQL in which a column compares with `valuesSql`. */
export function comparedSql(kind: ColumnKind, value: string): string {
  if (kind === 'integer') return `toInt128(${value})`;
  if (kind === 'decimal') return `toDecimal128(${value}, 12)`;
  return kind === 'day' ? `toDate32(${value})` : value;
}
