import type { Relation } from '../../../changelog/change.ts';
import type { SourceLog } from '../../../changelog/change-log.ts';
import { createTuple } from '../../../changelog/tuple.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import { hasMoved, type MovedRows } from '../tables/moved-rows.ts';
import { violation } from './protocol-violation.ts';
import { type RelationMessage, readRelationMessage } from './relation-message.ts';
import { RowIdWriter } from './row-id-writer.ts';
import type { TransactionCursor } from './transaction-cursor.ts';
import { readTuple, takeUnchanged } from './tuple.ts';
import type { UntilVisible } from './visible-transaction.ts';

/** What the decoder tells of a stream; the change log's row side. */
export type ChangeSink = Pick<SourceLog, 'begin' | 'insert' | 'update' | 'delete' | 'truncate' | 'commit'>;

/** Plain counters, read by whoever shows them. */
export interface DecodedCounts {
  transactions: number;
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  /** Changes of tables that are not captured. */
  skipped: number;
  /** Commit time of the last transaction handed over, Unix microseconds; 0n before the first. */
  lastCommitMicros: bigint;
}

export function createDecodedCounts(): DecodedCounts {
  return {
    transactions: 0,
    inserts: 0,
    updates: 0,
    deletes: 0,
    truncates: 0,
    skipped: 0,
    lastCommitMicros: 0n,
  };
}

export interface PgoutputDecoderOptions {
  readonly sink: ChangeSink;
  readonly cursor: TransactionCursor;
  readonly counts: DecodedCounts;
  /** Decides about a relation whenever the source describes one; null: its changes are not captured. */
  readonly resolveRelation: (message: RelationMessage, commitLsn: bigint) => Promise<Relation | null>;
  /** Awaited before anybody asks the source about what a transaction did. Left out: they do not ask. */
  readonly untilVisible?: UntilVisible;
  /** Told of rows in columns that the table does not have any more; an error ends the decoding. */
  readonly onOutdated?: (message: RelationMessage, commitLsn: bigint) => Error | null;
  /** Left out: values that updates leave out are the log's to find. */
  readonly movedRows?: MovedRows;
  /** Part of the ids that rows without a key get. */
  readonly epoch?: number;
  /** Told of an update or delete of a relation with `hasRowId`, which is not handed over. */
  readonly onChangeWithoutKey?: (relation: Relation, commitLsn: bigint) => Promise<void>;
}

/** Microseconds between the Unix epoch and Postgres's, 2000-01-01. */
export const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;

/**
 * pgoutput, protocol version 1, text format (https://www.postgresql.org/docs/18/protocol-logicalrep-message-formats.html).
 * Synchronous and without objects per row; a relation message makes it wait, and a key change during a table's copy.
 */
export class PgoutputDecoder {
  readonly #sink: ChangeSink;
  readonly #cursor: TransactionCursor;
  readonly #counts: DecodedCounts;
  readonly #resolveRelation: PgoutputDecoderOptions['resolveRelation'];
  readonly #relations = new Map<number, Relation | null>();
  readonly #messages = new Map<number, RelationMessage>();
  /** Described in transactions that are passed over: decided about before the first one that is not. */
  readonly #undecided = new Map<number, RelationMessage>();
  /** From which commit on a relation cannot be as it was described last. */
  readonly #describedBefore = new Map<number, bigint>();
  /** Those that the transaction being read has to describe anew, if it has rows of them. */
  readonly #outdated = new Set<number>();
  readonly #onOutdated: NonNullable<PgoutputDecoderOptions['onOutdated']>;
  /** When a relation was assigned, in turns: a decision that began before is out of date. */
  readonly #assignedAt = new Map<number, number>();
  #turn = 0;
  #commitLsn = 0n;
  #xid = 0;
  readonly #untilVisible: UntilVisible | null;
  readonly #row = createTuple();
  readonly #old = createTuple();
  #lastOid = -1;
  #lastRelation: Relation | null = null;
  readonly #movedRows: MovedRows | null;
  readonly #rowIds: RowIdWriter;
  readonly #onChangeWithoutKey: NonNullable<PgoutputDecoderOptions['onChangeWithoutKey']>;
  #closed = false;

  constructor(options: PgoutputDecoderOptions) {
    this.#sink = options.sink;
    this.#cursor = options.cursor;
    this.#counts = options.counts;
    this.#resolveRelation = options.resolveRelation;
    this.#untilVisible = options.untilVisible ?? null;
    this.#onOutdated = options.onOutdated ?? (() => null);
    this.#movedRows = options.movedRows ?? null;
    this.#rowIds = new RowIdWriter(options.epoch ?? 1);
    this.#onChangeWithoutKey =
      options.onChangeWithoutKey ?? (() => Promise.reject(violation('a change of a row that has no key')));
  }

  /** Decodes one message. A promise: the next one must wait for it. Throws INGEST_PROTOCOL_VIOLATION. */
  decode(bytes: Buffer, start: number, end: number): Promise<void> | null {
    if (start >= end) throw violation('an empty message');
    const at = start + 1;
    switch (bytes[start]) {
      case 0x49: // I
        this.#insert(bytes, at, end);
        return null;
      case 0x55: // U
        return this.#update(bytes, at, end);
      case 0x44: // D
        return this.#delete(bytes, at, end);
      case 0x42: // B
        this.#begin(bytes, at, end);
        return this.#undecided.size === 0 || this.#cursor.isPassingOver ? null : this.#decide();
      case 0x43: // C
        this.#commit(bytes, at, end);
        return null;
      case 0x52: // R
        return this.#describe(readRelationMessage(bytes, at, end));
      case 0x54: // T
        this.#truncate(bytes, at, end);
        return null;
      case 0x59: // Y(type): types are asked for in the catalog
      case 0x4f: // O(rigin)
      case 0x4d: // M(essage)
        return null;
      default:
        throw violation(`a pgoutput message of type ${bytes[start]}`);
    }
  }

  /** What the source last said of a relation on this connection. */
  messageOf(oid: number): RelationMessage | undefined {
    return this.#messages.get(oid);
  }

  /** Transactions that commit at this position or later have to describe the relation anew before its rows. */
  expectAnew(oid: number, fromLsn: bigint): void {
    this.#describedBefore.set(oid, fromLsn);
  }

  /** Decides about a relation's rows from now on, whatever was decided before; null: they are passed over. */
  assign(oid: number, relation: Relation | null): void {
    if (!this.#messages.has(oid)) return; // It will be asked for when it comes.
    this.#assignedAt.set(oid, ++this.#turn);
    this.#relations.set(oid, relation);
    this.#lastOid = -1;
  }

  #begin(bytes: Buffer, at: number, end: number): void {
    if (at + 20 > end) throw violation('a begin message is cut off');
    if (this.#cursor.inTransaction) throw violation('a transaction begins inside another');
    const commitLsn = bytes.readBigUInt64BE(at);
    this.#commitLsn = commitLsn;
    this.#xid = bytes.readUInt32BE(at + 16);
    for (const [oid, fromLsn] of this.#describedBefore) {
      if (commitLsn < fromLsn) continue;
      this.#outdated.add(oid);
      this.#lastOid = -1;
    }
    if (!this.#cursor.begin(commitLsn)) return;
    const commitMicros = bytes.readBigInt64BE(at + 8) + POSTGRES_EPOCH_MICROS;
    this.#counts.lastCommitMicros = commitMicros;
    this.#sink.begin(commitLsn, commitMicros, this.#xid);
  }

  #commit(bytes: Buffer, at: number, end: number): void {
    if (at + 25 > end) throw violation('a commit message is cut off');
    if (!this.#cursor.inTransaction) throw violation('a commit without its begin');
    const endLsn = bytes.readBigUInt64BE(at + 9);
    if (!this.#cursor.commit(endLsn)) return;
    this.#counts.transactions++;
    this.#sink.commit(endLsn);
    failpoint('ingest.transaction-handed-over');
  }

  #describe(message: RelationMessage): Promise<void> | null {
    if (!this.#cursor.isPassingOver) return this.#relation(message);
    this.#undecided.set(message.oid, message);
    this.#messages.set(message.oid, message);
    this.#relations.set(message.oid, null);
    this.#lastOid = -1;
    return null;
  }

  async #decide(): Promise<void> {
    const messages = [...this.#undecided.values()];
    this.#undecided.clear();
    for (const message of messages) await this.#relation(message);
  }

  async #relation(message: RelationMessage): Promise<void> {
    const { oid } = message;
    const turn = ++this.#turn;
    this.#messages.set(oid, message);
    this.#describedBefore.delete(oid);
    this.#outdated.delete(oid);
    await this.#untilVisible?.(this.#xid);
    const relation = await this.#resolveRelation(message, this.#commitLsn);
    this.#lastOid = -1;
    if ((this.#assignedAt.get(oid) ?? 0) < turn) this.#relations.set(oid, relation);
  }

  #insert(bytes: Buffer, at: number, end: number): void {
    const relation = this.#find(bytes, at, end);
    if (relation === null) return;
    if (bytes[at + 4] !== 0x4e) throw violation('an insert without its row');
    this.#counts.inserts++;
    if (relation.hasRowId === true) {
      this.#readFields(relation.columns.length - 1, bytes, at + 5, end);
      this.#sink.insert(relation, this.#rowIds.add(this.#row, this.#commitLsn, this.#cursor.ordinal));
      return;
    }
    this.#readRow(relation, bytes, at + 5, end);
    this.#sink.insert(relation, this.#row);
  }

  #update(bytes: Buffer, at: number, end: number): Promise<void> | null {
    const relation = this.#find(bytes, at, end);
    if (relation === null) return null;
    if (relation.hasRowId === true) return this.#changeWithoutKey(relation);
    const kind = bytes[at + 4];
    this.#counts.updates++;
    if (kind === 0x4e /* N */) {
      this.#readRow(relation, bytes, at + 5, end);
      this.#sink.update(relation, null, this.#row);
      return null;
    }
    const next = this.#readOld(relation, kind, bytes, at + 5, end);
    if (next >= end || bytes[next] !== 0x4e) throw violation('an update without its row');
    this.#readRow(relation, bytes, next + 1, end);
    if (kind === 0x4f /* O */) takeUnchanged(this.#row, this.#old);
    const moved = this.#movedRows;
    if (moved?.isUncertain(relation, this.#commitLsn) && hasMoved(relation, this.#old, this.#row)) {
      return this.#updateMoved(relation, moved);
    }
    this.#sink.update(relation, this.#old, this.#row);
    return null;
  }

  /** The connection may end meanwhile: then the change was never handed over, and comes again on the next one. */
  async #updateMoved(relation: Relation, moved: MovedRows): Promise<void> {
    this.#cursor.undo();
    await this.#untilVisible?.(this.#xid);
    const row = await moved.complete(relation, this.#row, this.#commitLsn);
    if (this.#closed) return;
    this.#cursor.next();
    // Gone from under this key: what removed it is still to come.
    if (row === null) this.#sink.delete(relation, this.#old);
    else this.#sink.update(relation, this.#old, row);
  }

  /** Nothing is handed over any more, whatever is on its way. */
  close(): void {
    this.#closed = true;
  }

  #delete(bytes: Buffer, at: number, end: number): Promise<void> | null {
    const relation = this.#find(bytes, at, end);
    if (relation === null) return null;
    if (relation.hasRowId === true) return this.#changeWithoutKey(relation);
    this.#readOld(relation, bytes[at + 4], bytes, at + 5, end);
    this.#counts.deletes++;
    this.#sink.delete(relation, this.#old);
    return null;
  }

  /** Counts as passed over, also when the connection ends meanwhile: what became of the table is remembered by itself. */
  #changeWithoutKey(relation: Relation): Promise<void> {
    this.#counts.skipped++;
    return this.#onChangeWithoutKey(relation, this.#commitLsn);
  }

  #truncate(bytes: Buffer, at: number, end: number): void {
    if (at + 5 > end) throw violation('a truncate message is cut off');
    const count = bytes.readUInt32BE(at);
    if (at + 5 + count * 4 > end) throw violation('a truncate message is cut off');
    if (!this.#cursor.inTransaction) throw violation('a change outside a transaction');
    const relations: Relation[] = [];
    for (let i = 0; i < count; i++) {
      const relation = this.#relations.get(bytes.readUInt32BE(at + 5 + i * 4));
      if (relation === undefined) throw violation('a change of a relation that was not described');
      if (relation !== null) relations.push(relation);
    }
    if (!this.#cursor.next()) return;
    if (relations.length === 0) {
      this.#counts.skipped++;
      return;
    }
    this.#counts.truncates++;
    this.#sink.truncate(relations);
  }

  /** The relation of a row message, or null when the row is not wanted. At least one byte follows the OID. */
  #find(bytes: Buffer, at: number, end: number): Relation | null {
    if (at + 5 > end) throw violation('a change is cut off');
    if (!this.#cursor.inTransaction) throw violation('a change outside a transaction');
    const oid = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    if (oid !== this.#lastOid) {
      const relation = this.#relations.get(oid);
      if (relation === undefined) throw violation('a change of a relation that was not described');
      if (this.#outdated.has(oid)) this.#meetOutdated(oid);
      this.#lastOid = oid;
      this.#lastRelation = relation;
    }
    if (!this.#cursor.next()) return null;
    if (this.#lastRelation === null) this.#counts.skipped++;
    return this.#lastRelation;
  }

  #meetOutdated(oid: number): void {
    const message = this.#messages.get(oid);
    const error =
      this.#cursor.isPassingOver || message === undefined ? null : this.#onOutdated(message, this.#commitLsn);
    if (error !== null) throw error;
  }

  #readRow(relation: Relation, bytes: Buffer, at: number, end: number): void {
    this.#readFields(relation.columns.length, bytes, at, end);
  }

  #readFields(columns: number, bytes: Buffer, at: number, end: number): void {
    readTuple(this.#row, bytes, at, end);
    if (this.#row.length !== columns) throw violation('a row has other columns than its relation');
  }

  #readOld(relation: Relation, kind: number | undefined, bytes: Buffer, at: number, end: number): number {
    if (kind !== 0x4b && kind !== 0x4f) throw violation('a change without its old row or key');
    const next = readTuple(this.#old, bytes, at, end);
    if (this.#old.length !== relation.columns.length) throw violation('an old row has other columns than its relation');
    return next;
  }
}
