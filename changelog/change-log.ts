import type { Relation, Tuple } from './change.ts';
import type { TableFailure } from './table-failure.ts';

/**
 * The change log: what stands between capture and loading. One contract, several implementations: what has been
 * handed over may be confirmed to the source only once it is durable downstream (`durableLsn`).
 */
export interface ChangeLog {
  /**
   * Opens one source's log. Resolves with what survived from earlier runs. A second call for a source ends its former
   * log, which must not be used any more: for a source that begins anew behind another slot. What it is opened from may
   * be away: that is waited for until the signal aborts, then it rejects.
   */
  openSource(source: string, signal?: AbortSignal): Promise<SourceLog>;
  /** Makes everything handed over durable where possible, then lets go of all resources. A second call does nothing. */
  close(): Promise<void>;
}

/** What capture must remember across restarts. The log stores it durably and does not look inside `snapshot`. */
export interface CaptureState {
  /** Goes up when the source is moved or restored, because its LSNs start over. Starts at 1. */
  epoch: number;
  /** The slot's consistent point S: version of every snapshot row is (epoch, S, 0). */
  snapshotLsn: bigint;
  /**
   * The replicas are a state that the source really had once the stream has passed this position (position at which
   * the last snapshot chunk was read); null while the snapshot is incomplete.
   */
  consistentLsn: bigint | null;
  /** Tables (`schema.table`) of which snapshot rows may still come: a value that is not there yet is waited for. */
  copying?: readonly string[];
  /** Tables (`schema.table`) whose rows are passed over, so that their replicas are of an earlier time than the others. */
  behind?: readonly string[];
  /** Capture's own bookkeeping (tables, chunks done); plain JSON. */
  snapshot: unknown;
}

/** A table that is built anew beside its replica, to be exchanged with it when it is complete. */
export interface TableBuild {
  /** The same id goes on with what was built already, another one begins from nothing. */
  readonly id: string;
  /** The replica still takes the stream's rows; without it they go to the table beside only. */
  readonly keepsOld: boolean;
}

/** Called when a table cannot go on; its rows are left out once it has resolved. */
export type OnTableFailure = (relation: Relation, failure: TableFailure) => Promise<void>;

/**
 * One source's side of the log. Methods that take tuples are synchronous and copy what they keep.
 * Order of calls: `defineRelation` before a relation's first row; `begin`, rows, `commit`, strictly nested.
 * After a failure every method throws the failure; `failed` rejects with it (and never resolves).
 */
export interface SourceLog {
  readonly state: CaptureState | null;
  saveState(state: CaptureState): Promise<void>;

  /**
   * Resolves when the target can take rows of this shape. Again whenever the shape changed; the stream waits for it.
   * Rejects with a TableFailure when this table cannot be taken in this shape.
   */
  defineRelation(relation: Relation): Promise<void>;
  /**
   * Told of a table whose rows the target will never take. Awaited before a batch without them counts as durable, so
   * it must remember durably that the table is not captured any more. Set it before the first relation.
   */
  onTableFailure: OnTableFailure;

  /**
   * `commitLsn` is the LSN of the commit record (pgoutput Begin), `commitTimeMicros` is Unix time, `transactionId` the
   * source's own (`xid`, 32 bits).
   */
  begin(commitLsn: bigint, commitTimeMicros: bigint, transactionId?: number): void;
  insert(relation: Relation, row: Tuple): void;
  /** `oldKey` is given when the key changed (or the old row was sent); its key columns are set. */
  update(relation: Relation, oldKey: Tuple | null, row: Tuple): void;
  delete(relation: Relation, oldKey: Tuple): void;
  truncate(relations: readonly Relation[]): void;
  /** `endLsn` is the end of the commit record: the position that becomes confirmable. */
  commit(endLsn: bigint): void;
  /** Outside a transaction: the source has nothing for us before `lsn`, as its clock said `timeMicros` (Unix time). */
  advance(lsn: bigint, timeMicros: bigint): void;

  /** Back-pressure: null while there is room, else a promise that resolves when there is. Check after each read. */
  room(): Promise<void> | null;
  /** Everything before this position is durable downstream. Never goes back. 0n at first. */
  durableLsn(): bigint;
  readonly failed: Promise<never>;
  /** What earlier runs had made durable in this epoch: `durableLsn` of their end. Left out by a log that cannot know. */
  readonly reachedLsn?: bigint;
  /** What earlier runs had written is not all there, and why: the source has to be copied anew. Null when all is. */
  readonly incomplete?: string | null;

  /**
   * One chunk of a table's snapshot, next to the stream and to other chunks. Its rows have version (epoch, S, 0); for
   * a table being built (`rebuild`) version (epoch, `fromLsn`, 0), and they go to the table beside.
   */
  openChunk(relation: Relation, fromLsn?: bigint): SnapshotChunk;

  /**
   * Begins a table beside the replica, in this relation's shape, or goes on with it. When it resolves, every row that is
   * handed over with this relation (the object: one for each build) reaches it too, and none that was handed over
   * before. Again after each start of the process, before the first row. Also takes in again a table that had failed.
   */
  rebuild(relation: Relation, build: TableBuild): Promise<void>;
  /**
   * All chunks of the build are durable, and so is the stream up to where the last one was read: puts the new table in
   * the replica's place. Readers see either the one or the other. The stream's writes wait for it. Harmless when done
   * again, also after a crash in the middle. Does nothing when another build of the table has begun since. Rows of the
   * stream with a commit before `fromLsn` are left out: the chunks have them, or what removed them was passed over.
   */
  exchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void>;
}

export interface SnapshotChunk {
  row(row: Tuple): void;
  /**
   * Takes a row as a line of COPY's text format (`bytes[start, end)` with its newline, valid during the call only)
   * where that saves work; false when nothing was taken: then the row has to be given to `row`. Left out by a log that
   * wants tuples only.
   */
  readonly line?: (bytes: Buffer, start: number, end: number) => boolean;
  /** As `SourceLog.room`. */
  room(): Promise<void> | null;
  /** Resolves when every row of the chunk is durable. */
  done(): Promise<void>;
  /** Instead of `done`, when the chunk failed: lets go of what was not written. */
  abandon(): void;
}
