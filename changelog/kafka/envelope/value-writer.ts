import type { Column, ColumnDataType } from '../../change.ts';
import type { ByteSink } from '../records/byte-sink.ts';
import { arrayWriter } from './array.ts';
import { writeBit, writeBits, writeByteaBase64, writeByteaHex, writePoint } from './binary.ts';
import { type EnvelopeOptions, UNAVAILABLE } from './envelope-options.ts';
import { writeHstoreJson, writeHstoreMap } from './hstore.ts';
import { writeIntervalIso, writeIntervalMicros } from './interval.ts';
import { writeJsonString } from './json-text.ts';
import { moneyWriter, preciseWriter, scaleOf, writeNumber, writeNumberText } from './numeric.ts';
import {
  numberWriter,
  timestamptzWriter,
  writeDateIso,
  writeDateNumber,
  writeTimeIso,
  writeTimestampIso,
  writeTimetz,
} from './temporal.ts';
import { OID } from './type-oids.ts';

/** Appends one value, in Postgres text format at `bytes[start, end)`, as JSON. */
export type WriteValue = (out: ByteSink, bytes: Buffer, start: number, end: number) => void;

/** How the values of a column are written, arrays included. */
export function valueWriterOf(column: Column, options: EnvelopeOptions): WriteValue {
  const { element } = column;
  if (element === undefined) return scalarWriter(column, options);
  return arrayWriter(scalarWriter(element, options), element.delimiter);
}

/** What stands for a value of the column that the source left out: a constant piece of JSON. */
export function unavailableOf(column: Column, options: EnvelopeOptions): Buffer {
  const isBytes = column.typeOid === OID.bytea && options.binary === 'bytes';
  const text = JSON.stringify(isBytes ? Buffer.from(UNAVAILABLE).toString('base64') : UNAVAILABLE);
  return Buffer.from(column.element === undefined ? text : `[${text}]`);
}

/** Types that have no rule of their own are their text. */
function scalarWriter(type: ColumnDataType, options: EnvelopeOptions): WriteValue {
  switch (type.typeOid) {
    case OID.bool:
      return writeBool;
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
    case OID.float4:
    case OID.float8:
      return writeNumber;
    case OID.numeric:
      return decimalWriter(scaleOf(type.typeModifier), options);
    case OID.money:
      return moneyWriter(decimalWriter(2, options));
    case OID.bytea:
      return options.binary === 'hex' ? writeByteaHex : writeByteaBase64;
    case OID.bit:
      return type.typeModifier === 1 ? writeBit : writeBits;
    case OID.varbit:
      return writeBits;
    case OID.point:
      return writePoint;
    case OID.date:
      return options.time === 'isostring' ? writeDateIso : writeDateNumber;
    case OID.time:
      return options.time === 'isostring' ? writeTimeIso : numberWriter('time', unitOf(type.typeModifier));
    case OID.timestamp:
      return options.time === 'isostring' ? writeTimestampIso : numberWriter('timestamp', unitOf(type.typeModifier));
    case OID.timestamptz:
      return timestamptzWriter(type.typeModifier < 0 ? 6 : type.typeModifier);
    case OID.timetz:
      return writeTimetz;
    case OID.interval:
      return options.interval === 'string' ? writeIntervalIso : writeIntervalMicros;
    default:
      if (isHstore(type)) return options.hstore === 'map' ? writeHstoreMap : writeHstoreJson;
      return writeJsonString;
  }
}

function decimalWriter(scale: number | null, options: EnvelopeOptions): WriteValue {
  if (options.decimal === 'string') return writeNumberText;
  return options.decimal === 'double' ? writeNumber : preciseWriter(scale);
}

/** Up to three digits behind the second fit milliseconds. */
function unitOf(typeModifier: number): 'micros' | 'millis' {
  return typeModifier >= 0 && typeModifier <= 3 ? 'millis' : 'micros';
}

/** The extension's type has no fixed OID. */
function isHstore({ typeName, typeKind }: ColumnDataType): boolean {
  return typeKind === 'b' && /(^|\.)hstore$/.test(typeName);
}

function writeBool(out: ByteSink, bytes: Buffer, start: number): void {
  out.append(bytes[start] === 116 ? TRUE : FALSE);
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
