import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { queryWithTables } from '../../clickhouse/external-query.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { externalName, type Plan, type PlannedSource } from '../plan.ts';
import type { Model } from '../project/project.ts';
import type { RowStore } from '../rows/row-store.ts';
import { type ModelColumn, type ModelTable, storeTableName, structureOf } from '../store/model-table.ts';
import { inputColumns } from './gather.ts';
import type { Engine, KeptModel, MaintainedTables, SourceTable } from './tables.ts';

/** Replica of a source table: its columns in `raw` and its key. */
export interface ReplicaShape {
  readonly replica: string;
  readonly key: readonly string[];
  readonly columns: readonly ModelColumn[];
}

/** The replicas that the plan reads, by `source.table`. Throws MR-MODEL-005 that names those not there. */
export async function readReplicas(client: ClickHouseClient, plan: Plan): Promise<Map<string, ReplicaShape>> {
  const result = await client.query({
    query: `
      select concat(r.source, '.', r.table) as name, r.replica as replica, r.key as key,
        groupArray((c.name, c.type)) as columns
      from (select * from millrace.replicas final) as r
      inner join (
        select table, name, type from system.columns
        where database = 'raw' and name not in ('_version', '_deleted')
        order by table, position
      ) as c on c.table = r.replica
      group by name, replica, key
      order by replica`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; replica: string; key: string[]; columns: [string, string][] }>();
  const shapes = new Map<string, ReplicaShape>();
  for (const row of rows) {
    if (!plan.sources.has(row.name) || shapes.has(row.name)) continue;
    shapes.set(row.name, {
      replica: row.replica,
      key: row.key,
      columns: row.columns.map(([name, type]) => ({ name, type })),
    });
  }
  const missing = [...plan.sources.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0)
    throw new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${missing.join(', ')}`);
  return shapes;
}

/** Opens the rows of every source table and model of one build, with the columns that their SQL gives. */
export async function openTables(options: {
  engine: Engine;
  plan: Plan;
  replicas: ReadonlyMap<string, ReplicaShape>;
  store: RowStore;
  generation: number;
}): Promise<MaintainedTables> {
  const { engine, plan, replicas, store, generation } = options;
  const tables = {
    sources: new Map<string, SourceTable>(),
    models: new Map<string, KeptModel>(),
    cubes: new Map<string, ModelTable>(),
  };
  for (const [name, planned] of plan.sources) {
    tables.sources.set(name, openSource(name, planned, replicas.get(name) as ReplicaShape, store));
  }
  for (const byKey of plan.byKey) {
    const inputs = [
      ...byKey.inputs.map((input) => input.name),
      ...byKey.maintenance.lookups.map((lookup) => lookup.table),
    ];
    const columns = await describe(
      engine,
      byKey.sql,
      new Map(inputs.map((input) => [externalName(input), inputColumns(input, tables)])),
    );
    const table = { model: byKey.model, name: storeTableName(byKey.model.name, generation), columns };
    tables.models.set(byKey.model.name, openModel(table, byKey.maintenance.key, byKey.lookups, store));
  }
  for (const additive of plan.additive) {
    const input = inputColumns(additive.maintenance.input, tables);
    const columns = await describe(engine, additive.sqlOver('rows_after'), new Map([['rows_after', input]]));
    tables.cubes.set(additive.model.name, {
      model: additive.model,
      name: storeTableName(additive.model.name, generation),
      columns,
    });
  }
  return tables;
}

function openSource(name: string, planned: PlannedSource, shape: ReplicaShape, store: RowStore): SourceTable {
  const columns = shape.columns.map((column) => column.name);
  const indexOf = (column: string) => {
    const index = columns.indexOf(column);
    if (index < 0)
      throw new MillraceError(
        MODEL_ERRORS.notMaintainable,
        `${name} has no column ${column}; it has ${columns.join(', ')}`,
      );
    return index;
  };
  return {
    name,
    source: planned.ref.source,
    replica: shape.replica,
    columns: shape.columns,
    rows: store.table({ name, columns, key: shape.key.map(indexOf), lookups: [...planned.lookups].map(indexOf) }),
  };
}

function openModel(table: ModelTable, key: string, lookups: ReadonlySet<string>, store: RowStore): KeptModel {
  const columns = table.columns.map((column) => column.name);
  const indexOf = (column: string) => {
    const index = columns.indexOf(column);
    if (index >= 0) return index;
    throw new MillraceError(
      MODEL_ERRORS.notMaintainable,
      `model ${table.model.name} has no column ${column}; it has ${columns.join(', ')}`,
    );
  };
  const keyColumn = indexOf(key);
  const rows = store.table({
    name: `model:${table.model.name}`,
    columns: [...columns, '_from'],
    key: table.model.uniqueKey.map(indexOf),
    lookups: [...new Set([keyColumn, ...[...lookups].map(indexOf)])],
  });
  return { table, rows, keyColumn };
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

export async function describeStatic(engine: Engine, model: Model): Promise<ModelColumn[]> {
  return describe(engine, model.compile({ ref: (name) => name, source: (_source, table) => table }), new Map());
}
