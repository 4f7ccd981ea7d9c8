import type { Database, RootDatabase } from 'lmdb';
import type { Cursor, RowTable } from './row-table.ts';

const ROWS_PER_TRANSACTION = 50_000;

/**
 * Makes a table's look-ups complete: one that it was not opened with before, or the last time, lacks rows. Which ones are
 * complete is written down; those that are not wanted now get no rows any more, so they are not complete from here on.
 */
export function fillLookups(options: { env: RootDatabase; meta: Database<unknown, string>; table: RowTable }): void {
  const { env, meta, table } = options;
  const { name, columns, lookups } = table.shape;
  const key = `lookups:${name}`;
  const complete = new Set((meta.get(key) ?? []) as string[]);
  const wanted = lookups.map((column) => columns[column] as string);
  const kept = wanted.filter((column) => complete.has(column));
  if (kept.length < complete.size) meta.putSync(key, kept);
  if (kept.length === wanted.length) return;
  if (!table.isEmpty()) {
    for (const column of lookups) {
      if (complete.has(columns[column] as string)) continue;
      table.clearLookup(column);
      for (let after: Cursor | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
        after = env.transactionSync(() => table.enter(column, after, ROWS_PER_TRANSACTION));
      }
    }
  }
  meta.putSync(key, wanted);
}
