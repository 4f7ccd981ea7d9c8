import type { Column } from '../../changelog/change.ts';

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

export interface ColumnType {
  /** ClickHouse type without Nullable. */
  readonly type: string;
  readonly encoding: number;
}

/** Longest decimal that ClickHouse has: Decimal256. */
const MAX_DECIMAL_DIGITS = 76;

const TEXT: ColumnType = { type: 'String', encoding: ENCODE_TEXT };

/** By the base type's OID (src/include/catalog/pg_type.dat); what is not here is carried as its Postgres text. */
const BY_OID: ReadonlyMap<number, ColumnType> = new Map([
  [16, { type: 'Bool', encoding: ENCODE_PLAIN }],
  [20, { type: 'Int64', encoding: ENCODE_PLAIN }],
  [21, { type: 'Int16', encoding: ENCODE_PLAIN }],
  [23, { type: 'Int32', encoding: ENCODE_PLAIN }],
  [26, { type: 'UInt32', encoding: ENCODE_PLAIN }],
  [28, { type: 'UInt32', encoding: ENCODE_PLAIN }],
  [700, { type: 'Float32', encoding: ENCODE_PLAIN }],
  [701, { type: 'Float64', encoding: ENCODE_PLAIN }],
  [1082, { type: 'Date32', encoding: ENCODE_DATE }],
  [1114, { type: "DateTime64(6, 'UTC')", encoding: ENCODE_TIMESTAMP }],
  [1184, { type: "DateTime64(6, 'UTC')", encoding: ENCODE_TIMESTAMPTZ }],
  [2950, { type: 'UUID', encoding: ENCODE_PLAIN }],
  [5069, { type: 'UInt64', encoding: ENCODE_PLAIN }],
]);

const NUMERIC_OID = 1700;

/** The replica's type for a column, the same for rows of the snapshot and of the stream. */
export function columnType(column: Column): ColumnType {
  if (column.typeOid === NUMERIC_OID) return numericType(column.typeModifier);
  return BY_OID.get(column.typeOid) ?? TEXT;
}

/** numeric(p, s) is a Decimal that holds every value of it; numeric without a scale keeps its digits as text. */
function numericType(typeModifier: number): ColumnType {
  if (typeModifier < 0) return TEXT;
  const modifier = typeModifier - 4;
  const precision = modifier >> 16;
  // The scale is an 11-bit signed number since Postgres 15.
  const scale = ((modifier & 0x7ff) ^ 1024) - 1024;
  const digits = Math.max(precision, scale) + Math.max(0, -scale);
  if (digits > MAX_DECIMAL_DIGITS) return TEXT;
  return { type: `Decimal(${digits}, ${Math.max(0, scale)})`, encoding: ENCODE_FINITE };
}
