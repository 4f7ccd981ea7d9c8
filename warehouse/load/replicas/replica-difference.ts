import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { INTO_JOURNAL, journalRow } from '../journal/journal-table.ts';

/** Rows compared at a time: their keys and hashes are held in the warehouse's memory. */
const ROWS_PER_PASS = 2_000_000;

/**
 * Writes what turns the rows of a replica into those of another table of the same shape to the journal, as changes of one
 * version: new and other rows whole, keys that are gone as removals. Each key comes at most once, so that the order
 * among them does not matter, and a second run after a crash says the same. Rows that both have from the stream are
 * equal and stay out.
 */
export async function journalDifference(options: {
  client: ClickHouseClient;
  source: string;
  /** Tables in `raw`; `from` is the replica. */
  from: string;
  to: string;
  key: readonly string[];
  columns: readonly string[];
  /** UInt128 as text. */
  version: string;
}): Promise<void> {
  const { client, version, source, from: replica } = options;
  const from = `raw.${quoteIdentifier(options.from)}`;
  const to = `raw.${quoteIdentifier(options.to)}`;
  const key = options.key.map(quoteIdentifier).join(', ');
  const columns = options.columns.map(quoteIdentifier).join(', ');
  const common = { source, replica, version: '{version:UInt128}' };
  // RowBinary tells NULL from an empty value, which a hash of the values alone does not.
  const row = `${key}, sipHash128(formatRow('RowBinary', ${columns}))`;
  const passes = Math.max(1, Math.ceil((await largestOf(client, [from, to])) / ROWS_PER_PASS));
  for (let pass = 0; pass < passes; pass++) {
    const part = passes === 1 ? '1' : `sipHash64(${key}) % ${passes} = ${pass}`;
    const query_params = { version };
    await client.command({
      query: `
        ${INTO_JOURNAL}
        select ${journalRow({ ...common, columns: options.columns, deleted: '0' })}
        from ${to} final
        where ${part} and (${row}) not in (select ${row} from ${from} final where ${part})`,
      query_params,
    });
    await client.command({
      query: `
        ${INTO_JOURNAL}
        select ${journalRow({ ...common, columns: options.key, deleted: '1' })}
        from ${from} final
        where ${part} and (${key}) not in (select ${key} from ${to} final where ${part})`,
      query_params,
    });
  }
}

async function largestOf(client: ClickHouseClient, tables: readonly string[]): Promise<number> {
  const counts = tables.map((table) => `(select count() from ${table})`).join(', ');
  const result = await client.query({ query: `select toFloat64(greatest(${counts})) as rows`, format: 'JSONEachRow' });
  const [row] = await result.json<{ rows: number }>();
  return row?.rows ?? 0;
}
