/** One key, as a look at the source and a later one at the replica found it. */
export interface SeenRow {
  /** Hash of the source's row; null: there is none. */
  readonly source: string | null;
  /** Hash of the row that readers of the replica get; null: none. */
  readonly live: string | null;
  /** Of the newest row under the key, removals too; null: there never was one. */
  readonly newestVersion: bigint | null;
  /** Hash of the newest row of a version below the moment of the look, null where that is a removal or nothing. */
  readonly atMoment: string | null;
}

/** Versions: those of changes that committed before a position are below its floor. */
export interface LookFloors {
  /** The look at the source has everything below it; null: not known. */
  readonly settled: bigint | null;
  /** The look at the source has nothing at or above it. */
  readonly moment: bigint;
  /** The source had committed nothing at or above it when the replica had been read. */
  readonly end: bigint;
}

/**
 * - missing: the source has the row, the replica does not
 * - extra: the other way round
 * - changed: another row
 * - ahead: its version lies ahead of the source, so that changes to come would lose against it
 */
export type DifferenceKind = 'missing' | 'extra' | 'changed' | 'ahead';

/** `moved`: it was changed around the moment of the look, and has to be looked at again. */
export type Judgement = 'equal' | 'moved' | DifferenceKind;

/** Whether a row is the source's. What may be lag, or a change that came between the two looks, is never a difference. */
export function judgeRow(row: SeenRow, floors: LookFloors): Judgement {
  const { source, live, newestVersion, atMoment } = row;
  if (newestVersion !== null && newestVersion >= floors.end) return 'ahead';
  if (source === live) return 'equal';
  if (newestVersion !== null && newestVersion >= floors.moment && source === atMoment) return 'equal';
  if (floors.settled === null) return 'moved';
  if (newestVersion !== null && newestVersion >= floors.settled) return 'moved';
  if (source === null) return 'extra';
  return live === null ? 'missing' : 'changed';
}
