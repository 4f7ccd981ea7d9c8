import type { ClickHouseClient } from '@clickhouse/client';
import { quoteString } from '../../clickhouse/quote.ts';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { PUBLISHED_ERRORS } from '../../published/errors.ts';

/**
 * The first watermark at which there is something to read: of the table of a version of a model, since it took another one's
 * place; and of all of them, since what only earlier watermarks had is folded away.
 */
export const READABLE_TABLE = `create table if not exists millrace.readable_from (
    store_table String comment 'table of a version of a model; empty: all of them',
    watermark UInt64 comment 'earlier ones cannot be read',
    declared_at DateTime64(6, 'UTC') default now64(6)
  ) engine = MergeTree order by (store_table, watermark) ${TABLE_SETTINGS}
  comment 'which published states can still be read'`;

/** Every table. */
const ALL = '';

/** A condition of a view with the parameter `watermark`: true, or MR-PUBLISHED-001 instead of the rows of another state. */
export function isReadable(storeTable: string): string {
  const { code } = PUBLISHED_ERRORS.stateGone;
  const message = `${code}: this watermark is behind warehouse.horizon, or the model was built anew, or the snapshot begun, since; millrace explain ${code}`;
  return `(
    select throwIf(max(r.watermark) > {watermark:UInt64}, ${quoteString(message)})
    from millrace.readable_from as r
    where r.store_table in (${quoteString(ALL)}, ${quoteString(storeTable)})
  ) = 0`;
}

/** Those of the tables that were not seen before can be read from the last published watermark on. */
export async function declareNewTables(client: ClickHouseClient, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await client.command({
    query: `
      insert into millrace.readable_from (store_table, watermark)
      select store_table, (select max(watermark) from millrace.watermarks)
      from (select arrayJoin({tables:Array(String)}) as store_table)
      where store_table not in (select store_table from millrace.readable_from)`,
    query_params: { tables },
  });
}

/** A table that readers did not see until now can be read from the next published watermark on, which fills it. */
export async function declareReadableNext(client: ClickHouseClient, table: string): Promise<void> {
  await client.command({
    query: `
      insert into millrace.readable_from (store_table, watermark)
      select {table:String}, (select max(watermark) from millrace.watermarks) + 1`,
    query_params: { table },
  });
}

/** From now on nothing before the watermark can be read. Does nothing where that is so already. */
export async function declareHorizon(client: ClickHouseClient, watermark: string): Promise<void> {
  await client.command({
    query: `
      insert into millrace.readable_from (store_table, watermark)
      select {all:String}, {watermark:UInt64}
      where {watermark:UInt64} > (select max(watermark) from millrace.readable_from where store_table = {all:String})`,
    query_params: { all: ALL, watermark },
  });
}

/** The watermark before which nothing could be read for so long that nobody is in the middle of it; '0' for none. */
export async function readFoldable(client: ClickHouseClient, minAgeMs: number): Promise<string> {
  const result = await client.query({
    query: `
      select toString(max(watermark)) as watermark
      from millrace.readable_from
      where store_table = {all:String} and declared_at <= now64(6) - toIntervalMillisecond({age:UInt64})`,
    query_params: { all: ALL, age: Math.round(minAgeMs) },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ watermark: string }>();
  return row?.watermark ?? '0';
}

/** Former declarations of the horizon: the highest one says it all. */
export async function trimReadable(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `
      delete from millrace.readable_from
      where store_table = {all:String} and declared_at < now64(6) - toIntervalDay(1)
        and watermark < (select max(watermark) from millrace.readable_from where store_table = {all:String})`,
    query_params: { all: ALL },
  });
}
