import {
  type ArrayType,
  type ColumnType,
  ENCODE_DATE,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { encodeScalar, REFUSED } from './encode-scalar.ts';

const COMMA = 44;
const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/**
 * Postgres's array text (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO) as ClickHouse's, from bytes to bytes:
 * `{1,NULL}` becomes `[1,NULL]`, `{"a'b"}` becomes `['a\'b']`. Refuses a value that begins at another index than 1, has
 * another number of dimensions than the type, or an element that cannot be held. An empty array fits any number of
 * dimensions: Postgres does not tell them apart.
 */
export function encodeArray(
  type: ArrayType,
  target: Buffer,
  at: number,
  bytes: Buffer,
  start: number,
  end: number,
): number {
  // Only an array with another lower bound begins with its bounds: `[0:1]={1,2}`.
  if (bytes[start] !== OPEN_BRACE) return REFUSED;
  if (isEmptyArray(bytes, start, end)) {
    target[at++] = OPEN_BRACKET;
    target[at++] = CLOSE_BRACKET;
    return at;
  }
  const { element, dimensions, delimiter } = type;
  const isQuoted = isQuotedType(element);
  let depth = 0;
  let i = start;
  while (i < end) {
    const byte = bytes[i] as number;
    if (byte === OPEN_BRACE) {
      if (++depth > dimensions) return REFUSED;
      target[at++] = OPEN_BRACKET;
      i++;
    } else if (byte === CLOSE_BRACE) {
      depth--;
      target[at++] = CLOSE_BRACKET;
      i++;
    } else if (byte === delimiter) {
      target[at++] = COMMA;
      i++;
    } else {
      if (depth !== dimensions) return REFUSED;
      const isText = byte === DOUBLE_QUOTE;
      const from = isText ? i + 1 : i;
      const to = isText ? endOfQuoted(bytes, from, end) : endOfPlain(bytes, from, end, delimiter);
      if (to < 0) return REFUSED;
      i = isText ? to + 1 : to;
      if (!isText && isNull(bytes, from, to)) at = writeNull(target, at);
      else if (element.encoding === ENCODE_TEXT) at = writeString(target, at, bytes, from, to);
      else at = writeElement(element, isQuoted, target, at, bytes, from, to);
      if (at < 0) return REFUSED;
    }
  }
  return depth === 0 ? at : REFUSED;
}

/** `{}`, whatever its number of dimensions. */
export function isEmptyArray(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === OPEN_BRACE && bytes[start + 1] === CLOSE_BRACE;
}

/** What is no number and no Bool stands in single quotes. */
function isQuotedType({ encoding, type }: ColumnType): boolean {
  if (encoding === ENCODE_DATE || encoding === ENCODE_TIMESTAMP || encoding === ENCODE_TIMESTAMPTZ) return true;
  return type === 'UUID' || type.startsWith('Time64');
}

/** An element of another type than text: its bytes go through the type's own rule. */
function writeElement(
  type: ColumnType,
  isQuoted: boolean,
  target: Buffer,
  at: number,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  if (!isQuoted) return encodeScalar(type, target, at, bytes, from, to);
  target[at++] = QUOTE;
  const written = encodeScalar(type, target, at, bytes, from, to);
  if (written < 0) return REFUSED;
  target[written] = QUOTE;
  return written + 1;
}

/** A string in quotes, its backslashes being Postgres's: they stand before a quote or another backslash. */
function writeString(target: Buffer, at: number, bytes: Buffer, from: number, to: number): number {
  target[at++] = QUOTE;
  for (let i = from; i < to; i++) {
    let byte = bytes[i] as number;
    if (byte === BACKSLASH) byte = bytes[++i] as number;
    if (byte === BACKSLASH || byte === QUOTE) {
      target[at++] = BACKSLASH;
      target[at++] = byte;
    } else if (byte === 10) {
      target[at++] = BACKSLASH;
      target[at++] = 110; // n
    } else if (byte === 9) {
      target[at++] = BACKSLASH;
      target[at++] = 116; // t
    } else if (byte === 13) {
      target[at++] = BACKSLASH;
      target[at++] = 114; // r
    } else {
      target[at++] = byte;
    }
  }
  target[at++] = QUOTE;
  return at;
}

function writeNull(target: Buffer, at: number): number {
  target[at++] = 78;
  target[at++] = 85;
  target[at++] = 76;
  target[at++] = 76;
  return at;
}

/** An element that says NULL is quoted. */
function isNull(bytes: Buffer, from: number, to: number): boolean {
  return (
    to - from === 4 && bytes[from] === 78 && bytes[from + 1] === 85 && bytes[from + 2] === 76 && bytes[from + 3] === 76
  );
}

/** Where the closing quote is; REFUSED when there is none. */
function endOfQuoted(bytes: Buffer, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) i++;
    else if (byte === DOUBLE_QUOTE) return i;
  }
  return REFUSED;
}

/** Where an element without quotes ends. Box has `;` for a delimiter, and commas and parentheses inside. */
function endOfPlain(bytes: Buffer, from: number, end: number, delimiter: number): number {
  for (let i = from; i < end; i++) {
    const byte = bytes[i];
    if (byte === delimiter || byte === CLOSE_BRACE) return i;
  }
  return REFUSED;
}
