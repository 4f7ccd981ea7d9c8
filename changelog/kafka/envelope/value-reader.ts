import { createHash } from 'node:crypto';
import type { Column, ColumnDataType } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
import type { EnvelopeOptions } from './envelope-options.ts';
import { UNAVAILABLE } from './envelope-options.ts';
import { appendString, endOfValue, isJsonNull } from './json-scan.ts';
import { bitsText, hstoreText, intervalText, pointText } from './read-composed.ts';
import { decimalOf, floatReader, moneyText } from './read-number.ts';
import {
  dateNumberReader,
  isoDateReader,
  isoTimeReader,
  isoTimestampReader,
  timeNumberReader,
} from './read-temporal.ts';
import { OID } from './type-oids.ts';

/**
 * Appends the Postgres text that a JSON value at `bytes[start, end)`, other than null, stands for. Throws a RangeError when it
 * is no value of the type: the text says nothing of the value itself.
 */
export type ReadValue = (out: ByteSink, bytes: Buffer, start: number, end: number) => void;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/** How the values of a column are read that Debezium wrote: what `valueWriterOf` writes, as far as JSON alone tells it. */
export function valueReaderOf(column: Column, options: EnvelopeOptions): ReadValue {
  const { element } = column;
  if (element === undefined) return scalarReader(column, options);
  return arrayReader(scalarReader(element, options), element.delimiter);
}

/** Each form that stands for a value of the column that was left out. */
export function placeholdersOf(column: Column): readonly Buffer[] {
  const text = JSON.stringify(UNAVAILABLE);
  const letters = [...Buffer.from(UNAVAILABLE)];
  const forms = [text];
  if (column.element !== undefined) {
    forms.push(`[${text}]`);
    const { typeOid } = column.element;
    if (typeOid === OID.int2 || typeOid === OID.int4 || typeOid === OID.int8) forms.push(`[${letters.join(',')}]`);
    if (typeOid === OID.uuid) forms.push(`["${nameUuid(UNAVAILABLE)}"]`);
    if (typeOid === OID.bytea) forms.push(`["${Buffer.from(UNAVAILABLE).toString('base64')}"]`);
  } else if (column.typeOid === OID.bytea) {
    forms.push(`"${Buffer.from(UNAVAILABLE).toString('base64')}"`, `"${Buffer.from(UNAVAILABLE).toString('hex')}"`);
  } else if (isHstore(column)) {
    forms.push(`{${text}:${text}}`, JSON.stringify(`{${text}:${text}}`));
  }
  return forms.map((form) => Buffer.from(form));
}

/** As Java's UUID.nameUUIDFromBytes. */
function nameUuid(text: string): string {
  const bytes = createHash('md5').update(text).digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x30;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function scalarReader(type: ColumnDataType, options: EnvelopeOptions): ReadValue {
  const isIso = options.time === 'isostring';
  switch (type.typeOid) {
    case OID.bool:
      return readBool;
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
      return readInteger;
    case OID.float4:
      return floatReader(true);
    case OID.float8:
      return floatReader(false);
    case OID.numeric:
      return textReader(decimalOf(type.typeModifier, options.decimal));
    case OID.money: {
      const decimal = decimalOf((2 + 4) | (19 << 16), options.decimal);
      return textReader((json) => moneyText(decimal(json)));
    }
    case OID.bytea:
      return stringReader(options.binary === 'hex' ? appendHex : appendBase64);
    case OID.bit:
    case OID.varbit:
      return textReader((json) => bitsText(json, type.typeOid === OID.bit ? Math.max(1, type.typeModifier) : null));
    case OID.point:
      return textReader(pointText);
    case OID.date:
      return isIso ? stringReader(isoDateReader) : dateNumberReader;
    case OID.time:
      return isIso ? stringReader(isoTimeReader('')) : timeNumberReader('time', type.typeModifier);
    case OID.timestamp:
      return isIso ? stringReader(isoTimestampReader('')) : timeNumberReader('timestamp', type.typeModifier);
    case OID.timestamptz:
      return stringReader(isoTimestampReader('+00'));
    case OID.timetz:
      return stringReader(isoTimeReader('+00'));
    case OID.interval:
      return textReader(intervalText);
    default:
      return isHstore(type) ? textReader(hstoreText) : readString;
  }
}

function isHstore({ typeName, typeKind }: ColumnDataType): boolean {
  return typeKind === 'b' && /(^|\.)hstore$/.test(typeName);
}

function readBool(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (end - start === 4 && bytes[start] === 116) out.byte(116);
  else if (end - start === 5 && bytes[start] === 102) out.byte(102);
  else throw new RangeError('no truth value');
}

function readInteger(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if ((byte < 48 || byte > 57) && !(byte === 45 && i === start && end > start + 1))
      throw new RangeError('no integer');
  }
  out.copy(bytes, start, end);
}

function readString(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  if (bytes[start] !== QUOTE) throw new RangeError('no string');
  appendString(out, bytes, start + 1, end - 1);
}

/** For types that are rare or small: through text. */
function textReader(convert: (json: unknown) => string): ReadValue {
  return (out, bytes, start, end) => {
    const text = bytes.toString('utf8', start, end);
    const first = bytes[start] as number;
    // A number stays what it is in the source text.
    const isNumber = first === 45 || (first >= 48 && first <= 57);
    out.append(Buffer.from(convert(isNumber ? { number: text } : parseJson(text))));
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('no JSON');
  }
}

/** For values that are strings without escapes: `append` gets what is between the quotes. */
function stringReader(append: ReadValue): ReadValue {
  return (out, bytes, start, end) => {
    if (bytes[start] !== QUOTE) throw new RangeError('no string');
    append(out, bytes, start + 1, end - 1);
  };
}

function appendHex(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.ascii('\\x');
  out.copy(bytes, start, end);
}

function appendBase64(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.ascii(`\\x${Buffer.from(bytes.toString('latin1', start, end), 'base64').toString('hex')}`);
}

/** A JSON array, of arrays where it is nested, as Postgres prints one. */
function arrayReader(readElement: ReadValue, delimiter: string): ReadValue {
  const element = new ByteSink(256);
  const delimiterByte = delimiter.charCodeAt(0);
  const read: ReadValue = (out, bytes, start, end) => {
    if (bytes[start] !== 91) throw new RangeError('no array');
    out.byte(123);
    let isFirst = true;
    for (let at = skipped(bytes, start + 1); at < end - 1; ) {
      const until = endOfValue(bytes, at);
      if (!isFirst) out.byte(delimiterByte);
      isFirst = false;
      if (isJsonNull(bytes, at, until)) out.ascii('NULL');
      else if (bytes[at] === 91) read(out, bytes, at, until);
      else {
        element.length = 0;
        readElement(element, bytes, at, until);
        appendElement(out, element, delimiterByte);
      }
      at = skipped(bytes, until);
    }
    out.byte(125);
  };
  return read;
}

function skipped(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] as number) <= 32 || bytes[at] === COMMA) at++;
  return at;
}

/** In quotes where it would be read as something else (https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO). */
function appendElement(out: ByteSink, { bytes, length }: ByteSink, delimiter: number): void {
  let isQuoted = length === 0 || (length === 4 && bytes.toString('latin1', 0, 4).toUpperCase() === 'NULL');
  for (let i = 0; i < length && !isQuoted; i++) {
    const byte = bytes[i] as number;
    isQuoted =
      byte === QUOTE || byte === BACKSLASH || byte === 123 || byte === 125 || byte === delimiter || isSpace(byte);
  }
  if (!isQuoted) {
    out.copy(bytes, 0, length);
    return;
  }
  out.byte(QUOTE);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE || byte === BACKSLASH) out.byte(BACKSLASH);
    out.byte(byte);
  }
  out.byte(QUOTE);
}

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}
