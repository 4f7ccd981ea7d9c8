import {
  type ColumnType,
  ENCODE_BOOL,
  ENCODE_DATE,
  ENCODE_DECIMAL,
  ENCODE_FINITE,
  ENCODE_MONEY,
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { encodeValue, MAX_GROWTH } from './encode-value.ts';
import { endsWithUtcOffset, fitsDate, fitsTimestamp, isFiniteNumber } from './value-rules.ts';

/**
 * Writes a line of COPY's text format (`bytes[start, end)`, its newline included) as a line of TabSeparated at `at`,
 * where `copiedLineBytes` must have been reserved; returns where it ends. -1 when a value breaks a rule or the line is no
 * line of this relation: what stands behind `at` then is to be written over.
 */
export type WriteCopiedLine = (target: Buffer, at: number, bytes: Buffer, start: number, end: number) => number;

/** Encodings whose COPY text is TabSeparated as it is, when their rule holds. */
const COPIED: ReadonlySet<number> = new Set([
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_FINITE,
  ENCODE_DATE,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
]);

/** Encodings that write something else, of types whose text has no escapes. */
const REWRITTEN: ReadonlySet<number> = new Set([ENCODE_DECIMAL, ENCODE_MONEY, ENCODE_BOOL]);

const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
/** From this length on a native search and copy are quicker than a loop. */
const LONG_BYTES = 96;

const VALUE_OVERHEAD_BYTES = 8;

/** Most bytes that a line of `bytes` takes. */
export function copiedLineBytes(types: readonly ColumnType[]): (bytes: number) => number {
  const isRewritten = types.some((type) => REWRITTEN.has(type.encoding));
  const overhead = types.length * VALUE_OVERHEAD_BYTES;
  return isRewritten ? (bytes) => MAX_GROWTH * bytes + overhead : (bytes) => bytes;
}

/**
 * For the types of a relation's columns; null where one of them has an encoding that needs the plain value. COPY and TabSeparated
 * have the same separators, the same NULL and the same escapes
 * (https://www.postgresql.org/docs/18/sql-copy.html, https://clickhouse.com/docs/interfaces/formats/TabSeparated), so
 * one pass finds the fields, checks what has a rule and copies.
 */
export function createCopiedLine(types: readonly ColumnType[]): WriteCopiedLine | null {
  const encodings = Uint8Array.from(types, (type) => type.encoding);
  const isTaken = (encoding: number) => COPIED.has(encoding) || REWRITTEN.has(encoding);
  if (encodings.length === 0 || !encodings.every(isTaken)) return null;
  const lastColumn = encodings.length - 1;

  return (target, at, bytes, start, end) => {
    const last = end - 1;
    if (bytes[last] !== NEWLINE) return -1;
    let read = start;
    for (let column = 0; column <= lastColumn; column++) {
      const fieldStart = read;
      const fieldAt = at;
      const longAt = Math.min(last, read + LONG_BYTES);
      let byte = bytes[read] as number;
      while (byte !== TAB && read < longAt) {
        target[at++] = byte;
        byte = bytes[++read] as number;
      }
      if (byte !== TAB && read < last) {
        const length = bytes.subarray(read, last).indexOf(TAB);
        const fieldEnd = length < 0 ? last : read + length;
        bytes.copy(target, at, read, fieldEnd);
        at += fieldEnd - read;
        read = fieldEnd;
      }
      // The line ends with the last field, and with no other.
      if ((read === last) !== (column === lastColumn)) return -1;
      const encoding = encodings[column] as number;
      // A value with a rule has no escapes: a backslash begins a NULL.
      if (encoding > ENCODE_TEXT && bytes[fieldStart] !== BACKSLASH) {
        if (encoding > ENCODE_TIMESTAMPTZ) {
          at = encodeValue(types[column] as ColumnType, target, fieldAt, bytes, fieldStart, read);
          if (at < 0) return -1;
        } else if (!holds(encoding, bytes, fieldStart, read)) {
          return -1;
        } else if (encoding === ENCODE_TIMESTAMPTZ) {
          at -= 3;
        }
      }
      target[at++] = column === lastColumn ? NEWLINE : TAB;
      read++;
    }
    return at;
  };
}

function holds(encoding: number, bytes: Buffer, start: number, end: number): boolean {
  switch (encoding) {
    case ENCODE_FINITE:
      return isFiniteNumber(bytes, start);
    case ENCODE_DATE:
      return fitsDate(bytes, start, end);
    case ENCODE_TIMESTAMP:
      return fitsTimestamp(bytes, start, end);
    default:
      return endsWithUtcOffset(bytes, end) && fitsTimestamp(bytes, start, end - 3);
  }
}
