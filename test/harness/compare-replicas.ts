import type { ClickHouseClient } from '@clickhouse/client';
import { Client, escapeIdentifier } from 'pg';
import { quoteIdentifier, quoteString } from '../../warehouse/clickhouse/quote.ts';

interface ComparedColumn {
  readonly name: string;
  /** As `format_type` prints it. */
  readonly type: string;
  /** Of the replica, without Nullable. */
  readonly replicaType: string;
}

/**
 * Compares every published table of a service with its replica, value by value, as text. Answers the differences (at
 * most 10 a table): empty when they are equal. Equal rows count: two in the source have to be two in the replica.
 */
export async function replicaDifferences(options: {
  source: string;
  url: string;
  client: ClickHouseClient;
  /** Tables that are left out, as the source names them. */
  except?: readonly string[];
}): Promise<string[]> {
  const { source, url, client, except = [] } = options;
  const postgres = new Client({ connectionString: url });
  postgres.on('error', () => {}); // Its query rejects; a server that ends must not end the test.
  await postgres.connect();
  const differences: string[] = [];
  try {
    await postgres.query("set timezone to 'UTC'");
    const tables = await postgres.query<{ schema: string; table: string; columns: string; filter: string | null }>(
      `select schemaname as schema, tablename as table, to_json(attnames)::text as columns, rowfilter as filter
       from pg_publication_tables where pubname = $1 order by 1, 2`,
      [`${source}_publication`],
    );
    for (const { schema, table, columns: names, filter } of tables.rows) {
      if (except.includes(table)) continue;
      const replica = `${source}__${table}`;
      const columns = await columnsOf({ postgres, client, schema, table, replica, names: JSON.parse(names) });
      const expected = await sourceRows({ postgres, schema, table, columns, filter });
      const actual = await replicaRows(client, replica, columns);
      differences.push(...differencesBetween(`${source}.${table}`, expected, actual));
    }
  } finally {
    await postgres.end();
  }
  return differences;
}

async function columnsOf(options: {
  postgres: Client;
  client: ClickHouseClient;
  schema: string;
  table: string;
  replica: string;
  names: readonly string[];
}): Promise<ComparedColumn[]> {
  const { postgres, client, schema, table, replica, names } = options;
  const result = await postgres.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type
     from pg_attribute
     where attrelid = format('%I.%I', $1::text, $2::text)::regclass and attname = any($3)
     order by attnum`,
    [schema, table, names],
  );
  const columns = await client.query({
    query: `select name, type from system.columns where database = 'raw' and table = {replica:String}`,
    query_params: { replica },
    format: 'JSONEachRow',
  });
  const types = new Map((await columns.json<{ name: string; type: string }>()).map(({ name, type }) => [name, type]));
  return result.rows.map(({ name, type }) => ({
    name,
    type,
    replicaType:
      /^(?:Nullable\((.*)\)|(.*))$/
        .exec(types.get(name) ?? 'missing')
        ?.slice(1)
        .find(Boolean) ?? 'missing',
  }));
}

/** The value's text in the one form that both sides can print. */
function sourceText({ name, type, replicaType }: ComparedColumn): string {
  const column = escapeIdentifier(name);
  if (replicaType.startsWith('Array')) return `array_to_json(${column})::text`;
  if (replicaType.startsWith('DateTime')) return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
  if (replicaType.startsWith('Decimal')) return `trim_scale(${column}::numeric)::text`;
  if (type === 'numeric') return `trim_scale(${column})::text`;
  if (type === 'boolean') return `case when ${column} then 'true' when not ${column} then 'false' end`;
  return `case when ${column} is null then null else format('%s', ${column}) end`;
}

function replicaText({ name, type, replicaType }: ComparedColumn): string {
  const column = quoteIdentifier(name);
  if (replicaType.startsWith('Array')) {
    // An array that is empty and not listed as such is NULL.
    return `if(empty(${column}) and not has(_empty, ${quoteString(name)}), null, toJSONString(${column}))`;
  }
  if (replicaType === 'String' && type === 'numeric') {
    return `replaceRegexpOne(replaceRegexpOne(${column}, '(\\\\.[0-9]*[1-9])0+$', '\\\\1'), '\\\\.0+$', '')`;
  }
  return `toString(${column})`;
}

async function sourceRows(options: {
  postgres: Client;
  schema: string;
  table: string;
  columns: readonly ComparedColumn[];
  filter: string | null;
}): Promise<string[]> {
  const { postgres, schema, table, columns, filter } = options;
  const inherited = await postgres.query<{ kind: string }>(
    `select relkind as kind from pg_class where oid = format('%I.%I', $1::text, $2::text)::regclass`,
    [schema, table],
  );
  // A parent by inheritance is published without its children: they are tables of their own.
  const only = inherited.rows[0]?.kind === 'p' ? '' : 'only ';
  const result = await postgres.query<{ row: (string | null)[] }>(
    `select array[${columns.map(sourceText).join(', ')}]::text[] as row from ${only}${escapeIdentifier(schema)}.${escapeIdentifier(table)}
     ${filter === null ? '' : `where ${filter}`}`,
  );
  return result.rows.map(({ row }) => rowText(row, columns));
}

async function replicaRows(
  client: ClickHouseClient,
  replica: string,
  columns: readonly ComparedColumn[],
): Promise<string[]> {
  const result = await client.query({
    query: `select array(${columns.map(replicaText).join(', ')}) as row from raw.${quoteIdentifier(replica)} final`,
    format: 'JSONEachRow',
  });
  return (await result.json<{ row: (string | null)[] }>()).map(({ row }) => rowText(row, columns));
}

function rowText(row: readonly (string | null)[], columns: readonly ComparedColumn[]): string {
  const values = row.map((value, i) =>
    value !== null && columns[i]?.replicaType.startsWith('Array') ? JSON.stringify(JSON.parse(value)) : value,
  );
  return JSON.stringify(values);
}

function differencesBetween(table: string, expected: readonly string[], actual: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of expected) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of actual) counts.set(row, (counts.get(row) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .slice(0, 10)
    .map(([row, count]) => `${table}: ${count > 0 ? 'only in the source' : 'only in the replica'}: ${cut(row)}`);
}

function cut(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`;
}
