import type { MillraceError } from '../../../runtime/errors.ts';
import type { ModelTable } from '../store/model-table.ts';

/** Tables that nobody reads yet, and that are as exact as those that are read. */
export interface BuiltTables {
  /** By the names of their models. */
  readonly tables: ReadonlyMap<string, ModelTable>;
  /** At which they are to be looked at. */
  readonly watermark: string;
  readonly abortedBatches: readonly string[];
}

/** Answers why they are not to be seen; null when they may be. Rejects where that cannot be found out. */
export type CheckBuilt = (built: BuiltTables) => Promise<MillraceError | null>;

/** A check that goes on beside the batches. */
export interface Checking {
  /** Null while it goes on; a rejection is thrown. */
  verdict(): { readonly reason: MillraceError | null } | null;
}

export function startCheck(check: CheckBuilt, built: BuiltTables): Checking {
  let verdict: { reason: MillraceError | null } | null = null;
  let failed: { error: unknown } | null = null;
  check(built).then(
    (reason) => {
      verdict = { reason };
    },
    (error: unknown) => {
      failed = { error };
    },
  );
  return {
    verdict() {
      if (failed !== null) throw failed.error;
      return verdict;
    },
  };
}
