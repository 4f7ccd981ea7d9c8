import type { DifferenceKind } from './judge-row.ts';

/**
 * - equal: every row is the source's
 * - differs: some are not, and still are not
 * - repaired: those that were not are by now
 * - undecided: no difference was found, and some rows could not be decided about
 * - skipped: it could not be compared
 */
export type Outcome = 'equal' | 'differs' | 'repaired' | 'undecided' | 'skipped';

/** One row or cell that differs. */
export interface Example {
  /** Its key, column by column, as text. */
  readonly key: Readonly<Record<string, string>>;
  /** overlapping: versions of the key whose times overlap, or are none. */
  readonly kind: DifferenceKind | 'doubled' | 'overlapping';
  readonly columns: readonly ColumnDifference[];
}

/** A value is left out unless values were asked for; null is NULL, absent where there is no row. */
export interface ColumnDifference {
  readonly column: string;
  /** In the source, or by full computation. */
  readonly expected?: string | null;
  /** In the replica, or in the model. */
  readonly found?: string | null;
}

/** What came of comparing one table or model. */
export interface Verification {
  readonly kind: 'replica' | 'model';
  /** Of a replica: its source; of a model empty. */
  readonly source: string;
  /** `schema.table`, or the model. */
  readonly name: string;
  readonly outcome: Outcome;
  /** Position of the source at which it was compared, as LSN; of a model its watermark. */
  readonly position: string;
  /** Rows compared: in the source, or by full computation. */
  readonly rows: number;
  /** Rows in the replica, or in the model. */
  readonly found: number;
  readonly differing: number;
  readonly repaired: number;
  readonly undecided: number;
  /** Rows of the source that the warehouse cannot hold: they are in `millrace.rejected`. */
  readonly rejected: number;
  readonly examples: readonly Example[];
  /** What was not compared as it is. */
  readonly notes: readonly string[];
  readonly code: string;
  readonly detail: string;
  readonly startedAtMs: number;
  readonly seconds: number;
}

/** What came of it, from the counts. */
export function outcomeOf(counts: { differing: number; repaired: number; undecided: number }): Outcome {
  if (counts.differing > counts.repaired) return 'differs';
  if (counts.undecided > 0) return 'undecided';
  return counts.repaired > 0 ? 'repaired' : 'equal';
}

/** Examples that are kept of one table. */
export const MAX_EXAMPLES = 100;
