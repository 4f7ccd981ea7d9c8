import { createHash } from 'node:crypto';

/** LMDB takes keys up to 1978 bytes and sorted duplicates up to 511; longer keys are told apart by their hash. */
const MAX_KEY_BYTES = 480;

/** Whole numbers among a key's fields, as a column of numbers has them: no sign, no zeros in front. */
const WHOLE_NUMBER = /(^|\t)(0|[1-9]\d{0,77})(?=\t|$)/g;

/**
 * A key's text (fields between tabs) as LMDB key. Distinct texts give distinct keys (long ones up to SHA-256). Whole numbers
 * are in the order of numbers, NUL and their length in front of them: rows that come in the order of their key fill pages one
 * after the other, where in the order of texts each splits one in the middle, and leaves it half empty.
 */
export function keyBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replace(WHOLE_NUMBER, withLength), 'utf8');
  if (bytes.length <= MAX_KEY_BYTES) return bytes.length === 0 ? EMPTY : bytes;
  return Buffer.concat([
    bytes.subarray(0, MAX_KEY_BYTES - 33),
    Buffer.from([0]),
    createHash('sha256').update(bytes).digest(),
  ]);
}

/** Rows by the text of their key, in the order of the store. */
export function inKeyOrder(rows: ReadonlyMap<string, string>): Map<string, string> {
  const placed = [...rows].map((entry) => ({ entry, bytes: keyBytes(entry[0]) }));
  return new Map(placed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ entry }) => entry));
}

function withLength(_found: string, before: string, digits: string): string {
  return `${before}\0${String.fromCharCode(digits.length)}${digits}`;
}

/** LMDB has no empty keys; no TabSeparated field has a NUL, and behind that of a number something follows. */
const EMPTY = Buffer.from([0]);
