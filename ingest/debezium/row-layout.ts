import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../changelog/change.ts';
import type { EnvelopeOptions } from '../../changelog/kafka/envelope/envelope-options.ts';
import { endOfValue, isAt, isJsonNull, JsonMembers } from '../../changelog/kafka/envelope/json-scan.ts';
import { placeholdersOf, type ReadValue, valueReaderOf } from '../../changelog/kafka/envelope/value-reader.ts';
import { ByteSink } from '../../changelog/kafka/records/byte-sink.ts';
import { createTuple } from '../../changelog/tuple.ts';

/**
 * Reads rows of one relation out of messages that have just these fields in this order. A tuple is valid until the next call
 * for the same kind of row.
 */
export interface RowLayout {
  readonly relation: Relation;
  /**
   * The object at `start`; null when it has other fields. Throws a RangeError that names the column when a value cannot be
   * read.
   */
  row(bytes: Buffer, start: number): Tuple | null;
  /** The identifying columns alone, in any order; null when they are not all there. */
  key(bytes: Buffer, start: number): Tuple | null;
}

/** `fields` in the messages' order; those that the relation does not have are passed over. */
export function createRowLayout(relation: Relation, fields: readonly string[], format: EnvelopeOptions): RowLayout {
  const { columns, keyColumns } = relation;
  const columnOf = new Map(columns.map(({ name }, i) => [name, i]));
  const names = fields.map((field) => Buffer.from(`${JSON.stringify(field)}:`));
  const order = Int32Array.from(fields, (field) => columnOf.get(field) ?? -1);
  const readers = columns.map((column) => valueReaderOf(column, format));
  const placeholders = columns.map((column) => placeholdersOf(column));
  const row = createTuple(columns.length);
  const out = new ByteSink(4096);
  const key = createTuple(columns.length);
  const keyOut = new ByteSink(256);
  const members = new JsonMembers();

  function readValue(into: Tuple, sink: ByteSink, bytes: Buffer, start: number, end: number, column: number): void {
    if (isJsonNull(bytes, start, end)) return;
    for (const placeholder of placeholders[column] as readonly Buffer[]) {
      if (end - start === placeholder.length && isAt(bytes, start, placeholder)) {
        into.kinds[column] = FIELD_UNCHANGED;
        return;
      }
    }
    into.starts[column] = sink.length;
    try {
      (readers[column] as ReadValue)(sink, bytes, start, end);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`column ${columns[column]?.name}: ${error.message}`);
    }
    into.kinds[column] = FIELD_TEXT;
    into.ends[column] = sink.length;
  }

  return {
    relation,
    row(bytes, start) {
      out.length = 0;
      row.kinds.fill(FIELD_NULL);
      if (bytes[start] !== 123) throw new RangeError('no row');
      let i = start;
      for (let field = 0; field < names.length; field++) {
        const name = names[field] as Buffer;
        if (!isAt(bytes, i + 1, name)) return null;
        i += 1 + name.length;
        const end = endOfValue(bytes, i);
        const column = order[field] as number;
        if (column >= 0) readValue(row, out, bytes, i, end, column);
        i = end;
      }
      if (bytes[i] !== 125) return null;
      row.bytes = out.bytes;
      return row;
    },
    key(bytes, start) {
      keyOut.length = 0;
      key.kinds.fill(FIELD_NULL);
      let found = 0;
      members.open(bytes, start);
      while (members.next()) {
        const column = columnOf.get(JSON.parse(bytes.toString('utf8', members.nameStart - 1, members.nameEnd + 1)));
        if (column === undefined || !keyColumns.includes(column)) continue;
        readValue(key, keyOut, bytes, members.start, members.end, column);
        if (key.kinds[column] === FIELD_TEXT) found++;
      }
      key.bytes = keyOut.bytes;
      return found === keyColumns.length ? key : null;
    },
  };
}

/** Names of the object's members. */
export function fieldNames(bytes: Buffer, start: number): string[] {
  const members = new JsonMembers();
  const names: string[] = [];
  members.open(bytes, start);
  while (members.next())
    names.push(String(JSON.parse(bytes.toString('utf8', members.nameStart - 1, members.nameEnd + 1))));
  return names;
}
