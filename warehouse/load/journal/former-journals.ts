import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { endFeed, INTO_JOURNAL, journalRow } from './journal-table.ts';

/**
 * There was a journal of each replica once, with columns of its own. What they hold goes into the one that there is now, before models
 * read or rows are loaded; empty ones stay as marks. Several processes may do so at once, and each step may be done again
 * after a crash: a change that is there twice does no harm.
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
      where t.database = 'journal' and t.engine = 'MergeTree' and t.total_rows > 0
      group by replica, source`,
    format: 'JSONEachRow',
  });
  for (const journal of await result.json<{ replica: string; source: string; columns: string[] }>()) {
    const { replica } = journal;
    const row = journalRow({ ...journal, version: '_version', deleted: '_deleted' });
    await endFeed(client, replica);
    await client.command({
      query: `${INTO_JOURNAL} select ${row} from journal.${quoteIdentifier(replica)}`,
      clickhouse_settings: { max_partitions_per_insert_block: '0' },
    });
    await client.command({ query: `truncate table journal.${quoteIdentifier(replica)}` });
  }
}
