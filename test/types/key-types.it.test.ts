import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteString } from '../../warehouse/clickhouse/quote.ts';
import { rejectedRows } from './compare-values.ts';
import { type MatrixColumn, scalarColumns } from './matrix-tables.ts';
import { openReplicated, type Replicated } from './replicated.ts';
import { PREPARATION, TYPE_CASES } from './type-cases.ts';
import { inForm } from './value-forms.ts';

interface KeyTable {
  readonly table: string;
  /** The column `k`, which is the key. */
  readonly column: MatrixColumn;
}

/** One table for each type that can be a key. */
let tables: readonly KeyTable[];
let replicated: Replicated;
/** Longer values are no keys in Postgres either. */
const INDEXED_LENGTH = 6_000;

beforeAll(async () => {
  replicated = await openReplicated({
    name: 'k',
    schemas: ['public'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 2,
  });
  const { database, postgres } = replicated;
  const cases = TYPE_CASES.filter(({ key, since = 0 }) => key && since <= postgres.major);
  tables = scalarColumns(cases).map((column, i) => ({
    table: `k${i}`,
    column: { ...column, name: 'k', values: column.values.filter(({ sql }) => sql.length < INDEXED_LENGTH) },
  }));
  await database.query(PREPARATION);
  await change(({ table, column }) => `create table ${table} (k ${column.type} primary key, n int)`);
  await change(insertAll(1));
  replicated.start();
});
afterAll(() => replicated?.stop());

/** One transaction over all tables; a table that the statement does not concern is left alone. */
async function change(statement: (table: KeyTable) => string | null): Promise<void> {
  await replicated.database.query(tables.flatMap((table) => statement(table) ?? []).join(';\n'));
}

/** Values that the type takes for the same key come once. */
function insertAll(n: number): (table: KeyTable) => string {
  return ({ table, column }) => {
    const rows = column.values.map(({ sql }) => `(${sql}, ${n})`).join(', ');
    return `insert into ${table} values ${rows} on conflict do nothing`;
  };
}

interface Row {
  readonly table: string;
  readonly k: string;
  readonly n: string;
}

async function rowsOfSource(): Promise<Row[]> {
  const { database } = replicated;
  await database.query('set search_path = pg_catalog'); // Names inside values are printed with their schema.
  const parts = tables.map(
    ({ table }) => `select '${table}' as table, format('%s', k) as k, n::text from public.${table}`,
  );
  const { rows } = await database.query<Row>(parts.join(' union all '));
  await database.query('reset search_path');
  return rows;
}

async function rowsOfReplicas(): Promise<Row[]> {
  const parts = tables.map(
    ({ table }) =>
      `select ${quoteString(table)} as table, toString(k) as k, toString(n) as n from raw.k__${table} final`,
  );
  const result = await replicated.client.query({ query: parts.join(' union all '), format: 'JSONEachRow' });
  return result.json<Row>();
}

/** Keys of rows that the replicas lack, with their code; anything else that differs is an error. */
async function refusedKeys(): Promise<string[]> {
  await replicated.caughtUp();
  const columns = new Map(tables.map(({ table, column }) => [table, column]));
  const textOf = ({ table, k, n }: Row): string =>
    JSON.stringify([table, inForm(columns.get(table)?.typeCase.form, k), n]);
  const target = new Set((await rowsOfReplicas()).map(textOf));
  const rejected = new Map(
    (await rejectedRows(replicated.client)).map(({ replica, row, code }) => [
      JSON.stringify([replica, row.k, row.n]),
      code,
    ]),
  );
  const refused: string[] = [];
  const differences: string[] = [];
  for (const row of await rowsOfSource()) {
    if (target.delete(textOf(row))) continue;
    const type = columns.get(row.table)?.type;
    const code = rejected.get(JSON.stringify([`k__${row.table}`, row.k, row.n]));
    if (code === undefined) differences.push(`${type}: ${textOf(row)} is only in the source`);
    else refused.push(`${type} ${row.k}: ${code}`);
  }
  for (const text of target) differences.push(`${text} is only in the replica`);
  expect(differences).toEqual([]);
  return refused;
}

test('every type that can be a key identifies rows: copied, updated, removed, inserted, moved', async () => {
  const copied = await refusedKeys();
  await expect(`${copied.join('\n')}\n`).toMatchFileSnapshot('rejected-keys.txt');

  await change(({ table }) => `update ${table} set n = 2`);
  expect(await refusedKeys()).toEqual(copied);

  await change(({ table }) => `delete from ${table}`);
  expect(await refusedKeys()).toEqual([]);

  await change(insertAll(3));
  expect(await refusedKeys()).toEqual(copied);

  // One row through all keys and back to the first: from keys that can be held to others that cannot, too.
  const steps = Math.max(...tables.map(({ column }) => column.values.length));
  await change(({ table, column }) => `delete from ${table} where k <> ${column.values[0]?.sql}`);
  for (let step = 1; step <= steps; step++) {
    await change(({ table, column }) => {
      const value = column.values[step];
      return value === undefined ? null : `update ${table} set k = ${value.sql}, n = ${10 + step}`;
    });
    if (step % 8 === 0) expect(copied).toEqual(expect.arrayContaining(await refusedKeys()));
  }
  await change(({ table, column }) => `update ${table} set k = ${column.values[0]?.sql}, n = 100`);
  expect(await refusedKeys()).toEqual([]);
});
