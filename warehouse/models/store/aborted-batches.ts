import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { HISTORY_TABLES } from '../history/placed-history.ts';
import { QUERY_ID_PREFIX } from '../maintain/tables.ts';
import { type ModelTable, qualifiedStoreTable } from './model-table.ts';

export async function readAbortedBatches(client: ClickHouseClient): Promise<string[]> {
  const result = await client.query({
    query: `
      select distinct toString(batch) as batch from millrace.aborted_batches
      where store_table = ''
      order by millrace.aborted_batches.batch`,
    format: 'JSONEachRow',
  });
  return (await result.json<{ batch: string }>()).map((row) => row.batch);
}

/** Batches that one table alone gave up: it failed in them, and goes on in the same table. */
export async function readOwnAbortedBatches(client: ClickHouseClient, table: string): Promise<string[]> {
  const result = await client.query({
    query: 'select distinct toString(batch) as batch from millrace.aborted_batches where store_table = {table:String}',
    query_params: { table },
    format: 'JSONEachRow',
  });
  return (await result.json<{ batch: string }>()).map((row) => row.batch);
}

/** For all tables, or for one alone. */
export async function abortBatch(client: ClickHouseClient, batch: string, table = ''): Promise<void> {
  const values = [{ batch, store_table: table }];
  await client.insert({ table: 'millrace.aborted_batches', values, format: 'JSONEachRow' });
}

/** Ends writes of a process that is gone, so that none of its rows can come late. */
export async function endLeftoverWrites(client: ClickHouseClient): Promise<void> {
  await client.command({ query: `kill query where startsWith(query_id, '${QUERY_ID_PREFIX}') sync` });
}

/** The highest batch number that any row carries, in these tables or in one of a snapshot; '0' when there is none. */
export async function highestBatch(client: ClickHouseClient, tables: Iterable<ModelTable>): Promise<string> {
  const histories = await client.query({
    query: `select name from system.tables where database = 'store' and ${HISTORY_TABLES}`,
    format: 'JSONEachRow',
  });
  const parts = (await histories.json<{ name: string }>()).map(
    ({ name }) => `select max(_version) as batch from store.${quoteIdentifier(name)}`,
  );
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
