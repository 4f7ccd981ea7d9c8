import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import { INTO_JOURNAL, journalRow } from '../load/journal/journal-table.ts';
import { floorOfTable } from './batch.ts';
import type { SourceTable } from './maintain/tables.ts';
import type { RepairRequest } from './repair-requests.ts';
import type { RowStoreState } from './rows/row-store.ts';

/**
 * Writes rows of replicas that were put right to the journal, as the last changes of the batch that is about to be
 * computed: as they are below the batch's end, or as removals. So the models follow them as they follow any change, and
 * follow them again after a crash. A row that has gone on behind the batch's end has a change in the journal already.
 * Answers the requests that were met; those that are for positions behind this batch wait.
 */
export async function journalRepairedRows(options: {
  client: ClickHouseClient;
  requests: readonly RepairRequest[];
  sources: Iterable<SourceTable>;
  /** What is contained before the batch. */
  state: Pick<RowStoreState, 'floors' | 'tableFloors'>;
  /** Versions below it are contained afterwards, by source. */
  to: Readonly<Record<string, string>>;
}): Promise<RepairRequest[]> {
  const { client, requests, state, to } = options;
  if (requests.length === 0) return [];
  const tables = Map.groupBy(options.sources, ({ replica }) => replica);
  const met: RepairRequest[] = [];
  for (const request of requests) {
    if (request.replica === '') continue;
    const versions = tables.get(request.replica) ?? [];
    const [table] = versions;
    const end = BigInt(to[table?.source ?? ''] ?? 0);
    if (table !== undefined) {
      // One that was read later than the others takes part when they have come as far.
      const hasMoved = versions.every((version) => end > BigInt(floorOfTable(state, version)));
      if (!hasMoved || end <= BigInt(request.version)) continue;
      await journalRows(client, table, request, end);
    }
    met.push(request);
  }
  return met;
}

async function journalRows(
  client: ClickHouseClient,
  table: SourceTable,
  request: RepairRequest,
  end: bigint,
): Promise<void> {
  const raw = `raw.${quoteIdentifier(table.replica)}`;
  const keyNames = table.rows.shape.key.map((i) => table.rows.shape.columns[i] as string);
  const key = keyNames.map(quoteIdentifier).join(', ');
  const typeOf = (name: string): string => table.columns.find((column) => column.name === name)?.type ?? 'String';
  const typed = keyNames.map(
    (name, i) => `cast(_key[${i + 1}], ${quoteString(typeOf(name))}) as ${quoteIdentifier(name)}`,
  );
  // Of the replica's own types, so that its order serves.
  const wanted = `select ${typed.join(', ')} from (select arrayJoin({keys:Array(Array(String))}) as _key)`;
  const common = { source: table.source, replica: table.replica, version: '{version:UInt128}' };
  const columns = table.columns.map(({ name }) => name);
  const query_params = { keys: request.keys, end: end.toString(), version: (end - 1n).toString() };
  await client.command({
    query: `
      ${INTO_JOURNAL}
      select ${journalRow({ ...common, columns, deleted: '_deleted' })}
      from (
        select *
        from ${raw}
        where (${key}) in (${wanted}) and _version < {end:UInt128}
        order by _version desc
        limit 1 by ${key}
      )`,
    query_params,
  });
  await client.command({
    query: `
      ${INTO_JOURNAL}
      select ${journalRow({ ...common, columns: keyNames, deleted: '1' })}
      from (${wanted})
      where (${key}) not in (select ${key} from ${raw} where (${key}) in (${wanted}))`,
    query_params,
  });
}
