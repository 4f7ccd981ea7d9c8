import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { openReplicated, type Replicated } from './replicated.ts';

let replicated: Replicated;
const BIG = 'b'.repeat(6000);
const BIGGER = 'c'.repeat(7000);

beforeAll(async () => {
  replicated = await openReplicated({
    name: 'r',
    schemas: ['public'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 2,
  });
  const { database } = replicated;
  await database.query(`
    create table t (id int primary key, at timestamptz, big text, amounts numeric(10, 2)[], n int);
    alter table t alter big set storage external, alter amounts set storage external;
    create table by_day (day date primary key, big text, n int);
    alter table by_day alter big set storage external;
    insert into t values (1, '2024-01-01', '${BIG}', null, 0), (2, 'infinity', '${BIG}', '{1.5}', 0);
    insert into by_day values ('infinity', '${BIG}', 0), ('2024-01-01', '${BIG}', 0)`);
  replicated.start();
  await replicated.caughtUp();
});
afterAll(() => replicated?.stop());

/** Runs statements, one transaction each; then current rows and what is rejected now. */
async function after(...statements: string[]): Promise<{ rows: string; rejected: Rejected[] }> {
  for (const statement of statements) await replicated.database.query(statement);
  await replicated.caughtUp();
  const { client } = replicated;
  const rows = await queryText(
    client,
    `select id, at, substring(big, 1, 1), length(big), length(amounts), n from raw.r__t final order by id`,
  );
  const result = await client.query({
    query:
      'select replica, key, code, column, lsn, remedy, row, taken from millrace.rejected final order by replica, key',
    format: 'JSONEachRow',
  });
  return { rows, rejected: await result.json<Rejected>() };
}

interface Rejected {
  readonly replica: string;
  readonly key: string;
  readonly code: string;
  readonly column: string;
  readonly lsn: string;
  readonly remedy: string;
  readonly row: string;
  readonly taken: readonly string[];
}

const ofTable = (rejected: readonly Rejected[], table: string): Rejected[] =>
  rejected.filter(({ replica }) => replica === `r__${table}`);
const valuesOf = (rejected: Rejected | undefined): unknown => JSON.parse(rejected?.row ?? 'null');
const AT = '2024-01-01 00:00:00.000000';

test('a row that was rejected with the snapshot is held once it is corrected, with what the update left out', async () => {
  const before = await after();
  expect(before.rows).toBe(`1\t${AT}\tb\t6000\t0\t0\n`);
  const [rejected] = ofTable(before.rejected, 't');
  expect(rejected).toMatchObject({ key: '2', code: 'MR-LOAD-001', column: 'at', taken: [] });
  expect(rejected?.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(rejected?.remedy).toContain('correct the value');
  expect(valuesOf(rejected)).toEqual({ id: '2', at: 'infinity', big: BIG, amounts: '{1.50}', n: '0' });

  const corrected = await after("update t set at = '2024-01-01' where id = 2");
  expect(corrected.rows).toBe(`1\t${AT}\tb\t6000\t0\t0\n2\t${AT}\tb\t6000\t1\t0\n`);
  expect(ofTable(corrected.rejected, 't')).toEqual([]);
});

test('a refused update takes its row out; later ones are kept in full; the corrected row has all its values', async () => {
  const refused = await after("update t set at = '-infinity' where id = 1", 'update t set n = 1 where id = 1');
  expect(refused.rows).toBe(`2\t${AT}\tb\t6000\t1\t0\n`);
  const [rejected] = ofTable(refused.rejected, 't');
  expect(valuesOf(rejected)).toEqual({ id: '1', at: '-infinity', big: BIG, amounts: null, n: '1' });

  // The large value changes while the row is rejected, and is left alone by the correction.
  const corrected = await after(
    `update t set big = '${BIGGER}' where id = 1`,
    'update t set n = 2 where id = 1',
    'update t set at = null where id = 1',
  );
  expect(corrected.rows).toBe(`1\t\\N\tc\t7000\t0\t2\n2\t${AT}\tb\t6000\t1\t0\n`);
  expect(ofTable(corrected.rejected, 't')).toEqual([]);
});

test('all of it in one transaction', async () => {
  const { rows, rejected } = await after(`
    begin;
    update t set at = 'infinity' where id = 1;
    update t set big = '${BIG}' where id = 1;
    update t set n = 3 where id = 1;
    update t set at = '2024-01-01' where id = 1;
    insert into t values (5, 'infinity', '${BIG}', null, 0);
    delete from t where id = 5;
    commit`);
  expect(rows).toBe(`1\t${AT}\tb\t6000\t0\t3\n2\t${AT}\tb\t6000\t1\t0\n`);
  expect(ofTable(rejected, 't')).toEqual([]);
});

test('a large value that cannot be held rejects its row for as long as updates leave it alone', async () => {
  const large = `(select array_agg(case when i = 1 then 'NaN'::numeric else i end)::numeric(10, 2)[] from generate_series(1, 3000) i)`;
  const refused = await after(`update t set amounts = ${large} where id = 2`, 'update t set n = 1 where id = 2');
  expect(refused.rows).toBe(`1\t${AT}\tb\t6000\t0\t3\n`);
  const [rejected] = ofTable(refused.rejected, 't');
  expect(rejected).toMatchObject({ key: '2', code: 'MR-LOAD-016', column: 'amounts' });
  expect(valuesOf(rejected)).toMatchObject({
    id: '2',
    big: BIG,
    n: '1',
    amounts: expect.stringMatching(/^\{NaN,2.00,/) as string,
  });

  const corrected = await after("update t set amounts = '{}' where id = 2");
  expect(corrected.rows).toBe(`1\t${AT}\tb\t6000\t0\t3\n2\t${AT}\tb\t6000\t0\t1\n`);
  expect(ofTable(corrected.rejected, 't')).toEqual([]);
});

test('a row that is removed or truncated away is rejected no longer', async () => {
  const rejected = await after("insert into t select i, 'infinity', null, null, 0 from generate_series(10, 12) i");
  expect(ofTable(rejected.rejected, 't').length).toBe(3);
  const removed = await after('delete from t where id = 10', 'update t set id = 20, at = null where id = 11');
  expect(ofTable(removed.rejected, 't').map(({ key }) => key)).toEqual(['12']);
  expect(removed.rows).toContain('20\t\\N');
  const truncated = await after('truncate t', "insert into t values (12, '2024-01-01', null, null, 7)");
  expect(truncated.rejected.filter(({ replica }) => replica === 'r__t')).toEqual([]);
  expect(truncated.rows).toBe(`12\t${AT}\t\\N\t\\N\t0\t7\n`);
});

test('a key that cannot be held: its row comes and goes, is moved from it and to it', async () => {
  const rows = () =>
    queryText(
      replicated.client,
      'select day, substring(big, 1, 1), length(big), n from raw.r__by_day final order by day',
    );
  const keys = ({ rejected }: { rejected: Rejected[] }) =>
    ofTable(rejected, 'by_day').map(({ key, row }) => [key, JSON.parse(row).n]);
  expect(keys(await after())).toEqual([['infinity', '0']]);
  expect(await rows()).toBe('2024-01-01\tb\t6000\t0\n');

  expect(keys(await after("update by_day set n = 1 where day = 'infinity'"))).toEqual([['infinity', '1']]);
  expect(keys(await after("update by_day set day = '2024-06-01' where day = 'infinity'"))).toEqual([]);
  expect(await rows()).toBe('2024-01-01\tb\t6000\t0\n2024-06-01\tb\t6000\t1\n');

  expect(keys(await after("update by_day set day = '-infinity' where day = '2024-01-01'"))).toEqual([
    ['-infinity', '0'],
  ]);
  expect(await rows()).toBe('2024-06-01\tb\t6000\t1\n');
  expect(keys(await after('update by_day set n = 5'))).toEqual([['-infinity', '5']]);
  expect(keys(await after("delete from by_day where day = '-infinity'"))).toEqual([]);
});

test('what is rejected is known after a restart, and the correction then found', async () => {
  const refused = await after(`insert into t values (30, 'infinity', '${BIG}', '{2.5}', 0)`);
  expect(ofTable(refused.rejected, 't').map(({ key }) => key)).toEqual(['30']);
  await replicated.end();
  await replicated.database.query("update t set at = '2024-01-01' where id = 30");
  replicated.start();
  const corrected = await after();
  expect(corrected.rows).toContain(`30\t${AT}\tb\t6000\t1\t0\n`);
  expect(ofTable(corrected.rejected, 't')).toEqual([]);
});

test('a type that is asked for later builds the table anew by itself, and what was rejected is held', async () => {
  const refused = await after("insert into by_day values ('infinity', null, 9)", 'update t set n = 9 where id = 30');
  expect(ofTable(refused.rejected, 'by_day').length).toBe(1);
  await replicated.end();
  replicated.start({ types: { 'by_day.day': 'String' } });
  // The table learns of it with its first row.
  await replicated.database.query("insert into by_day values ('0044-03-15 BC', null, 10)");
  await expect
    .poll(
      async () => {
        await replicated.caughtUp();
        return queryText(replicated.client, 'select day, n from raw.r__by_day final order by n');
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBe('2024-06-01\t5\ninfinity\t9\n0044-03-15 BC\t10\n');
  await expect
    .poll(async () => ofTable((await after()).rejected, 'by_day'), { timeout: 10_000, interval: 50 })
    .toEqual([]);
});
