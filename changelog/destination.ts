import type { Relation, Tuple } from './change.ts';
import type { CaptureState, OnTableFailure, TableBuild } from './change-log.ts';

/** The far end of a change log: what takes batches of encoded rows and makes them durable (the warehouse's loader). */
export interface Destination {
  /** A destination that is away is waited for until the signal aborts (then it rejects), or it is closed. */
  openSource(source: string, signal?: AbortSignal): Promise<SourceDestination>;
  close(): Promise<void>;
}

export interface SourceDestination {
  readonly state: CaptureState | null;
  /** Position of the last batch that earlier runs wrote in this epoch; 0n when there is none. */
  readonly reachedLsn: bigint;
  saveState(state: CaptureState): Promise<void>;
  /** Makes the target ready for rows of this shape. Rejects with a TableFailure when this table cannot be taken so. */
  prepare(relation: Relation): Promise<void>;
  /** As `SourceLog.rebuild`. */
  rebuild(relation: Relation, build: TableBuild): Promise<void>;
  /** As `SourceLog.exchange`; no batch of the stream may be on its way. */
  exchange(relation: Relation, build: TableBuild, fromLsn: bigint): Promise<void>;
  /** An empty block whose encoding is the destination's own. */
  openBlock(relation: Relation): RowBlock;
  /**
   * Resolves when all of the batch is durable. One batch at a time for the stream; snapshot blocks go through
   * `writeSnapshot` and may run beside it. Writing the same batch again is harmless. A table that fails for good does
   * not keep the batch: its rows are left out after `onTableFailure` has resolved. `gathered` is awaited once its rows are in
   * their tables: what is written down after that, sources that come to it together write together.
   */
  write(batch: Batch, onTableFailure: OnTableFailure, gathered?: () => Promise<void>): Promise<void>;
  /** An empty block for a part of a table's snapshot. */
  openSnapshotBlock(relation: Relation, version: Readonly<RowVersion>): SnapshotBlock;
  /** No snapshot rows will come any more in this process: a batch that waits for a value out of them rejects. */
  endWaiting(): void;
  /** Rejects with a TableFailure when it concerns this table alone. */
  writeSnapshot(block: SnapshotBlock, target: 'replica' | 'rebuild'): Promise<void>;
}

/** Rows of one relation, encoded as they arrive. Hot path: no checks, no allocation per row. */
export interface RowBlock {
  readonly relation: Relation;
  /** Size of the encoded rows. */
  readonly bytes: number;
  readonly rows: number;
  upsert(version: RowVersion, row: Tuple): void;
  /** The row's key changed: the row under the old key goes, the new one takes over what it left UNCHANGED from it. */
  move(version: RowVersion, oldKey: Tuple, row: Tuple): void;
  remove(version: RowVersion, key: Tuple): void;
}

/** Rows of one relation that all have one version. Hot path, as `RowBlock`. */
export interface SnapshotBlock {
  readonly relation: Relation;
  readonly version: Readonly<RowVersion>;
  readonly bytes: number;
  readonly rows: number;
  row(row: Tuple): void;
  /**
   * Takes a row as a line of COPY's text format, with its newline, where no value needs a closer look; false when
   * nothing was taken: then it has to be given to `row`. Null when this relation's rows always have to be.
   */
  readonly line: TakeLine | null;
}

/** A line is `bytes[start, end)`, valid during the call only. */
export type TakeLine = (bytes: Buffer, start: number, end: number) => boolean;

/** Version of a row: (epoch, commit LSN, ordinal in its transaction). Reused between rows. */
export interface RowVersion {
  epoch: number;
  commitLsn: bigint;
  ordinal: number;
}

export interface Truncation {
  readonly truncated: Relation;
  readonly version: Readonly<RowVersion>;
}

export interface Batch {
  /** In the order of the stream; rows of one block precede a truncation that follows it. */
  readonly steps: readonly (RowBlock | Truncation)[];
  /** Set when the batch ends at a transaction's end; null for a part of a large transaction. */
  readonly position: Position | null;
}

/** How far a source has been taken over. */
export interface Position {
  /** Everything that committed before this LSN is included. */
  readonly lsn: bigint;
  /** Commit time of the last transaction included, Unix microseconds; 0n when there was none yet. */
  readonly committedAtMicros: bigint;
  /** The source's clock at which the position was known to be its head, Unix microseconds. */
  readonly caughtUpAtMicros: bigint;
}
