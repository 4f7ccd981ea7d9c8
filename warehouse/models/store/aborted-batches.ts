import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_ID_PREFIX } from '../maintain/tables.ts';
import { type ModelTable, qualifiedStoreTable } from './model-table.ts';

export async function readAbortedBatches(client: ClickHouseClient): Promise<string[]> {
  const result = await client.query({
    query:
      'select distinct toString(batch) as batch from millrace.aborted_batches order by millrace.aborted_batches.batch',
    format: 'JSONEachRow',
  });
  return (await result.json<{ batch: string }>()).map((row) => row.batch);
}

export async function abortBatch(client: ClickHouseClient, batch: string): Promise<void> {
  await client.insert({ table: 'millrace.aborted_batches', values: [{ batch }], format: 'JSONEachRow' });
}

/** Ends writes of a process that is gone, so that none of its rows can come late. */
export async function endLeftoverWrites(client: ClickHouseClient): Promise<void> {
  await client.command({ query: `kill query where startsWith(query_id, '${QUERY_ID_PREFIX}') sync` });
}

/** The highest batch number that any row carries; '0' when there is none. */
export async function highestBatch(client: ClickHouseClient, tables: Iterable<ModelTable>): Promise<string> {
  const parts: string[] = [];
  for (const table of tables) {
    const column = table.model.maintenance?.strategy === 'additive' ? '_batch' : '_version';
    parts.push(`select max(${column}) as batch from ${qualifiedStoreTable(table)}`);
  }
  if (parts.length === 0) return '0';
  const result = await client.query({
    query: `select toString(max(batch)) as batch from (${parts.join(' union all ')})`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ batch: string }>();
  return row?.batch ?? '0';
}
