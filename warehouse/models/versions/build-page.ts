import { columnOf, rowsOf } from '../maintain/gather.ts';
import type { MaintainedTables } from '../maintain/tables.ts';
import type { BuildProgress } from '../rows/row-store.ts';
import { type PlacedByKey, type PlacedTable, readsOf } from './placed-table.ts';

export type Builds = Readonly<Record<string, BuildProgress>>;

export const BEGUN: BuildProgress = { input: 0, after: null };

/**
 * Keys that come next in building a table, and where it stands after them; null for `now` when that was the last of
 * them. The same rows and progress give the same keys: what a crash cut short is done again alike.
 */
export function buildPage(options: {
  table: PlacedByKey;
  tables: MaintainedTables;
  progress: BuildProgress;
  limit: number;
}): { keys: string[]; now: BuildProgress | null } {
  const { table, tables, progress, limit } = options;
  const inputs = table.inputs.map((input) => {
    const rows = rowsOf(input.name, tables);
    return { rows, column: columnOf(rows, input.column) };
  });
  const input = inputs[progress.input];
  if (input === undefined) return { keys: [], now: null };
  const after = progress.after === null ? null : Buffer.from(progress.after, 'base64');
  const page = input.rows.page(input.column, after, limit);
  // A key that an earlier input has too was done with it.
  const earlier = inputs.slice(0, progress.input);
  const keys = page.values.filter((key) => !earlier.some(({ rows, column }) => rows.has(column, key)));
  if (progress.input === 0 && progress.after === null) keys.unshift(...table.members);
  const done = (progress.keys ?? 0) + keys.length;
  if (page.next !== null) return { keys, now: { ...progress, after: page.next.toString('base64'), keys: done } };
  const isLast = progress.input + 1 >= inputs.length;
  return { keys, now: isLast ? null : { input: progress.input + 1, after: null, keys: done } };
}

/** The table whose build goes on: the first one that reads no other that is not built. */
export function tableToBuild(placed: readonly PlacedTable[], builds: Builds): PlacedByKey | null {
  for (const table of placed) {
    if (table.strategy !== 'by_key' || builds[table.id] === undefined) continue;
    if (![...readsOf(table)].some((read) => builds[read] !== undefined)) return table;
  }
  return null;
}

/** Has its build not begun, the table need not follow any change: it has no rows yet. */
export function hasBegun(id: string, builds: Builds): boolean {
  const progress = builds[id];
  return progress === undefined || progress.input > 0 || progress.after !== null;
}
