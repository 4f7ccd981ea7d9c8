import { fieldAt } from '../rows/field.ts';
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
  const routes = new Map<string, Route[]>();
  for (const plan of plans) {
    const into = routesOf(plan, tables, touched.get(plan.id) as Set<string>);
    for (const [input, route] of into) routes.set(input, [...(routes.get(input) ?? []), route]);
  }
  return {
    touch(input, row) {
      for (const route of routes.get(input) ?? []) route(row);
    },
    of: (plan) => touched.get(plan.id) as Set<string>,
  };
}

/** Collects the keys of one plan that a row of an input leads to. */
type Route = (row: string) => void;

/** By itself, and through all rows that lead to it by look-ups. */
function routesOf(plan: PlacedByKey, tables: MaintainedTables, keys: Set<string>): Map<string, Route> {
  const own = new Map<string, number[]>();
  for (const { name, column } of plan.inputs) {
    own.set(name, [...(own.get(name) ?? []), columnOf(rowsOf(name, tables), column)]);
  }
  const lookups = plan.lookups.map(({ table, key, from, column }) => {
    const leading = rowsOf(from, tables);
    return { table, key: columnOf(rowsOf(table, tables), key), from, leading, column: columnOf(leading, column) };
  });

  /** Rows already followed are kept: links may form a circle. */
  function collect(input: string, row: string, visited: Set<string>): void {
    for (const column of own.get(input) ?? []) {
      const key = fieldAt(row, column) as string;
      if (key !== NULL_FIELD) keys.add(key);
    }
    for (const lookup of lookups) {
      if (lookup.table !== input) continue;
      for (const leading of lookup.leading.find(lookup.column, fieldAt(row, lookup.key) as string)) {
        const visit = `${lookup.from}\n${lookup.leading.keyOf(leading)}`;
        if (visited.has(visit)) continue;
        visited.add(visit);
        collect(lookup.from, leading, visited);
      }
    }
  }

  return new Map([...readsOf(plan)].map((input) => [input, (row: string) => collect(input, row, new Set())]));
}
