import type { ClickHouseClient } from '@clickhouse/client';
import { type Client, escapeIdentifier } from 'pg';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { MatrixColumn } from './matrix-tables.ts';
import type { Value } from './value-forms.ts';

/** One row: its identity (the first column, as text) and the values of the other columns. */
export type Rows = ReadonlyMap<string, readonly Value[]>;

/** Types of a replica's columns by name. */
export async function replicaTypes(client: ClickHouseClient, replica: string): Promise<Map<string, string>> {
  const result = await client.query({
    query: "select name, type from system.columns where database = 'raw' and table = {replica:String}",
    query_params: { replica },
    format: 'JSONEachRow',
  });
  return new Map((await result.json<{ name: string; type: string }>()).map(({ name, type }) => [name, type]));
}

/** Rows of a table as the source has them; columns that are arrays in the replica element by element. */
export async function sourceRows(options: {
  database: Client;
  table: string;
  id: string;
  columns: readonly Pick<MatrixColumn, 'name'>[];
  types: ReadonlyMap<string, string>;
}): Promise<Rows> {
  const { database, table, id, columns, types } = options;
  const texts = columns.map(({ name }) => {
    const column = escapeIdentifier(name);
    const type = types.get(name) ?? '';
    if (!isArray(type)) return `to_json(${outputOf(column)})`;
    const elements = type.startsWith('Array(Array(')
      ? `unnest(${column}) e`
      : `(select ${column}[i] as e from generate_subscripts(${column}, 1) i) s`;
    return `case when num_nulls(${column}) = 0 then to_json(array(select ${outputOf('e')} from ${elements})) end`;
  });
  await database.query('set search_path = pg_catalog'); // Names inside values are printed with their schema.
  const { rows } = await database.query<{ id: string; row: Value[] }>(
    `select ${escapeIdentifier(id)}::text as id, json_build_array(${texts.join(', ')}) as row from public.${escapeIdentifier(table)}`,
  );
  await database.query('reset search_path');
  return new Map(rows.map(({ id: key, row }) => [key, row]));
}

export async function replicaRows(options: {
  client: ClickHouseClient;
  replica: string;
  id: string;
  columns: readonly Pick<MatrixColumn, 'name'>[];
  types: ReadonlyMap<string, string>;
}): Promise<Rows> {
  const { client, replica, id, columns, types } = options;
  const texts = columns.map(({ name }, i) => {
    const column = quoteIdentifier(name);
    const type = types.get(name) ?? '';
    if (!isArray(type)) return `toString(${column}) as v${i}`;
    return `arrayMap(x -> toString(x), arrayFlatten(${column})) as v${i}`;
  });
  // An empty array that is not listed is NULL.
  const listed = [...types.values()].some(isArray) ? ', _empty' : ', [] as _empty';
  const result = await client.query({
    query: `select toString(${quoteIdentifier(id)}) as id, ${texts.join(', ')}${listed} from raw.${quoteIdentifier(replica)} final`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<Record<string, Value> & { id: string; _empty: string[] }>();
  return new Map(
    rows.map((row) => [
      row.id,
      columns.map(({ name }, i) => {
        const value = row[`v${i}`] ?? null;
        return Array.isArray(value) && value.length === 0 && !row._empty.includes(name) ? null : value;
      }),
    ]),
  );
}

/** What the type's output function prints, as the capture's sessions do: a cast to text is another thing for some types. */
function outputOf(expression: string): string {
  return `case when num_nulls(${expression}) = 0 then format('%s', ${expression}) end`;
}

function isArray(type: string | undefined): boolean {
  return type?.startsWith('Array(') ?? false;
}

export interface Rejected {
  readonly replica: string;
  readonly code: string;
  readonly column: string;
  readonly row: Readonly<Record<string, string | null>>;
}

export async function rejectedRows(client: ClickHouseClient): Promise<Rejected[]> {
  const result = await client.query({
    query: 'select replica, code, column, row from millrace.rejected final order by replica, version, row',
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ replica: string; code: string; column: string; row: string }>();
  return rows.map((row) => ({ ...row, row: JSON.parse(row.row) as Record<string, string | null> }));
}
