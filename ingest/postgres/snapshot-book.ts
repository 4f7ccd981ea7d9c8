/** What capture remembers of its tables across restarts, inside `CaptureState.snapshot`; plain JSON. */
export interface SnapshotBook {
  readonly format: 1;
  readonly systemId: string;
  /** Positions up to here may have been confirmed; a slot that stands beyond was not moved by us. LSN text. */
  readonly confirmLimitLsn: string;
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, TableBook>>;
}

export interface TableBook {
  readonly oid: number;
  readonly membership: number;
  /** It left the publication after its rows had been captured. */
  readonly left: boolean;
  readonly complete: boolean;
  /** The copy in progress; null before it started and after it is complete. */
  readonly copy: TableCopy | null;
}

export interface TableCopy {
  /** Storage and shape that the blocks belong to. */
  readonly fingerprint: string;
  readonly blocks: number;
  /** Transactions before this xid8 had ended before the first chunk was read. */
  readonly xmax: string;
  /** Block ranges [from, to) that are durable, in order and merged. */
  readonly done: readonly (readonly [number, number])[];
}

export const EMPTY_TABLE: Omit<TableBook, 'oid' | 'membership'> = { left: false, complete: false, copy: null };

/** Reads what was saved; null when it is not a book of this format. */
export function readBook(saved: unknown): SnapshotBook | null {
  if (typeof saved !== 'object' || saved === null || !('format' in saved) || saved.format !== 1) return null;
  return saved as SnapshotBook; // Written by us only.
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
