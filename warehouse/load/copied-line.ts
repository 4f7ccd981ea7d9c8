import {
  ENCODE_DATE,
  ENCODE_FINITE,
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { endsWithUtcOffset, fitsDate, fitsTimestamp, isFiniteNumber } from './value-rules.ts';

/**
 * Writes a line of COPY's text format (`bytes[start, end)`, its newline included) as a line of TabSeparated at `at`,
 * where as many bytes must have been reserved; returns where it ends. -1 when a value breaks a rule or the line is no
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

const TAB = 9;
const NEWLINE = 10;
const BACKSLASH = 92;
/** From this length on a native search and copy are quicker than a loop. */
const LONG_BYTES = 96;

/**
 * For the encodings of a relation's columns; null where one of them changes more than its rule. COPY and TabSeparated
 * have the same separators, the same NULL and the same escapes
 * (https://www.postgresql.org/docs/18/sql-copy.html, https://clickhouse.com/docs/interfaces/formats/TabSeparated), so
 * one pass finds the fields, checks what has a rule and copies.
 */
export function createCopiedLine(encodings: Uint8Array): WriteCopiedLine | null {
  if (encodings.length === 0 || !encodings.every((encoding) => COPIED.has(encoding))) return null;
  const lastColumn = encodings.length - 1;

  return (target, at, bytes, start, end) => {
    const last = end - 1;
    if (bytes[last] !== NEWLINE) return -1;
    let read = start;
    for (let column = 0; column <= lastColumn; column++) {
      const fieldStart = read;
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
        if (!holds(encoding, bytes, fieldStart, read)) return -1;
        if (encoding === ENCODE_TIMESTAMPTZ) at -= 3;
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
