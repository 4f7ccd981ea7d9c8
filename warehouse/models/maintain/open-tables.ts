import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { queryWithTables } from '../../clickhouse/external-query.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { externalName } from '../plan.ts';
import type { RowStore } from '../rows/row-store.ts';
import { type ModelColumn, type ModelTable, structureOf } from '../store/model-table.ts';
import { lookedUpColumns, type PlacedByKey, type PlacedTable, readsOf, sourcesOf } from '../versions/placed-table.ts';
import { inputColumns } from './gather.ts';
import type { ReplicaShape } from './read-replicas.ts';
import type { Engine, KeptModel, MaintainedTables, SourceTable } from './tables.ts';

/** Opens the rows of every source table and model of a deployment, with the columns that their SQL gives. */
export async function openTables(options: {
  engine: Engine;
  /** Each after what it reads. */
  placed: readonly PlacedTable[];
  /** Of the source tables among what they read, by `source.table`. */
  shapes: ReadonlyMap<string, ReplicaShape>;
  store: RowStore;
}): Promise<MaintainedTables> {
  const { engine, placed, shapes, store } = options;
  const tables = {
    sources: new Map<string, SourceTable>(),
    models: new Map<string, KeptModel>(),
    cubes: new Map<string, ModelTable>(),
    statics: new Map<string, ModelTable>(),
  };
  const lookups = lookedUpColumns(placed);
  const lookupsOf = (name: string) => lookups.get(name) ?? new Set<string>();
  for (const [name, { source }] of sourcesOf(placed)) {
    const shape = shapes.get(name) as ReplicaShape;
    tables.sources.set(name, openSource({ name, source, shape, lookups: lookupsOf(name), store }));
  }
  for (const table of placed) {
    const inputs = [...readsOf(table)].map((input) => [externalName(input), inputColumns(input, tables)] as const);
    const columns = await describe(engine, table.sql, new Map(inputs)).catch((error) => {
      if (!(error instanceof ClickHouseError) || isRetryable(error)) throw error;
      const detail = `model ${table.model.name}: ClickHouse ${error.code}: ${error.message.slice(0, 500)}`;
      throw new MillraceError(MODEL_ERRORS.notMaintainable, detail, { cause: error });
    });
    const modelTable = { model: table.model, name: table.id, columns };
    if (table.strategy === 'static') tables.statics.set(table.id, modelTable);
    else if (table.strategy === 'additive') tables.cubes.set(table.id, modelTable);
    else
      tables.models.set(table.id, openModel({ table: modelTable, placed: table, lookups: lookupsOf(table.id), store }));
  }
  return tables;
}

function openSource(options: {
  name: string;
  source: string;
  shape: ReplicaShape;
  lookups: ReadonlySet<string>;
  store: RowStore;
}): SourceTable {
  const { name, source, shape, lookups, store } = options;
  const columns = shape.columns.map((column) => column.name);
  const indexOf = indexIn(columns, name);
  return {
    name,
    source,
    replica: shape.replica,
    columns: shape.columns,
    rows: store.table({ name, columns, key: shape.key.map(indexOf), lookups: [...lookups].map(indexOf) }),
  };
}

function openModel(options: {
  table: ModelTable;
  placed: PlacedByKey;
  lookups: ReadonlySet<string>;
  store: RowStore;
}): KeptModel {
  const { table, placed, lookups, store } = options;
  const columns = table.columns.map((column) => column.name);
  const indexOf = indexIn(columns, `model ${table.model.name}`);
  const rows = store.table({
    name: rowsName(placed.id),
    columns: [...columns, '_from'],
    key: table.model.uniqueKey.map(indexOf),
    lookups: [...lookups].map(indexOf),
  });
  return { table, rows, keyColumn: indexOf(placed.key) };
}

/** Name in the row store of a kept model's rows. */
export function rowsName(id: string): string {
  return `model:${id}`;
}

function indexIn(columns: readonly string[], what: string): (column: string) => number {
  return (column) => {
    const index = columns.indexOf(column);
    if (index >= 0) return index;
    throw new MillraceError(
      MODEL_ERRORS.notMaintainable,
      `${what} has no column ${column}; it has ${columns.join(', ')}`,
    );
  };
}

/** Columns of a SELECT over external tables. */
export async function describe(
  engine: Engine,
  sql: string,
  inputs: ReadonlyMap<string, readonly ModelColumn[]>,
): Promise<ModelColumn[]> {
  const tables = [...inputs].map(([name, columns]) => ({ name, structure: structureOf(columns), lines: '' }));
  const body = await queryWithTables(engine.target, { query: `describe table (${sql}) format JSONEachRow`, tables });
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ModelColumn)
    .map(({ name, type }) => ({ name, type }));
}
