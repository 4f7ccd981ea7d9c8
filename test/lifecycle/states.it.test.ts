import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { type ReplicatedDatabase, replicateDatabase } from './replicated-database.ts';

let postgres: TestPostgres;
let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  [postgres, warehouse] = await Promise.all([startTestPostgres(), startTemporaryWarehouse()]);
});
afterAll(async () => {
  await Promise.all([postgres.stop(), warehouse.stop()]);
});

async function open(name: string): Promise<ReplicatedDatabase> {
  const setup = `
    create table t (id int primary key, n int, note varchar(10));
    create table u (id int primary key, v text);
    insert into t select n, n, 'x' from generate_series(1, 100) n;
    insert into u select n, 'v' from generate_series(1, 100) n;
    create publication ${name}_publication for all tables`;
  const database = await replicateDatabase({ name, setup, postgres, warehouse });
  database.start();
  await database.settle();
  return database;
}

const count = (database: ReplicatedDatabase, table: string) =>
  database.warehouse(`select count() from raw.${database.name}__${table} final`);

/** Position that the slot gave free. */
async function confirmed(database: ReplicatedDatabase): Promise<bigint> {
  const { rows } = await database.client.query<{ lsn: string }>(
    "select confirmed_flush_lsn - '0/0' as lsn from pg_replication_slots where slot_name = $1",
    [`millrace_${database.name}`],
  );
  return BigInt(rows[0]?.lsn ?? 0);
}

async function releasesItsWal(database: ReplicatedDatabase): Promise<void> {
  const { rows } = await database.client.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
  await database.client.query("select pg_logical_emit_message(false, 'test', '')");
  await until('the slot to move on', async () => (await confirmed(database)) >= BigInt(rows[0]?.lsn ?? 0));
}

test('a paused table is passed over, holds no WAL, and is the same as the source after it was resumed', async () => {
  const database = await open('paused');
  await database.capture().pause('public.t');
  expect(database.phaseOf('public.t')).toBe('paused');
  await database.client.query(
    'insert into t values (1000, 1, null); insert into u values (1000, null); delete from t where id < 5',
  );
  await database.settle();
  expect(await count(database, 't')).toBe('100\n');
  expect(await count(database, 'u')).toBe('101\n');
  await releasesItsWal(database);
  // It stays so in another process.
  await database.stop();
  database.start();
  await database.client.query('insert into t values (1001, 1, null); insert into u values (1001, null)');
  await database.settle();
  expect(await count(database, 't')).toBe('100\n');
  expect(await count(database, 'u')).toBe('102\n');
  await database.capture().resume('public.t');
  await database.client.query('update t set n = n + 1 where id = 1001');
  await database.untilPhase('public.t', 'streaming');
  expect(await database.differences()).toEqual([]);
  await database.client.query('update t set n = n + 1 where id = 1001');
  expect(await database.differences()).toEqual([]);
  await database.stop();
});

test('a table that the warehouse refuses is quarantined, the others go on, and a resync brings it back', async () => {
  const database = await open('refused');
  // Whatever the reason: inserts into this replica fail for good.
  await warehouse.client.command({ query: 'alter table raw.refused__t add constraint no_more check n < 1000' });
  await database.client.query('insert into t values (1000, 5000, null); insert into u values (1000, null)');
  await database.untilPhase('public.t', 'quarantined');
  const state = database
    .capture()
    .progress()
    .tables.find(({ name }) => name === 'public.t');
  expect(state).toMatchObject({ code: 'MR-LOAD-007', detail: expect.stringContaining('VIOLATED_CONSTRAINT') });
  await database.client.query('insert into u values (1001, null)');
  await database.settle();
  expect(await count(database, 'u')).toBe('102\n');
  await releasesItsWal(database);
  expect(database.capture().progress().lastError).toBeNull();
  // Also after a restart: nothing tries it again by itself.
  await database.stop();
  database.start();
  await database.client.query('insert into t values (1002, 1, null)');
  await database.settle();
  expect(database.phaseOf('public.t')).toBe('quarantined');
  await database.capture().resync('public.t');
  await database.untilPhase('public.t', 'streaming');
  expect(await database.differences()).toEqual([]);
  await database.stop();
});

test('a table that cannot be prepared is quarantined before its first row, and the others go on', async () => {
  const database = await open('unprepared');
  await database.client.query('create table w (id int primary key, _version int); insert into w values (1, 1)');
  await database.untilPhase('public.w', 'quarantined');
  expect(
    database
      .capture()
      .progress()
      .tables.find(({ name }) => name === 'public.w')?.code,
  ).toBe('MR-LOAD-015');
  await database.client.query('insert into w values (2, 2); insert into u values (1000, null)');
  await database.settle();
  expect(await count(database, 'u')).toBe('101\n');
  await database.client.query('alter table w rename column _version to version');
  await database.capture().resync('public.w');
  await database.untilPhase('public.w', 'streaming');
  expect(await database.differences()).toEqual([]);
  await database.stop();
});

test('a table whose type changed is built anew by itself; until then its old rows are readable', async () => {
  const database = await open('retyped');
  await database.client.query(
    "alter table t alter n type numeric(12, 2) using n * 1.5; insert into t values (1000, 7.25, 'new')",
  );
  await until('the table to be built anew', () => database.phaseOf('public.t') === 'resyncing');
  expect(Number(await count(database, 't'))).toBeGreaterThan(0);
  expect(await database.differences()).toEqual([]);
  expect(
    await database.warehouse(
      "select type from system.columns where database = 'raw' and table = 'retyped__t' and name = 'n'",
    ),
  ).toBe('Nullable(Decimal(12, 2))\n');
  await database.stop();
});

test('a table that is made anew, or comes back to the publication, is built anew by itself', async () => {
  const database = await open('anew');
  await database.client.query(
    'drop table t; create table t (id bigint primary key, other text); insert into t values (7, null)',
  );
  await until('the new table', async () => {
    const { rows } = await database.client.query('select 1');
    return (
      rows.length === 1 &&
      (await database.warehouse(
        "select count() from system.columns where database = 'raw' and table = 'anew__t' and name = 'other'",
      )) === '1\n'
    );
  });
  expect(await database.differences()).toEqual([]);
  await database.stop();
});

test('an unknown table is refused', async () => {
  const database = await open('unknown');
  await expect(database.capture().pause('public.nothing')).rejects.toMatchObject({ code: 'INGEST_TABLE_UNKNOWN' });
  await database.stop();
});

test('a table that nobody published is named with the SQL for it, and taken in once it is published', async () => {
  const setup = `
    create table t (id int primary key);
    create table late (id int primary key, v text);
    create table parted (id int primary key) partition by range (id);
    create table parted_1 partition of parted for values from (0) to (1000);
    insert into late select n, 'v' from generate_series(1, 300) n;
    create publication late_publication for table t`;
  const database = await replicateDatabase({ name: 'late', setup, postgres, warehouse, timing: { chunkBlocks: 1 } });
  database.start();
  await database.settle();
  const late = () =>
    database
      .capture()
      .progress()
      .tables.find(({ name }) => name === 'public.late');
  await expect.poll(late, { timeout: 20_000 }).toMatchObject({ phase: 'excluded', code: 'INGEST_TABLE_NOT_PUBLISHED' });
  const names = database
    .capture()
    .progress()
    .tables.map(({ name }) => name);
  expect(names).toEqual(['public.late', 'public.parted', 'public.t']);
  const sql = late()?.remedy?.split(';')[0] as string;
  await database.client.query(sql);
  await database.client.query("update late set v = 'w' where id < 100; delete from late where id > 250");
  await database.untilPhase('public.late', 'streaming');
  expect(await database.differences()).toEqual([]);
  await database.stop();
});
