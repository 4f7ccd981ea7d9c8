import type { ExternalTable } from '../../clickhouse/external-query.ts';
import { linesText } from '../../clickhouse/lines.ts';
import { externalName } from '../plan.ts';
import { fieldAt } from '../rows/field.ts';
import type { RowTable } from '../rows/row-table.ts';
import { structureOf } from '../store/model-table.ts';
import type { PlacedByKey } from '../versions/placed-table.ts';
import { type MaintainedTables, withoutFrom } from './tables.ts';

/** The rows of every input that the given keys depend on: the model's SQL over them gives the keys' rows. */
export function gatherInputs(plan: PlacedByKey, keys: Iterable<string>, tables: MaintainedTables): ExternalTable[] {
  const slices = new Map<string, Map<string, string>>();
  for (const input of plan.inputs) slices.set(input.name, new Map());
  for (const lookup of plan.lookups) if (!slices.has(lookup.table)) slices.set(lookup.table, new Map());

  const columns = plan.inputs.map((input) => columnOf(rowsOf(input.name, tables), input.column));
  for (const key of keys) {
    for (const [i, input] of plan.inputs.entries()) {
      addRows(slices.get(input.name) as Map<string, string>, rowsOf(input.name, tables), columns[i] as number, key);
    }
  }
  followLookups(plan, slices, tables);
  return [...slices].map(([name, rows]) => ({
    name: externalName(name),
    structure: structureOf(inputColumns(name, tables)),
    lines: toLines(rows.values(), tables.models.has(name)),
  }));
}

/** Adds what the rows found so far point to, until nothing new is found (a tree is climbed to its root). */
function followLookups(plan: PlacedByKey, slices: Map<string, Map<string, string>>, tables: MaintainedTables): void {
  const seen = plan.lookups.map(() => new Set<string>());
  for (let found = true; found; ) {
    found = false;
    for (const [i, lookup] of plan.lookups.entries()) {
      const from = columnOf(rowsOf(lookup.from, tables), lookup.column);
      const table = rowsOf(lookup.table, tables);
      const key = columnOf(table, lookup.key);
      for (const row of [...(slices.get(lookup.from) as Map<string, string>).values()]) {
        const value = fieldAt(row, from) as string;
        if (seen[i]?.has(value)) continue;
        seen[i]?.add(value);
        if (addRows(slices.get(lookup.table) as Map<string, string>, table, key, value)) found = true;
      }
    }
  }
}

function addRows(slice: Map<string, string>, table: RowTable, column: number, value: string): boolean {
  let added = false;
  for (const row of table.find(column, value)) {
    const key = table.keyOf(row);
    if (slice.has(key)) continue;
    slice.set(key, row);
    added = true;
  }
  return added;
}

function toLines(rows: Iterable<string>, ofModel: boolean): string {
  return linesText(ofModel ? Array.from(rows, withoutFrom) : [...rows]);
}

export function rowsOf(input: string, tables: MaintainedTables): RowTable {
  const rows = tables.sources.get(input)?.rows ?? tables.models.get(input)?.rows;
  if (rows === undefined) throw new Error(`no rows are kept of ${input}`);
  return rows;
}

export function inputColumns(input: string, tables: MaintainedTables): readonly { name: string; type: string }[] {
  return tables.sources.get(input)?.columns ?? tables.models.get(input)?.table.columns ?? [];
}

export function columnOf(table: RowTable, name: string): number {
  const column = table.shape.columns.indexOf(name);
  if (column < 0) throw new Error(`${table.shape.name} has no column ${name}`);
  return column;
}
