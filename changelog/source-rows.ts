import type { Relation, Tuple } from './change.ts';

/**
 * The rows that a source has now, for whoever compares them with what was made of its changes. They look as its change log
 * has them: the same text for the same value, columns left out, masked and hashed as the configuration says.
 */
export interface SourceRows {
  /** Every table that is captured, or the reason why its rows cannot be asked for. */
  tables(): Promise<readonly SourceTable[]>;
  /** Pieces that together are the table. A row that is changed meanwhile may be in none of them, or in two. */
  chunks(table: SourceTable): Promise<readonly SourceChunk[]>;
  /** Reads one piece. One at a time. */
  copy(table: SourceTable, chunk: SourceChunk, sink: RowSink): Promise<void>;
  /**
   * Reads rows of one moment: those with these keys (texts of the columns in `relation.keyColumns`, in their order), or
   * all of them. One at a time.
   */
  look(table: SourceTable, keys: readonly (readonly string[])[] | null, sink: RowSink): Promise<SourceMoment>;
  /** A moment without rows. */
  moment(): Promise<SourceMoment>;
  /** Behind every commit until now. */
  endLsn(): Promise<bigint>;
  close(): Promise<void>;
}

export interface SourceTable {
  readonly schema: string;
  readonly table: string;
  readonly relation: Relation;
  /** False where rows have no key, or one that is hashed: they cannot be asked for by it. */
  readonly isAskedByKey: boolean;
  /** Columns of the source that are not compared as they are, by what is done to them. */
  readonly protectedColumns: readonly { readonly column: string; readonly as: 'left out' | 'masked' | 'hashed' }[];
  /** Null where it can be read. */
  readonly unreadable: { readonly code: string; readonly detail: string } | null;
}

/** Blocks `[from, to)`. */
export type SourceChunk = readonly [from: number, to: number];

export interface RowSink {
  /** The tuple is valid during the call only. */
  row(tuple: Tuple): void;
  /** Null while there is room, else a promise that resolves when there is. */
  room(): Promise<void> | null;
}

/** What is known of the moment of a look. */
export interface SourceMoment {
  /** Read before the moment: what commits from now on lies behind it. */
  readonly beforeLsn: bigint;
  /** Transactions with a commit record before `beforeLsn` have a lower number. */
  readonly boundXid: bigint;
  /** Transactions with a lower number had ended, and what they did is seen. */
  readonly oldestXid: bigint;
  /** Whatever is seen had committed before it. */
  readonly afterLsn: bigint;
}
