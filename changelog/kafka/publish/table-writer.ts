import type { Relation, Tuple } from '../../change.ts';
import type { RowVersion } from '../../destination.ts';
import { hasSameKey } from '../../key.ts';
import type { EnvelopeContext, EnvelopeEncoder } from '../envelope/envelope.ts';
import type { ExceptionWriter } from '../envelope/exceptions.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { type ExtraHeader, HEADER_NAME, type RecordWriter } from './record-writer.ts';

/** Counts of the transaction that is being handed over. Reused. */
export interface TransactionCounts {
  /** Goes up with each transaction. */
  number: number;
  /** Messages so far, of all tables; tombstones do not count. */
  total: number;
}

/** Changes of one relation as Debezium's messages. Each answers the bytes that it put into queues. */
export interface TableWriter {
  readonly relation: Relation;
  readonly topic: string;
  /** Messages in the transaction `counts` is of; another transaction begins at 0. */
  inTransaction(): number;
  insert(version: Readonly<RowVersion>, row: Tuple): number;
  /** A changed key is a delete, a tombstone and a create, each naming the other key in a header. */
  update(version: Readonly<RowVersion>, old: Tuple | null, row: Tuple): number;
  delete(version: Readonly<RowVersion>, old: Tuple): number;
  truncate(version: Readonly<RowVersion>): number;
  read(version: Readonly<RowVersion>, row: Tuple): number;
}

/** Key of a truncate where there has to be one: the last of them stands for all before it. */
const NO_COLUMNS = Buffer.from('{}');
const NONE: readonly ExtraHeader[] = [];

export function createTableWriter(options: {
  relation: Relation;
  topic: string;
  encoder: EnvelopeEncoder;
  records: RecordWriter;
  exceptions: ExceptionWriter;
  context: EnvelopeContext;
  counts: TransactionCounts;
  /** A compacted topic takes no message without a key. */
  isCompacted: boolean;
  /** Told when the transaction has its first message of this table. */
  onTransaction: (writer: TableWriter) => void;
}): TableWriter {
  const { relation, topic, encoder, records, exceptions, context, counts, isCompacted, onTransaction } = options;
  const keyOut = new ByteSink(256);
  const order = { total: 0, inTable: 0 };
  let transaction = -1;

  /** Numbers a message. */
  function next(): void {
    if (transaction !== counts.number) {
      transaction = counts.number;
      order.inTable = 0;
      encoder.begin(context);
      onTransaction(writer);
    }
    order.inTable++;
    order.total = ++counts.total;
  }

  /** Opens a message under this row's key, or without one where the table has none. */
  function open(row: Tuple): ByteSink {
    records.key.length = 0;
    return records.open(encoder.key(records.key, row), textBytes(row));
  }

  /** A log that keeps the last of each key lets go of this one. A message without a key cannot be named so. */
  function tombstone(version: Readonly<RowVersion>, row: Tuple, extras: readonly ExtraHeader[]): number {
    open(row);
    return records.close(version, true, extras);
  }

  /** Headers of a row that its JSON does not tell exactly. */
  function exceptionsOf(row: Tuple, name: Buffer, onlyKey: boolean): readonly ExtraHeader[] {
    const value = exceptions.write(row, onlyKey);
    return value === null ? NONE : [{ name, value }];
  }

  function move(version: Readonly<RowVersion>, old: Tuple, row: Tuple): number {
    const oldKey = { name: HEADER_NAME.oldKey, value: keyOf(old) };
    const newKey = { name: HEADER_NAME.newKey, value: keyOf(row) };
    next();
    encoder.value(open(old), 'd', old, null, order);
    let bytes = records.close(version, false, [newKey]);
    bytes += tombstone(version, old, [newKey]);
    next();
    encoder.value(open(row), 'c', null, row, order);
    const ofOld = exceptionsOf(old, HEADER_NAME.oldExceptions, true).map((header) => ({
      ...header,
      value: Buffer.from(header.value),
    }));
    bytes += records.close(version, false, [oldKey, ...ofOld, ...exceptionsOf(row, HEADER_NAME.exceptions, false)]);
    return bytes;
  }

  function keyOf(row: Tuple): Buffer {
    keyOut.length = 0;
    encoder.key(keyOut, row);
    return Buffer.from(keyOut.written());
  }

  const writer: TableWriter = {
    relation,
    topic,
    inTransaction: () => (transaction === counts.number ? order.inTable : 0),
    insert(version, row) {
      next();
      encoder.value(open(row), 'c', null, row, order);
      return records.close(version, false, exceptionsOf(row, HEADER_NAME.exceptions, false));
    },
    update(version, old, row) {
      if (old !== null && !hasSameKey(relation, old, row)) return move(version, old, row);
      next();
      encoder.value(open(row), 'u', old, row, order);
      return records.close(version, false, exceptionsOf(row, HEADER_NAME.exceptions, false));
    },
    delete(version, old) {
      next();
      encoder.value(open(old), 'd', old, null, order);
      const bytes = records.close(version, false, exceptionsOf(old, HEADER_NAME.exceptions, true));
      return bytes + tombstone(version, old, NONE);
    },
    truncate(version) {
      next();
      records.key.length = 0;
      if (isCompacted) records.key.append(NO_COLUMNS);
      encoder.truncate(records.open(isCompacted, 0), order);
      return records.close(version, false, NONE);
    },
    read(version, row) {
      if (transaction !== counts.number) {
        transaction = counts.number;
        encoder.begin(context);
      }
      encoder.value(open(row), 'r', null, row, order);
      return records.close(version, false, exceptionsOf(row, HEADER_NAME.exceptions, false));
    },
  };
  return writer;
}

/** Of the text that a row has: its fields lie behind each other. */
function textBytes({ length, starts, ends }: Tuple): number {
  return length === 0 ? 0 : (ends[length - 1] as number) - (starts[0] as number);
}
