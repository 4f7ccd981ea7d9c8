import { FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import type { ByteSink } from '../records/byte-sink.ts';
import type { EnvelopeOptions } from './envelope-options.ts';
import { unavailableOf, valueWriterOf, type WriteValue } from './value-writer.ts';

/** What all messages of a transaction, or of a snapshot, have in common. Reused between them. */
export interface EnvelopeContext {
  /** Commit time, Unix microseconds; when the row was read for a snapshot. */
  timeMicros: bigint;
  /** LSN of the commit record; the snapshot's position. */
  commitLsn: bigint;
  /** Commit LSN of the transaction before, null when none is known. */
  previousCommitLsn: bigint | null;
  /** Id of the transaction; null for a snapshot. */
  transactionId: number | null;
  isSnapshot: boolean;
  /** When the message was made, Unix microseconds. */
  madeAtMicros: bigint;
}

export type Operation = 'c' | 'u' | 'd' | 'r';

/** Writes messages of one relation: Debezium's JSON envelope without schemas. Hot path: from bytes to bytes. */
export interface EnvelopeEncoder {
  /** The key: `{"id":1}`. False, and nothing is written, when the relation has none: the message has no key then. */
  key(out: ByteSink, row: Tuple): boolean;
  /** `total` and `inTable` count the transaction's changes, of all tables and of this one, from 1. */
  value(
    out: ByteSink,
    operation: Operation,
    before: Tuple | null,
    after: Tuple | null,
    order: { total: number; inTable: number },
  ): void;
  truncate(out: ByteSink, order: { total: number; inTable: number }): void;
  /** Takes over a changed context; before the first message that it is of. */
  begin(context: EnvelopeContext): void;
}

const COMMA = 44;
const CLOSE = 125;
const NULL = Buffer.from('null');
const OPERATIONS: Readonly<Record<Operation | 't', Buffer>> = {
  c: Buffer.from('"op":"c"'),
  u: Buffer.from('"op":"u"'),
  d: Buffer.from('"op":"d"'),
  r: Buffer.from('"op":"r"'),
  t: Buffer.from('"op":"t"'),
};
const BEFORE = Buffer.from('{"before":');
const AFTER = Buffer.from(',"after":');
const TOTAL_ORDER = Buffer.from(',"total_order":');
const TABLE_ORDER = Buffer.from(',"data_collection_order":');

export function createEnvelopeEncoder(options: {
  relation: Relation;
  /** Name of the source's database. */
  database: string;
  version: string;
  format: EnvelopeOptions;
}): EnvelopeEncoder {
  const { relation, database, version, format } = options;
  const writers = relation.columns.map((column) => valueWriterOf(column, format));
  const unavailable = relation.columns.map((column) => unavailableOf(column, format));
  const names = relation.columns.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));
  const { keyColumns } = relation;
  // What tells the rows of a table without a key apart is in the message's key, and none of the table's own columns.
  const width = relation.hasRowId === true ? names.length - 1 : names.length;
  const constants = {
    head: `,"source":{"version":${JSON.stringify(version)},"connector":"postgresql","name":${JSON.stringify(relation.source)},"ts_ms":`,
    middle: `,"db":${JSON.stringify(database)},"sequence":`,
    tail: `,"schema":${JSON.stringify(relation.schema)},"table":${JSON.stringify(relation.table)},"txId":`,
  };
  let source: Buffer = Buffer.alloc(0);
  /** `,"transaction":{"id":"..."`, or `,"transaction":null,` for a snapshot. */
  let transaction: Buffer = Buffer.alloc(0);
  let isSnapshot = false;
  let times: Buffer = Buffer.alloc(0);

  function writeField(out: ByteSink, row: Tuple, column: number): void {
    const kind = row.kinds[column];
    out.append(names[column] as Buffer);
    if (kind === FIELD_TEXT) {
      (writers[column] as WriteValue)(out, row.bytes, row.starts[column] as number, row.ends[column] as number);
    } else {
      out.append(kind === FIELD_UNCHANGED ? (unavailable[column] as Buffer) : NULL);
    }
  }

  function writeRow(out: ByteSink, row: Tuple | null): void {
    if (row === null) {
      out.append(NULL);
      return;
    }
    out.byte(123);
    for (let i = 0; i < width; i++) {
      if (i > 0) out.byte(COMMA);
      writeField(out, row, i);
    }
    out.byte(CLOSE);
  }

  function writeTail(out: ByteSink, operation: Buffer, total: number, inTable: number): void {
    out.append(source);
    out.append(transaction);
    if (!isSnapshot) {
      out.append(TOTAL_ORDER);
      out.digits(total);
      out.append(TABLE_ORDER);
      out.digits(inTable);
      out.byte(CLOSE);
      out.byte(COMMA);
    }
    out.append(operation);
    out.append(times);
  }

  return {
    key(out, row) {
      if (keyColumns.length === 0) return false;
      out.byte(123);
      for (let i = 0; i < keyColumns.length; i++) {
        if (i > 0) out.byte(COMMA);
        writeField(out, row, keyColumns[i] as number);
      }
      out.byte(CLOSE);
      return true;
    },
    value(out, operation, before, after, { total, inTable }) {
      out.append(BEFORE);
      writeRow(out, before);
      out.append(AFTER);
      writeRow(out, after);
      writeTail(out, OPERATIONS[operation], total, inTable);
    },
    truncate(out, { total, inTable }) {
      out.append(BEFORE);
      out.append(NULL);
      out.append(AFTER);
      out.append(NULL);
      writeTail(out, OPERATIONS.t, total, inTable);
    },
    begin(context) {
      const { timeMicros, commitLsn, previousCommitLsn, transactionId, madeAtMicros } = context;
      isSnapshot = context.isSnapshot;
      const sequence = JSON.stringify([previousCommitLsn?.toString() ?? null, commitLsn.toString()]);
      source = Buffer.from(
        `${constants.head}${timeMicros / 1000n},"snapshot":"${isSnapshot}"${constants.middle}${JSON.stringify(sequence)},` +
          `"ts_us":${timeMicros},"ts_ns":${timeMicros}000${constants.tail}${transactionId},"lsn":${commitLsn},` +
          '"xmin":null,"origin":null,"origin_lsn":null}',
      );
      transaction = Buffer.from(
        isSnapshot ? ',"transaction":null,' : `,"transaction":{"id":"${transactionIdText(context)}"`,
      );
      times = Buffer.from(`,"ts_ms":${madeAtMicros / 1000n},"ts_us":${madeAtMicros},"ts_ns":${madeAtMicros}000}`);
    },
  };
}

/** The same in every message of the transaction, its BEGIN and its END: `<xid>:<commit LSN>`. */
export function transactionIdText({ transactionId, commitLsn }: EnvelopeContext): string {
  return transactionId === null ? `${commitLsn}` : `${transactionId}:${commitLsn}`;
}
