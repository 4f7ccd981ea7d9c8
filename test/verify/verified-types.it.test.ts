import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceRows } from '../../changelog/source-rows.ts';
import { openPostgresSourceRows } from '../../ingest/verify/postgres-source-rows.ts';
import { NEVER } from '../../runtime/abortable.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { createPace } from '../../warehouse/verify/pace.ts';
import type { Verification } from '../../warehouse/verify/result.ts';
import { verifyTable } from '../../warehouse/verify/verify-table.ts';
import {
  arrayColumns,
  createWideTableSql,
  fillSql,
  type MatrixColumn,
  scalarColumns,
  wishedColumns,
} from '../types/matrix-tables.ts';
import { openReplicated, type Replicated } from '../types/replicated.ts';
import { PREPARATION, TYPE_CASES, WISHED_CASES } from '../types/type-cases.ts';

/** Longer values are no keys in Postgres either. */
const INDEXED_LENGTH = 6_000;
const SIDE_BY_SIDE = 8;

let replicated: Replicated;
let source: SourceRows;
let keyTables: string[];

const SOURCE = {
  name: 'm',
  schemas: ['public'],
  tables: ['*'],
  exclude: ['people.password'],
  mask: ['people.phone'],
  hash: ['people.owner', 'people.email'],
  hashKey: 'a secret of at least thirty-two characters',
  snapshotConnections: 2,
  types: Object.fromEntries(
    wishedColumns(WISHED_CASES).map(({ name, typeCase }) => [`wished.${name}`, typeCase.wish as string]),
  ),
};

function config(): SourceConfig {
  return { ...SOURCE, url: replicated.postgres.url('replicated') };
}

beforeAll(async () => {
  replicated = await openReplicated(SOURCE);
  const { database, postgres } = replicated;
  const cases = TYPE_CASES.filter(({ since = 0 }) => since <= postgres.major);
  const wide: Readonly<Record<string, readonly MatrixColumn[]>> = {
    scalars: scalarColumns(cases),
    arrays: arrayColumns(cases),
    wished: wishedColumns(WISHED_CASES),
  };
  await database.query(PREPARATION);
  for (const [table, columns] of Object.entries(wide)) {
    await database.query(createWideTableSql(table, columns));
    for (const sql of fillSql(table, columns, 'snapshot')) await database.query(sql);
  }
  const keys = scalarColumns(cases.filter(({ key }) => key));
  keyTables = keys.map((_column, i) => `k${i}`);
  for (const [i, { type, values }] of keys.entries()) {
    const rows = values.filter(({ sql }) => sql.length < INDEXED_LENGTH).map(({ sql, n }) => `(${sql}, ${n})`);
    await database.query(`create table k${i} (k ${type} primary key, n int)`);
    await database.query(`insert into k${i} values ${rows.join(', ')} on conflict do nothing`);
  }
  await database.query(`
    create table people (owner bigint primary key, email text, phone text, password text, n int);
    insert into people select n, n || '@x', '0' || n, 'secret', n from generate_series(1, 20) n`);
  replicated.start();
  await replicated.caughtUp();
  source = await openPostgresSourceRows(config());
}, 120_000);
afterAll(async () => {
  await source?.close();
  await replicated?.stop();
});

async function verify(name: string, repair = false, rows = source): Promise<Verification> {
  const table = (await rows.tables()).find((each) => each.table === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  const { client } = replicated;
  return verifyTable({
    client,
    source: rows,
    table,
    repair,
    showValues: true,
    pace: createPace(1, NEVER),
    signal: NEVER,
  });
}

/** Every row is taken from the replica, and has to come back as it was. */
async function expectRepaired(name: string, source?: SourceRows): Promise<void> {
  const { client } = replicated;
  const held = await queryText(
    client,
    `select count(), groupBitXor(cityHash64(*)) from (select * except (_version) from raw.m__${name} final)`,
  );
  const [rows] = held.split('\t').map(Number);
  await client.command({ query: `truncate table raw.m__${name}` });
  const { outcome, repaired, differing, undecided, detail } = await verify(name, true, source);
  const expected = {
    outcome: rows === 0 ? 'equal' : 'repaired',
    repaired: rows,
    differing: rows,
    undecided: 0,
    detail: '',
  };
  expect({ outcome, repaired, differing, undecided, detail }, name).toEqual(expected);
  expect(
    await queryText(
      client,
      `select count(), groupBitXor(cityHash64(*)) from (select * except (_version) from raw.m__${name} final)`,
    ),
    name,
  ).toBe(held);
}

test.each(['scalars', 'arrays', 'wished'])(
  'compares and repairs every value of every type: %s',
  {
    timeout: 60_000,
  },
  async (name) => {
    await expectRepaired(name);
  },
);

test('compares and repairs rows by keys of every type that can be one', { timeout: 120_000 }, async () => {
  // Most of the time is waiting for positions.
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async (_, n) => {
      const rows = await openPostgresSourceRows(config());
      for (let i = n; i < keyTables.length; i += SIDE_BY_SIDE) await expectRepaired(keyTables[i] as string, rows);
      await rows.close();
    }),
  );
});

test('compares columns that are masked or hashed as such, keys too, and says what was not compared', async () => {
  await expectRepaired('people');
  const { client } = replicated;
  await client.command({
    query:
      "insert into raw.m__people select * replace ('0123' as phone, _version + 1 as _version) from (select * from raw.m__people final where n = 7)",
  });
  await client.command({
    query:
      "insert into raw.m__people select * replace ('somebody' as owner) from (select * from raw.m__people final where n = 8)",
  });
  const found = await verify('people');
  expect(found.notes).toEqual([
    'owner is compared by its hash',
    'email is compared by its hash',
    'phone is masked: that it is, was compared',
    'password is left out of the replica and was not compared',
  ]);
  expect(found.examples.map(({ kind }) => kind).sort()).toEqual(['changed', 'extra']);
  expect(found.examples.find(({ kind }) => kind === 'changed')?.columns).toEqual([
    { column: 'phone', expected: '***', found: '0123' },
  ]);
  expect(await verify('people', true)).toMatchObject({ outcome: 'repaired', repaired: 2 });
});
