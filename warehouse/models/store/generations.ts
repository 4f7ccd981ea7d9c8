import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';

/** Removes the tables and row stores of other builds. Queries that still read a table keep it until they end. */
export async function dropOtherGenerations(options: {
  client: ClickHouseClient;
  generation: number;
  folder: string;
}): Promise<void> {
  const { client, generation, folder } = options;
  const result = await client.query({
    query: `
      select name from system.tables
      where database = 'store' and match(name, '__g[0-9]+$') and not endsWith(name, {suffix:String})`,
    query_params: { suffix: `__g${generation}` },
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>()) {
    await client.command({ query: `drop table if exists store.${quoteIdentifier(name)}` });
  }
  for (const entry of await readdir(folder)) {
    if (/^g\d+$/.test(entry) && entry !== `g${generation}`)
      await rm(join(folder, entry), { recursive: true, force: true });
  }
}
