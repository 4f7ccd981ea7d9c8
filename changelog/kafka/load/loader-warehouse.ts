import type { CaptureState } from '../../change-log.ts';
import type { Position, SourceDestination } from '../../destination.ts';

/** What loaders of one source need of the warehouse, and share there. */
export interface LoaderWarehouse {
  /** Where the rows go. Positions and states that it is told are remembered in this process only. */
  openTables(source: string): Promise<LoaderTables>;
  /** What loaders have written down of the source's topics, those that are gone included. */
  readProgress(source: string): Promise<readonly StoredProgress[]>;
  /** Resolves when they are durable. A row of a lower term, or an earlier one of the same, never replaces another. */
  writeProgress(rows: readonly StoredProgress[]): Promise<void>;
  /** Where the source's position is written down; whoever had it before does not count any more. */
  openPositions(source: string, generation: number): Promise<LoaderPositions>;
}

export interface LoaderTables {
  readonly destination: SourceDestination;
  /** Another loader may have had the table (`schema.table`) since: what is remembered of it is read again. */
  forget(table: string): Promise<void>;
  /** How often a replica came to have another shape since this was asked last. */
  takeShapeChanges(): number;
  /** Writes that wait for the warehouse reject. */
  close(): void;
}

/** How far the loading of one topic has come. */
export interface TopicProgress {
  readonly source: string;
  readonly topic: string;
  /** `schema.table`; empty before its first row. */
  readonly table: string;
  /** Every change up to this version is durable, */
  readonly through: bigint;
  /** and so is everything below these offsets, by partition. */
  readonly offsets: readonly bigint[];
  /** Everything below these was read: it may wait for changes of another partition that come before it. */
  readonly read: readonly bigint[];
  /** Offset of the last exchange that was carried out, in the topic of watermarks; -1 before the first. */
  readonly exchanged: bigint;
  /** The same of the last rewind. */
  readonly rewound: bigint;
  /** Number of the shape (`TopicShape`) that the replica was made ready for; 0 before the first. */
  readonly shaped: number;
  /** Id of the relation that it was made ready for last; empty before the first. */
  readonly relation: string;
  /** Its rows are left out until it is built anew. */
  readonly isFailed: boolean;
  /** Rows loaded, and messages put aside. */
  readonly rows: number;
  readonly rejected: number;
  /** How often its replica came to have another shape. */
  readonly shapes: number;
}

export interface StoredProgress extends TopicProgress {
  /** Higher for each loader that takes the topic over; then counted up with each row that it writes. */
  readonly term: number;
  readonly number: number;
  /** Who wrote it. */
  readonly loader: string;
}

export interface LoaderPositions {
  saveState(state: CaptureState): Promise<void>;
  save(position: Position, counts: { rows: number; shapes: number }): Promise<void>;
  /** What the position has waited for, for long; null when it moves. For who watches. */
  saveWait(wait: Laggard | null): Promise<void>;
}

/** The first term of a loader that takes over, in this generation of its group. */
export function nextTerm(former: number, generation: number): number {
  return Math.max(former + 1, generation);
}

/** What has not been loaded as far as a watermark says. */
export interface Laggard {
  readonly topic: string;
  /** -1: a table is still to be put in its replica's place, to be loaded again, or to be made ready for another shape. */
  readonly partition: number;
  readonly loaded: bigint;
  readonly wanted: bigint;
}
