import { type ColumnType, ENCODE_ARRAY } from './column-type.ts';
import { encodeArray } from './encode-array.ts';
import { encodeScalar, REFUSED } from './encode-scalar.ts';

/** An encoded value is at most so many times as long as its text: `{t,f}` becomes `[true,false]`. */
export const MAX_GROWTH = 3;

/**
 * Writes a value's Postgres text as TabSeparated at `at`; MAX_GROWTH times its length, and a few bytes, must have been
 * reserved. Returns where it ends, or REFUSED: then the target column cannot hold it, and what was written is void.
 */
export function encodeValue(
  type: ColumnType,
  target: Buffer,
  at: number,
  bytes: Buffer,
  start: number,
  end: number,
): number {
  if (type.encoding !== ENCODE_ARRAY) return encodeScalar(type, target, at, bytes, start, end);
  return type.array === undefined ? REFUSED : encodeArray(type.array, target, at, bytes, start, end);
}

/** The same on a value's own text; null when it is refused. */
export function encodeText(type: ColumnType, text: string): string | null {
  const bytes = Buffer.from(text, 'utf8');
  const target = Buffer.allocUnsafe(MAX_GROWTH * bytes.length + 8);
  const end = encodeValue(type, target, 0, bytes, 0, bytes.length);
  return end < 0 ? null : target.toString('utf8', 0, end);
}
