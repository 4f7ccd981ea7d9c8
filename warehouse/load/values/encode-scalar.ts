import { copyEscaped, copyPlain } from './byte-writer.ts';
import {
  type ColumnType,
  ENCODE_BOOL,
  ENCODE_DATE,
  ENCODE_DECIMAL,
  ENCODE_FINITE,
  ENCODE_JSON,
  ENCODE_MONEY,
  ENCODE_PLAIN,
  ENCODE_TEXT,
  ENCODE_TIMESTAMP,
  ENCODE_TIMESTAMPTZ,
} from './column-type.ts';
import { fitsJson } from './json-rules.ts';
import { endsWithUtcOffset, fitsDate, fitsDecimal, fitsTimestamp, isFiniteNumber } from './value-rules.ts';

/** Returned in place of an end by encoders that refuse a value. */
export const REFUSED = -1;

/**
 * Writes the Postgres text of a value that is no array as TabSeparated at `at`; returns where it ends, or REFUSED: then
 * the target column cannot hold it, and what was written is void. Room must have been reserved, as `encodeValue` says.
 */
export function encodeScalar(
  type: ColumnType,
  target: Buffer,
  at: number,
  bytes: Buffer,
  start: number,
  end: number,
): number {
  switch (type.encoding) {
    case ENCODE_PLAIN:
      return copyPlain(target, at, bytes, start, end);
    case ENCODE_TEXT:
      return copyEscaped(target, at, bytes, start, end);
    case ENCODE_FINITE:
      return isFiniteNumber(bytes, start) ? copyPlain(target, at, bytes, start, end) : REFUSED;
    case ENCODE_DATE:
      return fitsDate(bytes, start, end) ? copyPlain(target, at, bytes, start, end) : REFUSED;
    case ENCODE_TIMESTAMP:
      return fitsTimestamp(bytes, start, end) ? copyPlain(target, at, bytes, start, end) : REFUSED;
    case ENCODE_TIMESTAMPTZ:
      return endsWithUtcOffset(bytes, end) && fitsTimestamp(bytes, start, end - 3)
        ? copyPlain(target, at, bytes, start, end - 3)
        : REFUSED;
    case ENCODE_BOOL:
      return bytes[start] === 116 /* t */ ? writeTrue(target, at) : writeFalse(target, at);
    case ENCODE_DECIMAL:
      return fitsDecimal(bytes, start, end, type.wholeDigits as number, type.fractionDigits as number)
        ? copyPlain(target, at, bytes, start, end)
        : REFUSED;
    case ENCODE_MONEY:
      return encodeMoney(target, at, bytes, start, end);
    case ENCODE_JSON:
      return fitsJson(bytes.toString('utf8', start, end)) ? copyEscaped(target, at, bytes, start, end) : REFUSED;
    default:
      return REFUSED;
  }
}

function writeTrue(target: Buffer, at: number): number {
  target[at++] = 116;
  target[at++] = 114;
  target[at++] = 117;
  target[at++] = 101;
  return at;
}

function writeFalse(target: Buffer, at: number): number {
  target[at++] = 102;
  target[at++] = 97;
  target[at++] = 108;
  target[at++] = 115;
  target[at++] = 101;
  return at;
}

/** `-$1,234.56` as a number; what is printed under another locale is refused. */
function encodeMoney(target: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 36 /* $ */ || byte === 44 /* , */) continue;
    if ((byte < 48 || byte > 57) && byte !== 45 && byte !== 46) return REFUSED;
    target[at++] = byte;
  }
  return bytes[end - 3] === 46 ? at : REFUSED;
}
