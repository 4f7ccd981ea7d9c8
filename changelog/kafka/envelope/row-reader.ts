import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import { createTuple } from '../../tuple.ts';
import { ByteSink } from '../records/byte-sink.ts';
import type { EnvelopeOptions } from './envelope-options.ts';
import { LEFT_OUT, type TextRule, textRuleOf } from './exceptions.ts';
import { appendString, endOfValue, isAt } from './json-scan.ts';
import { writePostgresDate, writePostgresTimestamp, writePostgresTimestamptz } from './postgres-text.ts';

/** A message, where its parts lie in `bytes`; an end of -1 is a part that it has not. */
export interface MessageParts {
  readonly bytes: Buffer;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly exceptionsStart: number;
  readonly exceptionsEnd: number;
  /** Of the row under its former key. */
  readonly oldKeyStart: number;
  readonly oldKeyEnd: number;
  readonly oldExceptionsStart: number;
  readonly oldExceptionsEnd: number;
}

/**
 * Reads our own messages back into tuples, to the letter. Only what `createEnvelopeEncoder` wrote with the same relation
 * and options. A tuple is valid until the next call, and as long as the message's bytes are. Throws a RangeError when the
 * bytes are not such a message. Hot path: values that stand in the JSON as they are stay where they are.
 */
export interface RowReader {
  /** c, u, d, r or t. */
  operation(message: MessageParts): string;
  /** The row after a create, an update or a read. The key tells the id of a row without a key. */
  after(message: MessageParts): Tuple;
  /** A row of which only the key is known. */
  key(message: MessageParts): Tuple;
  oldKey(message: MessageParts): Tuple;
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const LETTER_N = 110;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const NULL_BYTES = 4;
const BEFORE = Buffer.from('{"before":');
const AFTER = Buffer.from(',"after":');
const OPERATION = Buffer.from('"op":"');

export function createRowReader(relation: Relation, format: EnvelopeOptions): RowReader {
  const { columns, keyColumns } = relation;
  const names = columns.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));
  const rules = columns.map((column) => textRuleOf(column, format));
  const width = relation.hasRowId === true ? columns.length - 1 : columns.length;
  const all = Array.from({ length: width }, (_, i) => i);
  const row = createTuple(columns.length);
  const out = new ByteSink(4096);
  const unescaped = new ByteSink(256);
  /** Columns whose text is another one than stands in the JSON. */
  const converted = new Int32Array(columns.length);
  const isEscaped = new Uint8Array(columns.length);
  let convertedCount = 0;
  /** How far before its message's end the operation stood last: what is behind it are a few clocks. */
  let operationDistance = Number.MAX_SAFE_INTEGER;

  /** Finds the values of the object at `at`, which has just these columns in this order; returns where it ends. */
  function readObject(bytes: Buffer, at: number, end: number, order: readonly number[]): number {
    if (bytes[at] !== OPEN_BRACE) throw new RangeError('no row');
    convertedCount = 0;
    let i = at;
    for (let n = 0; n < order.length; n++) {
      const column = order[n] as number;
      const name = names[column] as Buffer;
      if (!isAt(bytes, i + 1, name)) throw new RangeError('another column');
      i = readValue(bytes, i + 1 + name.length, column);
    }
    if (bytes[i] !== CLOSE_BRACE) throw new RangeError('an object with more columns');
    if (i >= end) throw new RangeError('JSON that is cut off');
    return i + 1;
  }

  /** Where the value ends. */
  function readValue(bytes: Buffer, start: number, column: number): number {
    const rule = rules[column] as TextRule;
    const first = bytes[start];
    if (rule === null || first === LETTER_N) {
      // The text, if any, is among the exceptions.
      row.kinds[column] = FIELD_NULL;
      return first === LETTER_N ? start + NULL_BYTES : endOfValue(bytes, start);
    }
    row.kinds[column] = FIELD_TEXT;
    let i = start;
    if (first !== QUOTE) {
      if (first === OPEN_BRACE || first === OPEN_BRACKET) i = endOfValue(bytes, start);
      for (let byte = bytes[i]; byte !== COMMA && byte !== CLOSE_BRACE; byte = bytes[++i]) {
        if (byte === undefined) throw new RangeError('JSON that is cut off');
      }
      row.starts[column] = start;
      row.ends[column] = rule === 'bool' ? start + 1 : i;
      return i;
    }
    let escaped = 0;
    for (let byte = bytes[++i]; byte !== QUOTE; byte = bytes[++i]) {
      if (byte === undefined) throw new RangeError('JSON that is cut off');
      if (byte !== BACKSLASH) continue;
      escaped = 1;
      i++;
    }
    row.starts[column] = start + 1;
    row.ends[column] = i;
    if (escaped === 1 || rule !== 'token') {
      isEscaped[column] = escaped;
      converted[convertedCount++] = column;
    }
    return i + 1;
  }

  /** Puts the object's texts into `out`: those that stay as they are together, the others behind them. */
  function copyObject(bytes: Buffer, at: number, end: number, order: readonly number[]): void {
    const shift = out.length - at;
    out.copy(bytes, at, end);
    for (let n = 0; n < order.length; n++) {
      const column = order[n] as number;
      row.starts[column] = (row.starts[column] as number) + shift;
      row.ends[column] = (row.ends[column] as number) + shift;
    }
    for (let n = 0; n < convertedCount; n++) {
      const column = converted[n] as number;
      const start = (row.starts[column] as number) - shift;
      const valueEnd = (row.ends[column] as number) - shift;
      row.starts[column] = out.length;
      if (isEscaped[column] === 0) {
        writeText(out, rules[column] as TextRule, bytes, start, valueEnd);
      } else {
        unescaped.length = 0;
        appendString(unescaped, bytes, start, valueEnd);
        writeText(out, rules[column] as TextRule, unescaped.bytes, 0, unescaped.length);
      }
      row.ends[column] = out.length;
    }
  }

  function readExceptions(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const column = bytes.readUInt16BE(at);
      const length = bytes.readInt32BE(at + 2);
      at += 6;
      row.kinds[column] = length === LEFT_OUT ? FIELD_UNCHANGED : FIELD_TEXT;
      if (length === LEFT_OUT) continue;
      row.starts[column] = out.length;
      out.copy(bytes, at, at + length);
      row.ends[column] = out.length;
      at += length;
    }
  }

  function readKey(bytes: Buffer, start: number, end: number): void {
    const keyEnd = readObject(bytes, start, end, keyColumns);
    copyObject(bytes, start, keyEnd, keyColumns);
  }

  function readOnlyKey(
    bytes: Buffer,
    start: number,
    end: number,
    exceptionsStart: number,
    exceptionsEnd: number,
  ): Tuple {
    if (end < 0) throw new RangeError('no key');
    row.kinds.fill(FIELD_NULL);
    out.length = 0;
    readKey(bytes, start, end);
    readExceptions(bytes, exceptionsStart, exceptionsEnd);
    row.bytes = out.bytes;
    return row;
  }

  return {
    operation({ bytes, valueStart, valueEnd }) {
      let at = valueEnd - operationDistance;
      if (at < valueStart || !isAt(bytes, at, OPERATION)) {
        // Near the end: what comes behind it are a few clocks.
        at = valueEnd - OPERATION.length - 1;
        while (at >= valueStart && !isAt(bytes, at, OPERATION)) at--;
        if (at < valueStart) throw new RangeError('a message without its operation');
        operationDistance = valueEnd - at;
      }
      return String.fromCharCode(bytes[at + OPERATION.length] as number);
    },
    after(message) {
      const { bytes, valueStart, valueEnd, exceptionsEnd } = message;
      if (!isAt(bytes, valueStart, BEFORE)) throw new RangeError('not an envelope');
      const beforeAt = valueStart + BEFORE.length;
      const beforeEnd = bytes[beforeAt] === LETTER_N ? beforeAt + NULL_BYTES : endOfValue(bytes, beforeAt);
      if (!isAt(bytes, beforeEnd, AFTER)) throw new RangeError('no row');
      const at = beforeEnd + AFTER.length;
      const end = readObject(bytes, at, valueEnd, all);
      if (convertedCount === 0 && exceptionsEnd < 0 && width === columns.length) {
        row.bytes = bytes;
        return row;
      }
      out.length = 0;
      copyObject(bytes, at, end, all);
      if (width < columns.length) {
        row.kinds[width] = FIELD_NULL;
        if (message.keyEnd >= 0) readKey(bytes, message.keyStart, message.keyEnd);
      }
      readExceptions(bytes, message.exceptionsStart, exceptionsEnd);
      row.bytes = out.bytes;
      return row;
    },
    key({ bytes, keyStart, keyEnd, exceptionsStart, exceptionsEnd }) {
      return readOnlyKey(bytes, keyStart, keyEnd, exceptionsStart, exceptionsEnd);
    },
    oldKey({ bytes, oldKeyStart, oldKeyEnd, oldExceptionsStart, oldExceptionsEnd }) {
      return readOnlyKey(bytes, oldKeyStart, oldKeyEnd, oldExceptionsStart, oldExceptionsEnd);
    },
  };
}

/** The text that a JSON string without escapes stands for. */
function writeText(out: ByteSink, rule: TextRule, bytes: Buffer, start: number, end: number): void {
  switch (rule) {
    case 'hex':
      out.ascii('\\x');
      out.copy(bytes, start, end);
      break;
    case 'bytea':
      out.ascii(`\\x${Buffer.from(bytes.toString('latin1', start, end), 'base64').toString('hex')}`);
      break;
    case 'date':
      writePostgresDate(out, bytes, start, end);
      break;
    case 'time':
      out.copy(bytes, start, end - 1);
      break;
    case 'timestamp':
      writePostgresTimestamp(out, bytes, start, end);
      break;
    case 'timestamptz':
      writePostgresTimestamptz(out, bytes, start, end);
      break;
    default:
      out.copy(bytes, start, end);
  }
}
