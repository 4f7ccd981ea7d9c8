import type { Column, ColumnDataType } from '../../../changelog/change.ts';
import { type TargetType, targetTypeOf } from './target-type.ts';

/** How a value's bytes become TabSeparated; each is a branch of the encoder. */
export const ENCODE_PLAIN = 0;
/** Any text: tab, newline and backslash are escaped. */
export const ENCODE_TEXT = 1;
/** A number that must be finite: NaN and infinities reject the row. */
export const ENCODE_FINITE = 2;
export const ENCODE_DATE = 3;
export const ENCODE_TIMESTAMP = 4;
/** As ENCODE_TIMESTAMP, with the offset `+00` that a UTC session prints. */
export const ENCODE_TIMESTAMPTZ = 5;
/** A number that must be finite and have no more digits than the Decimal: ClickHouse would cut the fraction. */
export const ENCODE_DECIMAL = 6;
/** `-$1,234.56`, as the C locale prints it. */
export const ENCODE_MONEY = 7;
/** `t` and `f`, written out: ClickHouse's arrays want it so. */
export const ENCODE_BOOL = 8;
/** A JSON object all of whose members ClickHouse's JSON can hold. */
export const ENCODE_JSON = 9;
export const ENCODE_ARRAY = 10;

/** What a column is in the replica. */
export interface ColumnType {
  /** ClickHouse type without Nullable. */
  readonly type: string;
  readonly encoding: number;
  /** For ENCODE_DECIMAL: digits before the point at most, and behind it. */
  readonly wholeDigits?: number;
  readonly fractionDigits?: number;
  /** For ENCODE_ARRAY. */
  readonly array?: ArrayType;
}

export interface ArrayType {
  readonly element: ColumnType;
  /** Number of dimensions that a value must have, unless it is empty. */
  readonly dimensions: number;
  /** The byte between two elements. */
  readonly delimiter: number;
}

/** Longest decimal that ClickHouse has: Decimal256. */
export const MAX_DECIMAL_DIGITS = 76;

const TEXT: ColumnType = { type: 'String', encoding: ENCODE_TEXT };

/** By the base type's OID (src/include/catalog/pg_type.dat); what is not here is carried as its Postgres text. */
const BY_OID: ReadonlyMap<number, ColumnType> = new Map([
  [16, { type: 'Bool', encoding: ENCODE_PLAIN }],
  [20, { type: 'Int64', encoding: ENCODE_PLAIN }],
  [21, { type: 'Int16', encoding: ENCODE_PLAIN }],
  [23, { type: 'Int32', encoding: ENCODE_PLAIN }],
  [26, { type: 'UInt32', encoding: ENCODE_PLAIN }],
  [28, { type: 'UInt32', encoding: ENCODE_PLAIN }],
  [29, { type: 'UInt32', encoding: ENCODE_PLAIN }],
  [700, { type: 'Float32', encoding: ENCODE_PLAIN }],
  [701, { type: 'Float64', encoding: ENCODE_PLAIN }],
  [790, { type: 'Decimal(19, 2)', encoding: ENCODE_MONEY }],
  [1082, { type: 'Date32', encoding: ENCODE_DATE }],
  [1114, { type: "DateTime64(6, 'UTC')", encoding: ENCODE_TIMESTAMP }],
  [1184, { type: "DateTime64(6, 'UTC')", encoding: ENCODE_TIMESTAMPTZ }],
  [2950, { type: 'UUID', encoding: ENCODE_PLAIN }],
  [5069, { type: 'UInt64', encoding: ENCODE_PLAIN }],
]);

const NUMERIC_OID = 1700;

/**
 * The replica's type for a column, the same for rows of the snapshot and of the stream. The configuration's wish
 * (`targetType`) goes before the type's own rule. In a key an array is its Postgres text: it may hold NULLs, which a
 * sorting key may not. Throws MR-LOAD-014 when the wish does not fit the column.
 */
export function columnType(column: Column, isKey = false): ColumnType {
  if (column.targetType !== undefined) return wishedType(column, column.targetType, isKey);
  if (column.element === undefined) return scalarType(column);
  return isKey ? TEXT : arrayOf(scalarType(column.element), 1, column.element.delimiter);
}

/** The column's type as it is declared: ClickHouse has no Nullable(Array), and Nullable inside of LowCardinality only. */
export function declaredType({ type, encoding }: ColumnType, isKey: boolean): string {
  if (isKey || encoding === ENCODE_ARRAY) return type;
  const [, nested] = /^LowCardinality\((.*)\)$/.exec(type) ?? [];
  return nested === undefined ? `Nullable(${type})` : `LowCardinality(Nullable(${nested}))`;
}

function scalarType(type: ColumnDataType): ColumnType {
  if (type.typeOid === NUMERIC_OID) return numericType(type.typeModifier);
  return BY_OID.get(type.typeOid) ?? TEXT;
}

function arrayOf(element: ColumnType, dimensions: number, delimiter: string): ColumnType {
  const nested = `Nullable(${element.type})`;
  return {
    type: `${'Array('.repeat(dimensions)}${nested}${')'.repeat(dimensions)}`,
    encoding: ENCODE_ARRAY,
    array: {
      element: element.type === 'Bool' ? { ...element, encoding: ENCODE_BOOL } : element,
      dimensions,
      delimiter: delimiter.charCodeAt(0),
    },
  };
}

/** numeric(p, s) is a Decimal that holds every value of it; numeric without a scale keeps its digits as text. */
function numericType(typeModifier: number): ColumnType {
  const digits = numericDigits(typeModifier);
  if (digits === null || digits.whole + digits.fraction > MAX_DECIMAL_DIGITS) return TEXT;
  return { type: `Decimal(${digits.whole + digits.fraction}, ${digits.fraction})`, encoding: ENCODE_FINITE };
}

/** Digits before and behind the point that values of numeric(p, s) may have; null without a precision. */
export function numericDigits(typeModifier: number): { readonly whole: number; readonly fraction: number } | null {
  if (typeModifier < 0) return null;
  const modifier = typeModifier - 4;
  const precision = modifier >> 16;
  // The scale is an 11-bit signed number since Postgres 15.
  const scale = ((modifier & 0x7ff) ^ 1024) - 1024;
  return { whole: Math.max(0, precision - scale), fraction: Math.max(0, scale) };
}

function wishedType(column: Column, wish: string, isKey: boolean): ColumnType {
  const target: TargetType = targetTypeOf(wish, column, isKey);
  switch (target.kind) {
    case 'String':
    case 'LowCardinality(String)':
      return { type: target.kind, encoding: ENCODE_TEXT };
    case 'Time64(6)':
      return { type: target.kind, encoding: ENCODE_PLAIN };
    case 'JSON':
      return { type: target.kind, encoding: ENCODE_JSON };
    case 'Decimal': {
      const { precision, scale } = target;
      const type = `Decimal(${precision}, ${scale})`;
      return { type, encoding: ENCODE_DECIMAL, wholeDigits: precision - scale, fractionDigits: scale };
    }
    case 'Array': {
      const { element } = column;
      if (element === undefined) throw new Error('an array without an element'); // targetTypeOf has looked.
      const inner =
        target.element === null
          ? scalarType(element)
          : wishedType({ ...element, name: column.name }, target.element, false);
      return arrayOf(inner, target.dimensions, element.delimiter);
    }
  }
}
