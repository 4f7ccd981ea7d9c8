import { columnOf, rowsOf } from '../maintain/gather.ts';
import type { MaintainedTables } from '../maintain/tables.ts';
import { fieldAt } from '../rows/field.ts';
import type { Cursor } from '../rows/row-table.ts';
import { isInRange } from './range.ts';
import type { Recompute, RecomputePart } from './recompute.ts';

/** Rows that are looked through for each key that a batch may take. */
const ROWS_PER_KEY = 20;

/**
 * Keys that come next, and what is left after them; null for `now` when those were the last. The same rows give the same
 * keys: what a crash cut short is done again alike.
 */
export function recomputePage(options: { recompute: Recompute; tables: MaintainedTables; limit: number }): {
  keys: string[];
  now: Recompute | null;
} {
  const { recompute, tables, limit } = options;
  const part = recompute.parts[recompute.part];
  if (part === undefined) return { keys: [], now: null };
  const rows = rowsOf(part.rows, tables);
  const [column, key] = [columnOf(rows, part.column), columnOf(rows, part.key)];
  const keys = new Set<string>();
  let after: Cursor | null = recompute.after === null ? null : Buffer.from(recompute.after, 'base64');
  for (let looked = 0; looked < limit * ROWS_PER_KEY && keys.size < limit; looked += limit) {
    const page = rows.scan(after, limit);
    for (const line of page.lines) {
      if (isInRange(fieldAt(line, column) as string, recompute.range)) keys.add(fieldAt(line, key) as string);
    }
    after = page.next;
    if (after === null) break;
  }
  keys.delete('\\N');
  // What the table itself has in the range was done with its own rows, which come first.
  if (recompute.part > 0)
    for (const key of keys) if (hasInRange(recompute.parts[0] as RecomputePart, key)) keys.delete(key);
  const done = { ...recompute, keys: recompute.keys + keys.size };
  if (after !== null) return { keys: [...keys], now: { ...done, after: after.toString('base64') } };
  const isLast = recompute.part + 1 >= recompute.parts.length;
  return { keys: [...keys], now: isLast ? null : { ...done, part: recompute.part + 1, after: null } };

  function hasInRange(own: RecomputePart, value: string): boolean {
    const table = rowsOf(own.rows, tables);
    const ranged = columnOf(table, own.column);
    return table
      .find(columnOf(table, own.key), value)
      .some((line) => isInRange(fieldAt(line, ranged) as string, recompute.range));
  }
}
