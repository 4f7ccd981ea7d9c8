import type { FolderText } from './folder-text.ts';
import type { ModelRequest } from './model-requests.ts';
import type { Rollout } from './rollout.ts';

/** A folder that is to be taken up. */
export interface Wanted {
  /** Null: nobody waits for the answer. */
  readonly request: ModelRequest | null;
  readonly reason: Rollout['reason'];
  readonly text: FolderText;
  readonly tests: boolean;
}

export type Settled<T> =
  | { readonly wanted: Wanted; readonly result: T }
  | { readonly wanted: Wanted; readonly error: unknown };

/** One folder at a time is looked at, beside the batches. */
export interface Preparing<T> {
  /** Only while it is not busy. */
  begin(wanted: Wanted): void;
  isBusy(): boolean;
  /** What came of it, once; null while it goes on, and when there is nothing. */
  settled(): Settled<T> | null;
  /** When nothing goes on any more. */
  ended(): Promise<void>;
}

export function createPreparing<T>(prepare: (wanted: Wanted) => Promise<T>): Preparing<T> {
  let isBusy = false;
  let settled: Settled<T> | null = null;
  let underWay: Promise<void> = Promise.resolve();
  return {
    begin(wanted) {
      isBusy = true;
      underWay = prepare(wanted).then(
        (result) => {
          settled = { wanted, result };
        },
        (error: unknown) => {
          settled = { wanted, error };
        },
      );
    },
    isBusy: () => isBusy,
    settled() {
      const taken = settled;
      if (taken !== null) isBusy = false;
      settled = null;
      return taken;
    },
    ended: () => underWay,
  };
}
