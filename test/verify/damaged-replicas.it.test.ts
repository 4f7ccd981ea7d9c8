import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceRows } from '../../changelog/source-rows.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { openPostgresSourceRows } from '../../ingest/verify/postgres-source-rows.ts';
import { NEVER } from '../../runtime/abortable.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { createPace } from '../../warehouse/verify/pace.ts';
import type { Verification } from '../../warehouse/verify/result.ts';
import { verifyTable } from '../../warehouse/verify/verify-table.ts';
import { openReplicated, type Replicated } from '../types/replicated.ts';

const EPOCH = 1n << 96n;

let replicated: Replicated;
let source: SourceRows;

beforeAll(async () => {
  replicated = await openReplicated({
    name: 'd',
    schemas: ['public'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 2,
  });
  await replicated.database.query(`
    create table goods (
      id bigint primary key, name text, price numeric(14, 2), weight float8, exact numeric, sold_at timestamptz,
      born date, is_active boolean, code uuid, tags text[], counts int[], data jsonb, raw bytea, kind text);
    insert into goods select n, 'name ' || n, n + 0.25, n / 7.0, n + 0.10, '2026-01-01 00:00:00.123456+00'::timestamptz + n * interval '1 s',
      date '2026-01-01' + n, n % 2 = 0, gen_random_uuid(), array['a', 'b' || n], '{}', jsonb_build_object('n', n), '\\x00ff', ''
      from generate_series(1, 60) n;
    create table parts (id int, part text, at timestamp, amount int, primary key (part, at, id));
    insert into parts select n, 'p "' || n || E'"\\t\\\\', '2026-02-01'::timestamp + n * interval '1 us', n from generate_series(1, 20) n;
    create table events (what text, n int);
    insert into events select 'event ' || n % 10, n % 5 from generate_series(1, 100) n`);
  replicated.start();
  await replicated.caughtUp();
  await replicated.database.query("update goods set kind = '' where id <= 30; delete from goods where id > 50");
  await replicated.caughtUp();
  const url = replicated.postgres.url('replicated');
  source = await openPostgresSourceRows(sourceConfig('d', url));
});
afterAll(async () => {
  await source?.close();
  await replicated?.stop();
});

async function verify(name: string, more: { repair?: boolean; showValues?: boolean } = {}): Promise<Verification> {
  const table = (await source.tables()).find((each) => each.table === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  const { repair = false, showValues = true } = more;
  const { client } = replicated;
  return verifyTable({ client, source, table, repair, showValues, pace: createPace(1, NEVER), signal: NEVER });
}

/** Rows of goods with other values, in a version that is a little higher, lower or the same. */
async function spoil(id: number, values: string, step = '+ 1', removed = '0'): Promise<void> {
  await replicated.client.command({
    query: `
      insert into raw.d__goods select * replace (${values === '' ? '' : `${values}, `}_version ${step} as _version, ${removed} as _deleted)
      from (select * from raw.d__goods final where id = ${id})`,
  });
}

async function expectEqual(): Promise<void> {
  for (const table of ['goods', 'parts', 'events']) {
    const { outcome, examples, detail, undecided } = await verify(table);
    const equal = { outcome: 'equal', examples: [], detail: '', undecided: 0 };
    expect({ outcome, examples, detail, undecided }, table).toEqual(equal);
  }
}

const VALUES: readonly [name: string, values: string, columns: readonly string[]][] = [
  ['one digit changed', "toDecimal64('10.26', 2) as price", ['price']],
  ['a timestamp off by a microsecond', 'sold_at + interval 1 microsecond as sold_at', ['sold_at']],
  ['a date off by a day', 'born + 1 as born', ['born']],
  ["NULL instead of ''", "cast(null, 'Nullable(String)') as kind", ['kind']],
  ["'' instead of text", "'' as name", ['name']],
  ['a trailing space', "concat(name, ' ') as name", ['name']],
  ['another case', 'upper(name) as name', ['name']],
  ['text in another encoding', 'concat(name, char(195, 131)) as name', ['name']],
  [
    'a float off by one bit',
    'reinterpretAsFloat64(reinterpretAsUInt64(assumeNotNull(weight)) + 1) as weight',
    ['weight'],
  ],
  ['a minus sign', '-price as price', ['price']],
  ['a decimal kept as text cut short', "'17.1' as exact", ['exact']],
  ['a boolean turned', 'not is_active as is_active', ['is_active']],
  ['another uuid', 'generateUUIDv4() as code', ['code']],
  ['an array in another order', 'reverse(tags) as tags', ['tags']],
  ['NULL instead of an empty array', '[] as _empty', ['_empty']],
  ['a member of JSON gone', "'{}' as data", ['data']],
  ['a byte of bytea', "'\\\\\\\\x00fe' as raw", ['raw']],
  ['a moment in another time zone', 'sold_at + interval 2 hour as sold_at', ['sold_at']],
  ['the word NULL instead of text', "'NULL' as name", ['name']],
  ['the value of another row', "'name 1' as name", ['name']],
  ['a zero lost behind the point', "'27.1' as exact", ['exact']],
  ['two digits the other way round', "toDecimal64('13.52', 2) as price", ['price']],
  ['an element more', "arrayPushBack(tags, 'c') as tags", ['tags']],
  ['a number of JSON as text', `'{"n": "34"}' as data`, ['data']],
  ['a byte lost at the end', "'\\\\x00' as raw", ['raw']],
  ['a day taken for a month', "toDate32('2026-06-02') as born", ['born']],
  ['NULL in every column', 'null as name, null as price, null as weight', ['name', 'price', 'weight']],
];

test('finds every wrong value, names its columns, and repairs it', async () => {
  await expectEqual();
  for (const [i, [, values]] of VALUES.entries()) await spoil(i + 10, values);
  const hidden = await verify('goods', { showValues: false });
  expect(hidden).toMatchObject({ outcome: 'differs', differing: VALUES.length, code: 'MR-VERIFY-001', undecided: 0 });
  const named = new Map(hidden.examples.map(({ key, kind, columns }) => [Number(key.id), { kind, columns }]));
  for (const [i, [name, , columns]] of VALUES.entries()) {
    expect(named.get(i + 10), name).toEqual({ kind: 'changed', columns: columns.map((column) => ({ column })) });
  }
  const { examples } = await verify('goods');
  expect(examples.find(({ key }) => key.id === '14')?.columns).toEqual([
    { column: 'name', expected: 'name 14', found: '' },
  ]);
  expect(examples.find(({ key }) => key.id === '13')?.columns).toEqual([{ column: 'kind', expected: '', found: null }]);
  expect(await verify('goods', { repair: true })).toMatchObject({ outcome: 'repaired', repaired: VALUES.length });
  await expectEqual();
});

test('finds rows that are missing, extra, risen from the dead, and all of a table', async () => {
  const { client } = replicated;
  await spoil(5, '', '+ 1', '1');
  await spoil(6, '9000 as id');
  await client.command({
    query: `
      insert into raw.d__goods
      select * replace (55 as id, (select max(_version) + 1 from raw.d__goods where id = 55) as _version)
      from (select * from raw.d__goods final where id = 50)`,
  });
  await client.command({ query: 'alter table raw.d__goods delete where id = 7 settings mutations_sync = 1' });
  const kinds = async () =>
    Object.fromEntries((await verify('goods')).examples.map(({ key, kind }) => [key.id as string, kind]));
  expect(await kinds()).toEqual({ '5': 'missing', '9000': 'extra', '7': 'missing', '55': 'extra' });
  expect(await verify('goods', { repair: true })).toMatchObject({ outcome: 'repaired', repaired: 4 });
  await client.command({ query: 'truncate table raw.d__goods' });
  expect(await verify('goods', { repair: true, showValues: false })).toMatchObject({
    repaired: 50,
    found: 0,
    rows: 50,
  });
});

test('finds a row that won with a wrong version, and one that would win against what is to come', async () => {
  const { client, database } = replicated;
  // The older state of the row, in a higher version.
  await client.command({
    query:
      "insert into raw.d__goods select * replace ('old' as kind, _version + 5 as _version) from (select * from raw.d__goods final where id = 3)",
  });
  await spoil(4, '', `+ toUInt128('${1n << 80n}')`);
  await spoil(8, '', `+ toUInt128('${EPOCH}')`);
  await spoil(9, '', `+ toUInt128('${EPOCH}')`, '1');
  const found = await verify('goods');
  expect(Object.fromEntries(found.examples.map(({ key, kind }) => [key.id, kind]))).toEqual({
    '3': 'changed',
    '4': 'ahead',
    '8': 'ahead',
    '9': 'ahead',
  });
  expect(await verify('goods', { repair: true })).toMatchObject({ outcome: 'repaired', repaired: 4 });
  await database.query("update goods set name = 'newer' where id in (4, 8, 9)");
  await replicated.caughtUp();
  expect(await queryText(client, "select count() from raw.d__goods final where name = 'newer'")).toBe('3\n');
  // Another row in the same version, as a writer that went wrong would leave it.
  await spoil(10, "'twin' as name", '+ 0');
  expect(await verify('goods', { repair: true })).toMatchObject({ outcome: 'repaired', repaired: 1 });
});

test('reports nothing while everything changes', async () => {
  const { database } = replicated;
  const working = new AbortController();
  const busy = (async () => {
    for (let n = 0; !working.signal.aborted; n++) {
      const id = 1 + (n % 45);
      await database.query('update goods set price = $1, name = $2 where id = $3', [n % 1000, `name ${n}`, id]);
      await database.query('delete from goods where id = $1', [1 + ((n * 7) % 45)]);
      await database.query("insert into goods (id, name, kind) values ($1, 'again', '') on conflict do nothing", [
        1 + ((n * 7) % 45),
      ]);
      await database.query('update parts set id = 1000 + $1 where id = (select max(id) from parts)', [n]);
      await database.query("insert into events values ('event ' || $1::int % 10, 1)", [n]);
      if (n % 50 === 49) await database.query('truncate events');
    }
  })();
  for (let run = 0; run < 2; run++) {
    for (const table of ['goods', 'parts', 'events']) {
      const { outcome, differing, examples } = await verify(table);
      expect({ differing, examples }, table).toEqual({ differing: 0, examples: [] });
      expect(['equal', 'undecided'], table).toContain(outcome);
    }
  }
  working.abort();
  await busy;
  await database.query(`
    truncate events; insert into events select 'event ' || n % 10, n % 5 from generate_series(1, 100) n`);
  await replicated.caughtUp();
  await expectEqual();
});

test('compares and repairs by keys of several columns, of texts and moments', async () => {
  const { client } = replicated;
  await client.command({
    query:
      'insert into raw.d__parts select * replace (amount + 1 as amount, _version + 1 as _version) from (select * from raw.d__parts final where id = 7)',
  });
  await client.command({
    query:
      'insert into raw.d__parts select * replace (at + interval 1 microsecond as at) from (select * from raw.d__parts final where id = 8)',
  });
  const found = await verify('parts');
  expect(found.examples.map(({ kind }) => kind).sort()).toEqual(['changed', 'extra']);
  expect(found.examples.find(({ kind }) => kind === 'changed')?.key).toEqual({
    part: 'p "7"\t\\',
    at: '2026-02-01 00:00:00.000007',
    id: '7',
  });
  expect(await verify('parts', { repair: true })).toMatchObject({ outcome: 'repaired', repaired: 2 });
});

test('finds rows without a key that are doubled, missing or changed, by how often they are there', async () => {
  const { client } = replicated;
  const insert = (values: string, where: string): Promise<unknown> =>
    client.command({
      query: `insert into raw.d__events select * replace (${values}) from (select * from raw.d__events final where ${where} limit 1)`,
    });
  await insert("concat(_row, 'x') as _row", "what = 'event 1'");
  expect(await verify('events')).toMatchObject({ outcome: 'differs', differing: 1, examples: [{ kind: 'doubled' }] });
  await insert('_version + 1 as _version, 1 as _deleted', "what = 'event 2'");
  await insert("_version + 1 as _version, 'event 33' as what", "what = 'event 3'");
  const found = await verify('events');
  expect(found).toMatchObject({ outcome: 'differs', differing: 4 });
  expect(found.examples.map(({ kind }) => kind).sort()).toEqual(['doubled', 'extra', 'missing', 'missing']);
  await client.command({ query: 'alter table raw.d__events delete where 1 settings mutations_sync = 1' });
  expect((await verify('events')).differing).toBe(100);
  await replicated.end();
  await client.command({ query: 'drop table raw.d__events sync' });
  await client.command({
    query: "alter table millrace.replicas delete where replica = 'd__events' settings mutations_sync = 1",
  });
  expect(await verify('events')).toMatchObject({ outcome: 'skipped', code: 'MR-VERIFY-004' });
});
