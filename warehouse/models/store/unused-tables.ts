import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';

/** Tables of versions of models, in use or left over. */
export async function versionTables(client: ClickHouseClient): Promise<string[]> {
  const result = await client.query({
    query: "select name from system.tables where database = 'store' and match(name, '__g[0-9]+$')",
    format: 'JSONEachRow',
  });
  return (await result.json<{ name: string }>()).map(({ name }) => name);
}

/** Names that versions of models have, or had: what is written down of a table is never another one's. */
export async function takenNames(client: ClickHouseClient): Promise<string[]> {
  const result = await client.query({
    query: `
      select distinct store_table as name
      from (select store_table from millrace.folds union all select store_table from millrace.readable_from)
      where name != ''`,
    format: 'JSONEachRow',
  });
  const known = (await result.json<{ name: string }>()).map(({ name }) => name);
  return [...(await versionTables(client)), ...known];
}

/** A number that is higher than that of any of these. */
export function nextNumber(tables: readonly string[], above: number): number {
  return 1 + Math.max(above, ...tables.map((name) => Number(/__g(\d+)$/.exec(name)?.[1] ?? 0)));
}

/** Removes the tables of other versions. Queries that still read a table keep it until they end. */
export async function dropUnusedTables(client: ClickHouseClient, used: ReadonlySet<string>): Promise<void> {
  for (const name of await versionTables(client)) {
    if (!used.has(name)) await client.command({ query: `drop table if exists store.${quoteIdentifier(name)}` });
  }
}

/** Removes the row stores of other builds. */
export async function removeOtherRowStores(folder: string, generation: number): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (/^g\d+$/.test(entry) && entry !== `g${generation}`) {
      await rm(join(folder, entry), { recursive: true, force: true });
    }
  }
}
