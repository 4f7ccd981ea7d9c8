import { type Column, FIELD_TEXT, FIELD_UNCHANGED, type Relation, type Tuple } from '../../change.ts';
import { ByteSink } from '../records/byte-sink.ts';
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
  /** When the message was made, Unix milliseconds. */
  madeAtMs: number;
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

const CLOSE = 125;
const NULL = Buffer.from('null');
const EMPTY = Buffer.from('{}');
const LETTERS: Readonly<Record<Operation | 't', number>> = { c: 99, u: 117, d: 100, r: 114, t: 116 };
const BEFORE = Buffer.from('{"before":');
const AFTER = Buffer.from(',"after":');
const NO_BEFORE = Buffer.from('{"before":null,"after":');
const TABLE_ORDER = Buffer.from(',"data_collection_order":');
/** The letter is put in when the message is written. */
const OPERATION = Buffer.from(',"op":"?');

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
  const { keyColumns } = relation;
  // What tells the rows of a table without a key apart is in the message's key, and none of the table's own columns.
  const width = relation.hasRowId === true ? relation.columns.length - 1 : relation.columns.length;
  const names = namesOf(relation, relation.columns.keys());
  const keyNames = namesOf(relation, keyColumns);
  const text = (value: string): string => JSON.stringify(value);
  const source = {
    head: Buffer.from(
      `,"source":{"version":${text(version)},"connector":"postgresql","name":${text(relation.source)},"ts_ms":`,
    ),
    streamed: Buffer.from(`,"snapshot":"false","db":${text(database)},"sequence":"[`),
    read: Buffer.from(`,"snapshot":"true","db":${text(database)},"sequence":"[`),
    tail: Buffer.from(`,"schema":${text(relation.schema)},"table":${text(relation.table)},"txId":`),
  };
  let isSnapshot = false;
  /** What all messages of a transaction have behind their row, up to the number of the message; and what is behind that. */
  const prefix = new ByteSink(1024);
  const suffix = new ByteSink(256);
  let behindRow: Buffer = NULL;
  let atEnd: Buffer = NULL;
  let operationAt = 0;

  function writeField(out: ByteSink, row: Tuple, column: number): void {
    const kind = row.kinds[column];
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
    for (let i = 0; i < width; i++) {
      out.append(names[i] as Buffer);
      writeField(out, row, i);
    }
    if (width === 0) out.append(EMPTY);
    else out.byte(CLOSE);
  }

  function writeTail(out: ByteSink, letter: number, total: number, inTable: number): void {
    out.append(behindRow);
    if (!isSnapshot) {
      out.digits(total);
      out.append(TABLE_ORDER);
      out.digits(inTable);
    }
    atEnd[operationAt] = letter;
    out.append(atEnd);
  }

  function writeSource({ timeMicros, commitLsn, previousCommitLsn, transactionId }: EnvelopeContext): void {
    prefix.append(source.head);
    prefix.digits(timeMicros / 1000n);
    prefix.append(isSnapshot ? source.read : source.streamed);
    if (previousCommitLsn === null) {
      prefix.append(NULL);
    } else {
      prefix.append(QUOTE_IN_TEXT);
      prefix.digits(previousCommitLsn);
      prefix.append(QUOTE_IN_TEXT);
    }
    prefix.append(SEQUENCE_COMMA);
    prefix.digits(commitLsn);
    prefix.append(SEQUENCE_END);
    prefix.digits(timeMicros);
    prefix.append(NANOSECONDS);
    prefix.digits(timeMicros);
    prefix.append(THOUSANDS);
    prefix.append(source.tail);
    if (transactionId === null) prefix.append(NULL);
    else prefix.digits(transactionId);
    prefix.append(LSN);
    prefix.digits(commitLsn);
    prefix.append(NO_ORIGIN);
  }

  return {
    key(out, row) {
      if (keyColumns.length === 0) return false;
      for (let i = 0; i < keyColumns.length; i++) {
        out.append(keyNames[i] as Buffer);
        writeField(out, row, keyColumns[i] as number);
      }
      out.byte(CLOSE);
      return true;
    },
    value(out, operation, before, after, { total, inTable }) {
      if (before === null) {
        out.append(NO_BEFORE);
      } else {
        out.append(BEFORE);
        writeRow(out, before);
        out.append(AFTER);
      }
      writeRow(out, after);
      writeTail(out, LETTERS[operation], total, inTable);
    },
    truncate(out, { total, inTable }) {
      out.append(NO_BEFORE);
      out.append(NULL);
      writeTail(out, LETTERS.t, total, inTable);
    },
    begin(context) {
      isSnapshot = context.isSnapshot;
      prefix.length = 0;
      writeSource(context);
      suffix.length = 0;
      if (isSnapshot) {
        prefix.append(NO_TRANSACTION);
      } else {
        prefix.append(TRANSACTION);
        writeTransactionId(prefix, context);
        prefix.append(TOTAL_ORDER);
        suffix.byte(CLOSE);
      }
      suffix.append(OPERATION);
      operationAt = suffix.length - 1;
      suffix.append(TIMES);
      suffix.digits(context.madeAtMs);
      suffix.append(MICROSECONDS);
      suffix.digits(context.madeAtMs);
      suffix.append(THOUSANDS);
      suffix.append(NANOSECONDS);
      suffix.digits(context.madeAtMs);
      suffix.append(MILLIONS);
      suffix.byte(CLOSE);
      behindRow = prefix.written();
      atEnd = suffix.written();
    },
  };
}

const QUOTE_IN_TEXT = Buffer.from('\\"');
const SEQUENCE_COMMA = Buffer.from(',\\"');
const SEQUENCE_END = Buffer.from('\\"]","ts_us":');
const MICROSECONDS = Buffer.from(',"ts_us":');
const NANOSECONDS = Buffer.from(',"ts_ns":');
const THOUSANDS = Buffer.from('000');
const MILLIONS = Buffer.from('000000');
const LSN = Buffer.from(',"lsn":');
const NO_ORIGIN = Buffer.from(',"xmin":null,"origin":null,"origin_lsn":null}');
const NO_TRANSACTION = Buffer.from(',"transaction":null');
const TRANSACTION = Buffer.from(',"transaction":{"id":"');
const TOTAL_ORDER = Buffer.from('","total_order":');
const TIMES = Buffer.from('","ts_ms":');
const COLON = 58;

/** Names of these columns, each with what stands in front of it. */
function namesOf({ columns }: Relation, which: Iterable<number>): Buffer[] {
  return Array.from(which, (column, i) =>
    Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify((columns[column] as Column).name)}:`),
  );
}

/** The same in every message of the transaction, its BEGIN and its END: `<xid>:<commit LSN>`. */
export function writeTransactionId(out: ByteSink, { transactionId, commitLsn }: EnvelopeContext): void {
  if (transactionId !== null) {
    out.digits(transactionId);
    out.byte(COLON);
  }
  out.digits(commitLsn);
}
