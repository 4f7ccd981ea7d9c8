/** A read model, as it is served page by page: recorded when readers see it, so that whoever serves it needs no folder. */
export interface ServedView {
  readonly name: string;
  readonly description: string;
  /** Columns that tell its rows apart; pages are in their order. */
  readonly key: readonly string[];
  /** Columns that can be asked for by value, those of the key among them. */
  readonly filters: readonly string[];
  readonly columns: readonly ServedColumn[];
  /** A query that takes `watermark` (UInt64) as a parameter and reads models alone, each at it (`modelAt`). */
  readonly sql: string;
}

export interface ServedColumn {
  readonly name: string;
  readonly description: string;
  /** As the warehouse names it. */
  readonly type: string;
}
