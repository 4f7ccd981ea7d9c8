import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import { createTuple } from '../../tuple.ts';
import { ByteSink } from '../records/byte-sink.ts';
import type { EnvelopeOptions } from './envelope-options.ts';
import { LEFT_OUT, type TextRule, textRuleOf } from './exceptions.ts';
import { appendString, endOfValue, isAt, isJsonNull } from './json-scan.ts';
import { writePostgresDate, writePostgresTimestamp, writePostgresTimestamptz } from './postgres-text.ts';

/**
 * Reads our own messages back into tuples, to the letter. Only what `createEnvelopeEncoder` wrote with the same relation
 * and options. A tuple is valid until the next call. Throws a RangeError when the bytes are not such a message.
 */
export interface RowReader {
  /** c, u, d, r or t. */
  operation(value: Buffer): string;
  /** The row after a create, an update or a read. `key` tells the id of a row without a key. */
  after(value: Buffer, key: Buffer | null, exceptions: Buffer | null): Tuple;
  /** A row of which only the key is known. */
  key(key: Buffer, exceptions: Buffer | null): Tuple;
}

const QUOTE = 34;
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

  function reset(): void {
    out.length = 0;
    row.kinds.fill(FIELD_NULL);
  }

  /** Reads the object at `at`, which has just these columns in this order; returns where it ends. */
  function readObject(bytes: Buffer, at: number, order: readonly number[]): number {
    let i = at;
    for (const column of order) {
      const name = names[column] as Buffer;
      if (!isAt(bytes, i + 1, name)) throw new RangeError('another column');
      i += 1 + name.length;
      const end = endOfValue(bytes, i);
      readValue(bytes, i, end, column);
      i = end;
    }
    if (bytes[i] !== 125) throw new RangeError('an object with more columns');
    return i + 1;
  }

  function readValue(bytes: Buffer, start: number, end: number, column: number): void {
    const rule = rules[column] as TextRule;
    if (rule === null || isJsonNull(bytes, start, end)) return; // The text, if any, is among the exceptions.
    row.kinds[column] = FIELD_TEXT;
    row.starts[column] = out.length;
    if (bytes[start] !== QUOTE) {
      if (rule === 'bool') out.byte(bytes[start] as number);
      else out.copy(bytes, start, end);
    } else {
      unescaped.length = 0;
      appendString(unescaped, bytes, start + 1, end - 1);
      writeText(out, rule, unescaped);
    }
    row.ends[column] = out.length;
  }

  function readExceptions(exceptions: Buffer | null): void {
    if (exceptions === null) return;
    for (let at = 0; at < exceptions.length; ) {
      const column = exceptions.readUInt16BE(at);
      const length = exceptions.readInt32BE(at + 2);
      at += 6;
      row.kinds[column] = length === LEFT_OUT ? FIELD_UNCHANGED : FIELD_TEXT;
      if (length === LEFT_OUT) continue;
      row.starts[column] = out.length;
      out.copy(exceptions, at, at + length);
      row.ends[column] = out.length;
      at += length;
    }
  }

  function finished(): Tuple {
    row.bytes = out.bytes;
    return row;
  }

  return {
    operation(value) {
      // Near the end: what comes behind it are a few clocks.
      for (let at = value.length - OPERATION.length - 1; at >= 0; at--) {
        if (value[at] !== QUOTE || !isAt(value, at, OPERATION)) continue;
        return String.fromCharCode(value[at + OPERATION.length] as number);
      }
      throw new RangeError('a message without its operation');
    },
    after(value, key, exceptions) {
      reset();
      if (!isAt(value, 0, BEFORE)) throw new RangeError('not an envelope');
      const afterAt = endOfValue(value, BEFORE.length);
      const at = afterAt + AFTER.length;
      if (!isAt(value, afterAt, AFTER) || value[at] !== 123) throw new RangeError('no row');
      readObject(value, at, all);
      if (relation.hasRowId === true && key !== null) readObject(key, 0, keyColumns);
      readExceptions(exceptions);
      return finished();
    },
    key(key, exceptions) {
      reset();
      if (key[0] !== 123) throw new RangeError('not a key');
      readObject(key, 0, keyColumns);
      readExceptions(exceptions);
      return finished();
    },
  };
}

function writeText(out: ByteSink, rule: TextRule, { bytes, length }: ByteSink): void {
  switch (rule) {
    case 'hex':
      out.ascii('\\x');
      out.copy(bytes, 0, length);
      break;
    case 'bytea':
      out.ascii(`\\x${Buffer.from(bytes.toString('latin1', 0, length), 'base64').toString('hex')}`);
      break;
    case 'date':
      writePostgresDate(out, bytes, length);
      break;
    case 'time':
      out.copy(bytes, 0, length - 1);
      break;
    case 'timestamp':
      writePostgresTimestamp(out, bytes, length);
      break;
    case 'timestamptz':
      writePostgresTimestamptz(out, bytes, length);
      break;
    default:
      out.copy(bytes, 0, length);
  }
}
