import type { Partition } from '../tables/partition-change.ts';
import type { PrintedTypes } from '../tables/printed-types.ts';

/** What capture remembers of its tables across restarts, inside `CaptureState.snapshot`; plain JSON. */
export interface SnapshotBook {
  readonly format: 1;
  readonly systemId: string;
  /** Positions up to here may have been confirmed; a slot that stands beyond was not moved by us. LSN text. */
  readonly confirmLimitLsn: string;
  /** Timeline of the server when it was last seen; absent in books of earlier versions. */
  readonly timeline?: number;
  /** Set while the source is to be copied anew through a new slot: the code of the reason, or empty when asked for. */
  readonly resync?: string;
  /** What stood in the types of captured tables when they were last compared; absent in books of earlier versions. */
  readonly types?: PrintedTypes;
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, TableBook>>;
}

export interface TableBook {
  readonly oid: number;
  readonly membership: number;
  /** It left the publication after its rows had been captured. */
  readonly left: boolean;
  readonly complete: boolean;
  /**
   * LSN text: before it the replica may have another row under a key than the stream's changes mean, because chunks (or
   * single rows, moved-rows.ts) were read later than those. Null: not known to be so.
   */
  readonly copiedLsn: string | null;
  /** The copy in progress; null before it started and after it is complete. */
  readonly copy: TableCopy | null;
  /** Its rows are passed over; null for a table that is captured. Coming back means to be built anew. */
  readonly stop: TableStop | null;
  /** It is built anew beside its replica (`complete` is false until they are exchanged). */
  readonly rebuild: TableRebuild | null;
  /** What the replica follows; null until the table was first looked at by a version that keeps it. */
  readonly shape: TableShape | null;
}

export interface TableStop {
  readonly kind: 'paused' | 'quarantined';
  /** Code of a catalogue; empty when somebody asked for it. */
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface TableRebuild {
  /** Identifies the table beside; another one for each beginning. */
  readonly id: string;
  /** LSN text: version of the rows that are copied; null until the table beside takes the stream's rows. */
  readonly fromLsn: string | null;
  /** Of a table without a key: the transactions whose rows are copied (pg_snapshot text). All others come by the stream. */
  readonly snapshot?: string;
  /** It is not begun before somebody's lock is gone: no rows of it will be copied until then, nor are they waited for. */
  readonly isHeld?: true;
  /** The replica follows the stream meanwhile. */
  readonly keepsOld: boolean;
  /** Every chunk is durable: what is left is the exchange. */
  readonly copied: boolean;
  /** There was no replica before: this is the table's first copy. */
  readonly isFirst: boolean;
  /** Why, as a code; empty when somebody asked for it. */
  readonly reason: string;
  readonly since: string;
}

/** What tells, beside names and types, whether old rows still read as the replica has them. */
export interface TableShape {
  readonly columns: readonly ShapeColumn[];
  readonly key: readonly string[];
  /** File nodes of the table or its partitions: other ones after a rewrite. */
  readonly storage: string;
  /** `pg_class.relnatts`: columns that are added later have higher numbers. */
  readonly attributes: number;
  /** Numbers of dropped columns, as the catalog has them; absent in books of earlier versions. */
  readonly dropped?: readonly number[];
  /** Names of columns that were dropped while the replica followed: it still has their values under them. */
  readonly former?: readonly string[];
  /** Of a partitioned table that is published through its root. */
  readonly partitions?: readonly Partition[];
}

export interface ShapeColumn {
  readonly name: string;
  /** `pg_attribute.attnum`: another one for a column that was dropped and added again under its name. */
  readonly number: number;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** `pg_attribute.xmin`: changes with whatever is altered about the column. */
  readonly xmin: string;
  /** `pg_attribute.atthasmissing`: rows from before it was added have its default. */
  readonly hasMissing: boolean;
}

export interface TableCopy {
  /** Storage and shape that the blocks belong to. */
  readonly fingerprint: string;
  readonly blocks: number;
  /** Transactions before this xid8 had ended before the first chunk was read. */
  readonly xmax: string;
  /** Block ranges [from, to) that are durable, in order and merged. */
  readonly done: readonly (readonly [number, number])[];
  /** Rows that are durable, and their bytes as COPY's text; left out by earlier versions. */
  readonly rows?: number;
  readonly bytes?: number;
}

export const EMPTY_TABLE: Omit<TableBook, 'oid' | 'membership'> = {
  left: false,
  complete: false,
  copiedLsn: null,
  copy: null,
  stop: null,
  rebuild: null,
  shape: null,
};

/** Reads what was saved; null when it is not a book of this format. */
export function readBook(saved: unknown): SnapshotBook | null {
  if (typeof saved !== 'object' || saved === null || !('format' in saved) || saved.format !== 1) return null;
  const book = saved as SnapshotBook; // Written by us only; entries of earlier versions lack what came later.
  const tables = Object.entries(book.tables).map(([name, table]) => [name, { ...EMPTY_TABLE, ...table }] as const);
  return { ...book, tables: Object.fromEntries(tables) };
}

/** Whether rows of the table are still to be copied, as far as the book knows. */
export function isToCopy(table: TableBook): boolean {
  return !table.complete && !table.left && table.stop === null && !isDone(table.rebuild);
}

function isDone(rebuild: TableRebuild | null): boolean {
  return rebuild !== null && (rebuild.copied || rebuild.isHeld === true);
}

/** Whether changes that the table had in the source are missing in its replica, until it is built anew. */
export function isBehind(table: TableBook): boolean {
  if (table.left) return false;
  return table.stop !== null || (table.rebuild !== null && !table.rebuild.isFirst && !table.rebuild.keepsOld);
}

/** The table's entry once it is to be built anew; an earlier build that is not done is given up. */
export function toBeRebuilt(
  table: TableBook,
  options: Pick<TableRebuild, 'id' | 'keepsOld' | 'reason' | 'since' | 'isHeld'>,
): TableBook {
  const isFirst =
    table.rebuild?.isFirst ?? (!table.complete && table.copy === null && table.stop === null && !table.left);
  const rebuild = { ...options, isFirst, fromLsn: null, copied: false };
  return { ...table, complete: false, copy: null, stop: null, rebuild };
}

/** Blocks of a copy that are durable. */
export function doneBlocks({ done }: Pick<TableCopy, 'done'>): number {
  return done.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Adds a range, merging neighbours. */
export function addRange(
  done: readonly (readonly [number, number])[],
  range: readonly [number, number],
): [number, number][] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...done, range].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** The block ranges that are still to be read, of at most `chunkBlocks` each. */
export function* missingRanges(
  copy: Pick<TableCopy, 'blocks' | 'done'>,
  chunkBlocks: number,
): Generator<[number, number]> {
  let at = 0;
  for (const [from, to] of [...copy.done, [copy.blocks, copy.blocks] as const]) {
    for (; at < from; at = Math.min(at + chunkBlocks, from)) yield [at, Math.min(at + chunkBlocks, from)];
    at = Math.max(at, to);
  }
}
