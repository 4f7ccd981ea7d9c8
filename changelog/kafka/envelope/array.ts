import { ByteSink } from '../records/byte-sink.ts';
import type { WriteValue } from './value-writer.ts';

const COMMA = 44;
const DOUBLE_QUOTE = 34;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const NULL = Buffer.from('null');

/**
 * Postgres's array text as a JSON array, nested as deeply as the value is. Its lower bounds, if it has any, are lost:
 * JSON has none. `delimiter` is a comma for all types but box.
 */
export function arrayWriter(writeElement: WriteValue, delimiter: string): WriteValue {
  const delimiterByte = delimiter.charCodeAt(0);
  const unescaped = new ByteSink(256);
  return (out, bytes, start, end) => {
    let i = start;
    if (bytes[i] === OPEN_BRACKET) i = bytes.indexOf(EQUALS, i) + 1;
    while (i < end) {
      const byte = bytes[i] as number;
      if (byte === OPEN_BRACE) {
        out.byte(OPEN_BRACKET);
        i++;
      } else if (byte === CLOSE_BRACE) {
        out.byte(CLOSE_BRACKET);
        i++;
      } else if (byte === delimiterByte) {
        out.byte(COMMA);
        i++;
      } else if (byte === DOUBLE_QUOTE) {
        i = readQuoted(unescaped, bytes, i + 1, end);
        writeElement(out, unescaped.bytes, 0, unescaped.length);
      } else {
        const from = i;
        while (i < end && bytes[i] !== delimiterByte && bytes[i] !== CLOSE_BRACE) i++;
        if (isNull(bytes, from, i)) out.append(NULL);
        else writeElement(out, bytes, from, i);
      }
    }
  };
}

/** An element in quotes without its escapes; returns where its closing quote ends. */
function readQuoted(unescaped: ByteSink, bytes: Buffer, from: number, end: number): number {
  unescaped.length = 0;
  const target = unescaped.reserve(end - from);
  let at = 0;
  let i = from;
  for (; i < end && bytes[i] !== DOUBLE_QUOTE; i++) {
    if (bytes[i] === BACKSLASH) i++;
    target[at++] = bytes[i] as number;
  }
  unescaped.length = at;
  return i + 1;
}

/** An element that says NULL is quoted. */
function isNull(bytes: Buffer, from: number, to: number): boolean {
  return to - from === 4 && bytes.toString('latin1', from, to) === 'NULL';
}
