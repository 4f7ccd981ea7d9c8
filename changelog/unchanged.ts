import { FIELD_TEXT, FIELD_UNCHANGED, type Tuple } from './change.ts';

/** With REPLICA IDENTITY FULL the old row has what an update left out; both tuples point into the same bytes. */
export function takeUnchangedFromOld(row: Tuple, old: Tuple): void {
  if (row.bytes !== old.bytes) return;
  for (let i = 0; i < row.length; i++) {
    if (row.kinds[i] !== FIELD_UNCHANGED || i >= old.length) continue;
    // A key-only old tuple has nulls beside the key: those are no values of the row.
    const kind = old.kinds[i];
    if (kind !== FIELD_TEXT) continue;
    row.kinds[i] = kind;
    row.starts[i] = old.starts[i] as number;
    row.ends[i] = old.ends[i] as number;
  }
}
