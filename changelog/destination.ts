import type { Relation, Tuple } from './change.ts';
import type { CaptureState } from './change-log.ts';

/** The far end of a change log: what takes batches of encoded rows and makes them durable (the warehouse's loader). */
export interface Destination {
  openSource(source: string): Promise<SourceDestination>;
  close(): Promise<void>;
}

export interface SourceDestination {
  readonly state: CaptureState | null;
  saveState(state: CaptureState): Promise<void>;
  /** Makes the target ready for rows of this shape. */
  prepare(relation: Relation): Promise<void>;
  /** An empty block whose encoding is the destination's own. */
  openBlock(relation: Relation): RowBlock;
  /**
   * Resolves when all of the batch is durable. One batch at a time for the stream; snapshot blocks go through
   * `writeSnapshot` and may run beside it. Writing the same batch again is harmless.
   */
  write(batch: Batch): Promise<void>;
  writeSnapshot(block: RowBlock): Promise<void>;
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
