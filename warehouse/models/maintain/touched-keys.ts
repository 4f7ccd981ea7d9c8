import { type PlacedByKey, readsOf } from '../versions/placed-table.ts';
import { columnOf, rowsOf } from './gather.ts';
import type { MaintainedTables } from './tables.ts';

/** Collects, per table, the keys whose rows a change may alter. */
export interface TouchedKeys {
  /** A row of an input (source table or placed table) as it was or as it is now. */
  touch(input: string, row: string): void;
  /** The keys of one table; the caller may consume them. */
  of(plan: PlacedByKey): Set<string>;
}

const NULL_FIELD = '\\N';

export function createTouchedKeys(plans: readonly PlacedByKey[], tables: MaintainedTables): TouchedKeys {
  const touched = new Map(plans.map((plan) => [plan.id, new Set<string>()]));
  const routes = new Map<string, ((row: string) => void)[]>();
  for (const plan of plans) {
    const keys = touched.get(plan.id) as Set<string>;
    for (const input of readsOf(plan)) {
      const route = (row: string) => collect({ plan, tables, keys, visited: new Set() }, input, row);
      routes.set(input, [...(routes.get(input) ?? []), route]);
    }
  }
  return {
    touch(input, row) {
      for (const route of routes.get(input) ?? []) route(row);
    },
    of: (plan) => touched.get(plan.id) as Set<string>,
  };
}

interface Collection {
  readonly plan: PlacedByKey;
  readonly tables: MaintainedTables;
  readonly keys: Set<string>;
  /** Rows already followed: links may form a circle. */
  readonly visited: Set<string>;
}

/** The keys that a row belongs to by itself, and those of all rows that lead to it through look-ups. */
function collect(into: Collection, input: string, row: string): void {
  const { plan, tables, keys, visited } = into;
  const table = rowsOf(input, tables);
  const fields = row.split('\t');
  for (const planned of plan.inputs) {
    if (planned.name !== input) continue;
    const key = fields[columnOf(table, planned.column)] as string;
    if (key !== NULL_FIELD) keys.add(key);
  }
  for (const lookup of plan.lookups) {
    if (lookup.table !== input) continue;
    const from = rowsOf(lookup.from, tables);
    for (const leading of from.find(columnOf(from, lookup.column), fields[columnOf(table, lookup.key)] as string)) {
      const visit = `${lookup.from}\n${from.keyOf(leading)}`;
      if (visited.has(visit)) continue;
      visited.add(visit);
      collect(into, lookup.from, leading);
    }
  }
}
