import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../../clickhouse/quote.ts';
import { type ModelTable, qualifiedStoreTable } from '../model-table.ts';
import { isRowFoldDue } from './fold-decisions.ts';

/** Keys that one statement looks up; they are in memory. */
const KEYS_AT_ONCE = 1_000_000;

/**
 * Removes rows that no state from `foldable` on has: closed by then, or written by a batch that was given up. A row may be there
 * twice, open and closed; which of them counts is decided when it is read. So the open ones are removed everywhere first, and
 * then the closed: whoever reads in between sees the closed one. Each statement takes whole parts' places in one step,
 * and may be done again. Answers how many rows were removed.
 */
export async function foldRows(options: {
  client: ClickHouseClient;
  table: ModelTable;
  /** Nobody reads earlier watermarks. */
  foldable: string;
  aborted: readonly string[];
  signal: AbortSignal;
}): Promise<number> {
  const { client, table, foldable, aborted, signal } = options;
  const name = qualifiedStoreTable(table);
  const given = aborted.filter((batch) => BigInt(batch) <= BigInt(foldable));
  const isAborted = (column: string): string => (given.length === 0 ? 'false' : `${column} in (${given.join(', ')})`);
  // A batch that was given up closed nothing.
  const isClosed = `(_to <= ${BigInt(foldable)} and not ${isAborted('_to')})`;
  const neverWas = `(_from <= ${BigInt(foldable)} and ${isAborted('_from')})`;
  const { removable, rows, oldestAgeMs } = await measure(client, table, { isClosed, neverWas });
  if (!isRowFoldDue({ removable, rows, oldestAgeMs })) return 0;
  await endMutations(client, table);
  const key = [...table.model.uniqueKey.map(quoteIdentifier), '_from'].join(', ');
  const pages = Math.ceil(removable / KEYS_AT_ONCE);
  for (let page = 0; page < pages; page++) {
    signal.throwIfAborted();
    const isOfPage = pages === 1 ? 'true' : `cityHash64(${key}) % ${pages} = ${page}`;
    await remove(
      client,
      table,
      `not ${isClosed} and ${isOfPage} and (${key}) in (select ${key} from ${name} where ${isClosed} and ${isOfPage})`,
    );
  }
  signal.throwIfAborted();
  await remove(client, table, `${isClosed} or ${neverWas}`);
  return removable;
}

interface Removable {
  readonly removable: number;
  readonly rows: number;
  /** Of the state that had one of them last. */
  readonly oldestAgeMs: number;
}

async function measure(
  client: ClickHouseClient,
  table: ModelTable,
  { isClosed, neverWas }: { isClosed: string; neverWas: string },
): Promise<Removable> {
  const counted = await client.query({
    query: `
      select toFloat64(countIf(${isClosed} or ${neverWas})) as removable, toFloat64(count()) as rows,
        toString(minIf(if(${isClosed}, _to, _from), ${isClosed} or ${neverWas})) as oldest
      from ${qualifiedStoreTable(table)}`,
    format: 'JSONEachRow',
  });
  const [count] = await counted.json<{ removable: number; rows: number; oldest: string }>();
  if (count === undefined || count.removable === 0) return { removable: 0, rows: 0, oldestAgeMs: 0 };
  const aged = await client.query({
    query: `
      select toFloat64(dateDiff('millisecond', min(published_at), now64(6))) as age_ms
      from millrace.watermarks
      where watermark >= {oldest:UInt64}`,
    query_params: { oldest: count.oldest },
    format: 'JSONEachRow',
  });
  const [age] = await aged.json<{ age_ms: number }>();
  return { removable: count.removable, rows: count.rows, oldestAgeMs: age?.age_ms ?? 0 };
}

async function remove(client: ClickHouseClient, table: ModelTable, condition: string): Promise<void> {
  try {
    await client.command({
      query: `alter table ${qualifiedStoreTable(table)} delete where ${condition}`,
      // Resolves when it is done.
      clickhouse_settings: { mutations_sync: '1' },
    });
  } catch (error) {
    // One that cannot be done is tried by the server for ever, and keeps parts from being merged.
    await endMutations(client, table).catch(() => {});
    throw error;
  }
}

/** Those of a process that is gone, or that failed. */
async function endMutations(client: ClickHouseClient, table: ModelTable): Promise<void> {
  await client.command({
    query: `kill mutation where database = 'store' and table = {name:String} and not is_done`,
    query_params: { name: table.name },
  });
}
