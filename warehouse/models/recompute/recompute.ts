import type { Range } from './range.ts';

/** Keys of a table that are computed anew although nothing that they read has changed. Plain data: written down with the rows. */
export interface Recompute {
  /** Whoever asked for it. */
  readonly request: string;
  /** The table (its id). */
  readonly id: string;
  readonly range: Range;
  /** Where keys are found whose rows are, or ought to be, in the range; none: the table is additive. */
  readonly parts: readonly RecomputePart[];
  /** Parts before `part` are done, and of that one the rows up to `after`. */
  readonly part: number;
  /** A cursor of the part's rows in Base64; null: none of them yet. */
  readonly after: string | null;
  /** Keys so far. */
  readonly keys: number;
}

export interface RecomputePart {
  /** Id of a source table or a placed table. */
  readonly rows: string;
  /** Its column that the range is of. */
  readonly column: string;
  /** Its column that holds the key. */
  readonly key: string;
}
