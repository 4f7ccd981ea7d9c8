import type { PlannedInput } from '../plan.ts';
import type { Lookup } from '../project/maintenance.ts';
import { type SourceTableRef, sourceKey, type TableDefinition } from '../project/project.ts';

/**
 * A model in one version, with everything that it takes to keep its table exact: the folder may have changed since.
 * Models that it reads stand for their tables in `store`, so two versions of a model are two tables to whoever reads them.
 * Plain data: it is written down with the rows.
 */
export type PlacedTable = PlacedByKey | PlacedAdditive | PlacedStatic;

/** A source table in the columns that it had when it was read. */
export interface PlacedSource extends SourceTableRef {
  /** Stands for its rows; left out: `source.table`. Read again with more columns, it is another one beside the first. */
  readonly id?: string;
}

export interface PlacedByKey {
  readonly strategy: 'by_key';
  /** Its table in `store`. */
  readonly id: string;
  readonly model: TableDefinition;
  /** Its column that holds the key. */
  readonly key: string;
  /** Names are ids of source tables (`PlacedSource`) or of placed tables. */
  readonly inputs: readonly PlannedInput[];
  readonly lookups: readonly Lookup[];
  /** Keys that have rows whatever the inputs hold. */
  readonly members: readonly string[];
  /** Source tables among those. */
  readonly sources: readonly PlacedSource[];
  /** Over external tables, one per input, named by `externalName`. */
  readonly sql: string;
}

export interface PlacedAdditive {
  readonly strategy: 'additive';
  readonly id: string;
  readonly model: TableDefinition;
  /** Id of the table whose rows it sums up. */
  readonly input: string;
  /** Over the external table `externalName(input)`. */
  readonly sql: string;
}

export interface PlacedStatic {
  readonly strategy: 'static';
  readonly id: string;
  readonly model: TableDefinition;
  readonly sql: string;
}

export function isByKey(table: PlacedTable): table is PlacedByKey {
  return table.strategy === 'by_key';
}

export function isAdditive(table: PlacedTable): table is PlacedAdditive {
  return table.strategy === 'additive';
}

/** Everything that its rows are computed from: ids of source tables and of placed tables. */
export function readsOf(table: PlacedTable): Set<string> {
  switch (table.strategy) {
    case 'by_key':
      return new Set([...table.inputs.map(({ name }) => name), ...table.lookups.map((lookup) => lookup.table)]);
    case 'additive':
      return new Set([table.input]);
    default:
      return new Set();
  }
}

/** Columns by which rows are looked up, by the name of what they are rows of. */
export function lookedUpColumns(tables: Iterable<PlacedTable>): Map<string, Set<string>> {
  const columns = new Map<string, Set<string>>();
  const add = (name: string, column: string) => {
    const known = columns.get(name) ?? new Set<string>();
    columns.set(name, known.add(column));
  };
  for (const table of tables) {
    if (table.strategy !== 'by_key') continue;
    add(table.id, table.key);
    for (const { name, column } of table.inputs) add(name, column);
    for (const lookup of table.lookups) {
      add(lookup.table, lookup.key);
      add(lookup.from, lookup.column);
    }
  }
  return columns;
}

/** Source tables that are read, by id. */
export function sourcesOf(tables: Iterable<PlacedTable>): Map<string, SourceTableRef> {
  const sources = new Map<string, SourceTableRef>();
  for (const table of tables) {
    if (table.strategy !== 'by_key') continue;
    for (const ref of table.sources) sources.set(sourceId(ref), ref);
  }
  return sources;
}

export function sourceId(placed: PlacedSource): string {
  return placed.id ?? sourceKey(placed);
}
