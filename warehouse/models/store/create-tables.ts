import type { ClickHouseClient } from '@clickhouse/client';
import type { MaintainedTables } from '../maintain/tables.ts';
import { externalName } from '../plan.ts';
import type { PlacedAdditive, PlacedTable } from '../versions/placed-table.ts';
import { createModelTable, type ModelTable, qualifiedStoreTable } from './model-table.ts';
import { selectAt } from './model-views.ts';

/** Makes the tables in `store`, empty but for those that read nothing. */
export async function createTables(options: {
  client: ClickHouseClient;
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
}): Promise<void> {
  const { client, placed, tables } = options;
  for (const table of placed) {
    const modelTable = tableOf(tables, table.id);
    await createModelTable(client, modelTable);
    if (table.strategy === 'static') {
      await client.command({ query: `insert into ${qualifiedStoreTable(modelTable)} ${table.sql}` });
    }
  }
}

/** Fills a cube from the rows that its input has at a watermark: everything behind it comes as differences. */
export async function fillCube(options: {
  client: ClickHouseClient;
  cube: ModelTable;
  placed: PlacedAdditive;
  input: ModelTable;
  watermark: string;
  abortedBatches: readonly string[];
}): Promise<void> {
  const { client, cube, placed, input, watermark, abortedBatches } = options;
  await client.command({
    query: `
      insert into ${qualifiedStoreTable(cube)}
      with ${externalName(placed.input)} as (${selectAt(input, { abortedBatches, lastWatermark: null })})
      select *, {watermark:UInt64} as _batch, false as _folded from (${placed.sql})`,
    query_params: { watermark },
  });
}

export function tableOf(tables: MaintainedTables, id: string): ModelTable {
  const table = tables.models.get(id)?.table ?? tables.cubes.get(id) ?? tables.statics.get(id);
  if (table === undefined) throw new Error(`no table is kept of ${id}`);
  return table;
}
