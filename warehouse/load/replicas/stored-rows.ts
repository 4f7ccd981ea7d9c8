import type { Fields, KeptValues } from '../values/rejected-fields.ts';

export interface RowRequest {
  /** The key's fields, as they are in a line. */
  readonly key: string;
  /** Decimal digits. */
  readonly version: string;
  /** While it is unknown, rows of the snapshot that are still to come may have it. */
  readonly isAwaited: boolean;
}

/** What a replica has under a key, seen from a version. */
export interface StoredRows {
  /** The row as it was just before the version; null when there was none, or it had been removed. */
  readonly before: Fields | null;
  /** The row at the version or, when that is merged away, the oldest after it; null when there is none, or a removal. */
  readonly since: Fields | null;
  /** `since` is the row at the very version. */
  readonly isSame: boolean;
  /** There is anything at the version or later, a removal too. Batches come in order: this line was written before. */
  readonly hasSince: boolean;
  /** There is anything under this key, a removal too. */
  readonly isKnown: boolean;
}

/** Answers in the order of the requests. */
export type LookUpRows = (requests: readonly RowRequest[]) => Promise<readonly StoredRows[]>;
/** Rows of these keys that are rejected now: the replica has their removal instead. */
export type LookUpRejected = (
  keys: readonly string[],
) => Promise<ReadonlyMap<string, KeptValues & { readonly version: bigint }>>;
/** About how many bytes the row of each request has. */
export type LookUpSizes = (requests: readonly RowRequest[]) => Promise<readonly number[]>;
