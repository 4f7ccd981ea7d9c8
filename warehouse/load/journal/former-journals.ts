import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { endFeed, INTO_JOURNAL, journalRow, markJournaled } from './journal-table.ts';

/** From src/Common/ErrorCodes.cpp. */
const UNKNOWN_TABLE = '60';

/**
 * There was a journal of each replica once. What they hold goes into the one that there is now, before models read or rows are loaded.
 * Several processes may do so at once, and each step may be done again after a crash: a change that is there twice does no harm.
 */
export async function takeOverFormerJournals(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `
      select t.name as replica, r.source as source, groupArray(c.name) as columns
      from system.tables as t
      inner join (select * from millrace.replicas final) as r on r.replica = t.name
      inner join (
        select table, name from system.columns
        where database = 'journal' and name not in ('_version', '_deleted')
        order by table, position
      ) as c on c.table = t.name
      where t.database = 'journal' and t.engine = 'MergeTree'
      group by replica, source`,
    format: 'JSONEachRow',
  });
  for (const { replica, source, columns } of await result.json<{
    replica: string;
    source: string;
    columns: string[];
  }>()) {
    const former = `journal.${quoteIdentifier(replica)}`;
    const row = journalRow({ source, replica, columns, version: '_version', deleted: '_deleted' });
    await endFeed(client, replica);
    await client.command({ query: `${INTO_JOURNAL} select ${row} from ${former}` }).catch(unlessGone);
    await client.command({ query: `drop table if exists ${former} sync` });
    await markJournaled(client, replica);
  }
}

/** Another process has taken it over. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ClickHouseError) || error.code !== UNKNOWN_TABLE) throw error;
}
