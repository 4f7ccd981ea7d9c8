import type { ClickHouseClient } from '@clickhouse/client';
import { Client } from 'pg';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';

interface SourceColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * Compares every published table of a service with its replica, value by value, as text. Answers the differences (at
 * most 10 a table): empty when they are equal.
 */
export async function replicaDifferences(options: {
  source: string;
  url: string;
  client: ClickHouseClient;
}): Promise<string[]> {
  const { source, url, client } = options;
  const postgres = new Client({ connectionString: url });
  await postgres.connect();
  const differences: string[] = [];
  try {
    await postgres.query("set timezone to 'UTC'");
    const tables = await postgres.query<{ table: string }>(
      'select tablename as table from pg_publication_tables where pubname = $1 order by tablename',
      [`${source}_publication`],
    );
    for (const { table } of tables.rows) {
      const columns = await columnsOf(postgres, table);
      const expected = await sourceRows(postgres, table, columns);
      const actual = await replicaRows(client, `${source}__${table}`, columns);
      differences.push(...differencesBetween(`${source}.${table}`, expected, actual));
    }
  } finally {
    await postgres.end();
  }
  return differences;
}

async function columnsOf(postgres: Client, table: string): Promise<SourceColumn[]> {
  const result = await postgres.query<SourceColumn>(
    `select attname as name, format_type(atttypid, null) as type
     from pg_attribute
     where attrelid = format('public.%I', $1::text)::regclass and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  );
  return result.rows;
}

/** The value's text in the one form that both sides can print. */
function sourceText({ name, type }: SourceColumn): string {
  const column = `"${name}"`;
  if (type === 'numeric') return `trim_scale(${column})::text`;
  if (type.startsWith('timestamp')) return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
  if (type === 'boolean') return `case when ${column} then 'true' when not ${column} then 'false' end`;
  return `case when ${column} is not null then format('%s', ${column}) end`;
}

async function sourceRows(postgres: Client, table: string, columns: readonly SourceColumn[]): Promise<string[]> {
  const result = await postgres.query<{ row: (string | null)[] }>(
    `select array[${columns.map(sourceText).join(', ')}] as row from public."${table}"`,
  );
  return result.rows.map(({ row }) => JSON.stringify(row));
}

async function replicaRows(
  client: ClickHouseClient,
  replica: string,
  columns: readonly SourceColumn[],
): Promise<string[]> {
  const texts = columns.map(({ name }) => `toString(${quoteIdentifier(name)})`).join(', ');
  const result = await client.query({
    query: `select array(${texts}) as row from raw.${quoteIdentifier(replica)} final`,
    format: 'JSONEachRow',
  });
  return (await result.json<{ row: (string | null)[] }>()).map(({ row }) => JSON.stringify(row));
}

function differencesBetween(table: string, expected: readonly string[], actual: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of expected) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of actual) counts.set(row, (counts.get(row) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .slice(0, 10)
    .map(([row, count]) => `${table}: ${count > 0 ? 'only in the source' : 'only in the replica'}: ${row}`);
}
