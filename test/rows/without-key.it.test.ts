import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../demo/random.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage(['max_prepared_transactions=5']);
});
afterAll(() => stage?.stop());

/** One table for each replica identity that a table without a key can have, with equal rows and rows of nothing. */
const TABLES = `
  create table by_default (n int, v text, tags text[]);
  create table by_nothing (n int, v text); alter table by_nothing replica identity nothing;
  create table by_full (n int, v text); alter table by_full replica identity full;
  create table parts (n int, v text) partition by list (n);
  create table parts_odd partition of parts for values in (1, 3, 5);
  create table parts_rest (v text, n int);
  alter table parts attach partition parts_rest default;
  create table empty_columns ();
  create table named (_row text, _row_ int);
  create table keyed (id int primary key, v text);`;
const NAMES = ['by_default', 'by_nothing', 'by_full', 'parts', 'named'];
const FILL = `
  insert into by_default select i % 7, repeat('x', i % 3), array['a', null] from generate_series(1, 400) i;
  insert into by_nothing select i % 7, case when i % 3 > 0 then 'é\t\\' end from generate_series(1, 400) i;
  insert into by_full select i % 7, repeat('toast', 2000) from generate_series(1, 40) i;
  insert into parts select i % 7, 'v' from generate_series(1, 400) i;
  insert into empty_columns select from generate_series(1, 3);
  insert into named select 'r', i % 2 from generate_series(1, 10) i;
  insert into keyed select i, 'v' from generate_series(1, 10) i;`;
const VIA_ROOT = 'for all tables with (publish_via_partition_root = true)';

function phaseOf(scene: ReplicationScene, table: string) {
  const found = scene
    .capture()
    .progress()
    .tables.find(({ name }) => name === `public.${table}`);
  return found === undefined ? null : { phase: found.phase, code: found.code, detail: found.detail };
}

/** Builds tables anew, and waits for it. */
async function resync(scene: ReplicationScene, tables: readonly string[], meanwhile = 'select 1'): Promise<void> {
  for (const table of tables) await scene.capture().resync(`public.${table}`);
  await scene.client.query(meanwhile);
  await allStream(scene, tables);
}

async function allStream(scene: ReplicationScene, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await expect.poll(() => phaseOf(scene, table), { timeout: 60_000 }).toMatchObject({ phase: 'streaming' });
  }
}

/** Rows as a count: the one without columns has nothing else. */
async function countOf(scene: ReplicationScene, table: string): Promise<number> {
  return Number(await scene.warehouse(`select count() from raw.${scene.name}__${table} final`));
}

test('has each row as often as the source: copied, streamed, truncated, started anew, built anew', async () => {
  const scene = await stage.scene('multiset', TABLES + FILL, { publication: VIA_ROOT });
  await scene.start();
  expect(await scene.differences(['empty_columns']), 'copied').toEqual([]);
  expect(await countOf(scene, 'empty_columns')).toBe(3);
  await scene.client.query(FILL.replace(/insert into keyed.*/, ''));
  await scene.client.query(`begin; savepoint a; insert into by_default values (1); rollback to a;
    insert into by_default values (2), (2); commit; insert into parts values (1, 'v'), (2, 'v'), (1, 'v')`);
  expect(await scene.differences(['empty_columns']), 'streamed').toEqual([]);
  expect(await countOf(scene, 'empty_columns')).toBe(6);
  await scene.stop();
  await scene.client.query(`insert into by_nothing values (1, 'while stopped'), (1, 'while stopped')`);
  await scene.start();
  await scene.client.query(`begin; insert into by_full values (1, 'gone'); truncate by_full, parts; insert into parts values (3, 'w');
    insert into by_full values (1, 'kept'), (1, 'kept'); commit`);
  // One whose partitions have new storage is built anew.
  await expect.poll(() => scene.differences(['empty_columns']), { timeout: 60_000, message: 'truncated' }).toEqual([]);
  await allStream(scene, NAMES);
  await resync(scene, NAMES, 'insert into by_default select 3 from generate_series(1, 50)');
  expect(await scene.differences(['empty_columns']), 'built anew').toEqual([]);
  await scene.client.query('insert into by_default select 3 from generate_series(1, 50)');
  await scene.client.query('vacuum full by_default');
  expect(await scene.differences(['empty_columns']), 'rewritten').toEqual([]);
});

test(`loses and doubles none while transactions of every kind run through its copy (seed ${SEED})`, async () => {
  const scene = await stage.scene('running', TABLES + FILL, {
    publication: VIA_ROOT,
    timing: { chunkBlocks: 4 },
  });
  await scene.client.query('insert into by_default select i, repeat(i::text, 100) from generate_series(1, 1200) i');
  const tables = ['by_default', 'by_nothing', 'by_full', 'parts'];
  const random = new Random(SEED, 'rounds');
  for (let round = 0; round < 3; round++) {
    const stopping = new AbortController();
    const writers = Array.from({ length: 4 }, (_, n) =>
      writeUntil(stopping.signal, scene, tables, new Random(SEED, `writer ${round} ${n}`)),
    );
    await scene.start();
    if (round > 0) {
      await expect.poll(() => phaseOf(scene, 'parts')?.phase, { timeout: 60_000 }).toBe('streaming');
      for (const table of tables) await scene.capture().resync(`public.${table}`);
    }
    // The copy goes on where it was after each stop, and ends while all of them write.
    for (let stops = random.between(0, 2); stops > 0; stops--) {
      await sleep(random.between(50, 600));
      await scene.stop();
      await scene.start();
    }
    await allStream(scene, tables);
    stopping.abort();
    await Promise.all(writers);
    expect(await scene.differences(['empty_columns']), `round ${round}`).toEqual([]);
    await scene.stop();
  }
});

/** Transactions with savepoints, rolled back and prepared ones, until the signal aborts. */
async function writeUntil(
  signal: AbortSignal,
  scene: ReplicationScene,
  tables: readonly string[],
  random: Random,
): Promise<void> {
  const client = await scene.connect();
  const name = `w${random.between(0, 1_000_000_000)}`;
  const insert = (): string =>
    `insert into ${tables[random.between(0, 3)]} select ${random.between(0, 6)}, 'w' from generate_series(1, ${random.between(1, 4)});`;
  while (!signal.aborted) {
    const first = random.between(0, 1) === 0 ? insert() : '';
    const end = random.between(0, 2) === 0 ? 'rollback to s;' : 'release s;';
    await client.query(`begin; ${first} savepoint s; ${insert()} ${end} ${insert()}`);
    await sleep(random.between(0, 15));
    const how = random.between(0, 4);
    if (how === 0) await client.query('rollback');
    else if (how > 1) await client.query('commit');
    else {
      await client.query(`prepare transaction '${name}'`);
      await sleep(random.between(0, 15));
      await client.query(`${random.between(0, 1) === 0 ? 'commit' : 'rollback'} prepared '${name}'`);
    }
  }
  await client.end();
}

test('an update or a delete quarantines its table alone, which comes back with a key', async () => {
  const scene = await stage.scene('changed', TABLES + FILL, { publication: VIA_ROOT });
  await scene.start();
  expect(await scene.differences(['empty_columns'])).toEqual([]);
  // Postgres itself refuses what has no identity.
  await expect(scene.client.query('delete from by_default')).rejects.toMatchObject({ code: '55000' });
  await expect(scene.client.query('update by_nothing set n = 1')).rejects.toMatchObject({ code: '55000' });
  await scene.client.query(`begin; insert into by_full values (1, 'before'); update keyed set v = 'a' where id = 1;
    delete from by_full where n = 2; update keyed set v = 'b' where id = 2; insert into by_full values (1, 'after'); commit`);
  expect(await scene.differences(['empty_columns', 'by_full'])).toEqual([]);
  const quarantined = { phase: 'quarantined', code: 'INGEST_TABLE_WITHOUT_KEY' };
  expect(phaseOf(scene, 'by_full')).toMatchObject(quarantined);
  const slot = async (): Promise<bigint> => {
    const { rows } = await scene.client.query<{ lsn: string }>(
      `select confirmed_flush_lsn - '0/0' as lsn from pg_replication_slots where slot_name = 'millrace_changed'`,
    );
    return BigInt(rows[0]?.lsn ?? 0);
  };
  const before = await slot();
  await scene.client.query(`insert into by_full select 1, repeat('x', 500) from generate_series(1, 1000)`);
  await expect.poll(slot, { timeout: 60_000 }).toBeGreaterThan(before + 500_000n);
  await scene.stop();
  await scene.start();
  expect(await scene.differences(['empty_columns', 'by_full'])).toEqual([]);
  expect(phaseOf(scene, 'by_full')).toMatchObject(quarantined);
  // A resync takes what is there, until the next such change.
  await resync(scene, ['by_full']);
  expect(await scene.differences(['empty_columns']), 'resynced').toEqual([]);
  await scene.client.query(`update by_full set v = 'changed' where n = 3`);
  await expect.poll(() => phaseOf(scene, 'by_full'), { timeout: 60_000 }).toMatchObject(quarantined);
  await scene.client.query(`alter table by_full add id serial primary key; update by_full set v = 'keyed' where n = 4`);
  await resync(scene, ['by_full']);
  expect(await scene.differences(['empty_columns']), 'with a key').toEqual([]);
  await scene.client.query(`update by_full set v = 'again' where n = 5; delete from by_full where n = 1`);
  expect(await scene.differences(['empty_columns']), 'changed').toEqual([]);
  await scene.client.query(`alter table by_full drop id; insert into by_full values (9, 'no key'), (9, 'no key')`);
  await expect.poll(() => scene.differences(['empty_columns']), { timeout: 60_000 }).toEqual([]);
  await expect.poll(() => phaseOf(scene, 'by_full')?.phase, { timeout: 60_000 }).toBe('streaming');
});

test('a publication without updates and deletes: what is inserted comes, what changes does not', async () => {
  const scene = await stage.scene('insert_only', TABLES + FILL, {
    publication: `for all tables with (publish = 'insert, truncate', publish_via_partition_root = true)`,
  });
  await scene.start();
  expect(await scene.differences(['empty_columns'])).toEqual([]);
  await scene.client.query(`update by_default set v = 'unseen' where n = 1; delete from by_full where n = 2;
    insert into by_default values (100, 'seen'), (100, 'seen'); insert into by_full values (100, 'seen')`);
  await scene.settle();
  expect(await countOf(scene, 'by_default')).toBe(402);
  expect(await countOf(scene, 'by_full')).toBe(41);
  expect(phaseOf(scene, 'by_full')?.phase).toBe('streaming');
});

test('a source without room for a second slot copies the others', async () => {
  const scene = await stage.scene('no_room', 'create table keyed (id int primary key); insert into keyed values (1)');
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  const { rows } = await scene.client.query<{ free: number }>(
    `select current_setting('max_replication_slots')::int - count(*)::int as free from pg_replication_slots`,
  );
  const free = rows[0]?.free ?? 0;
  const taken = `from generate_series(1, ${free}) i`;
  await scene.client.query(`select pg_create_logical_replication_slot('taken_' || i, 'pgoutput') ${taken}`);
  try {
    await scene.client.query('create table loose (n int); create table other (id int primary key)');
    await scene.client.query('insert into loose values (1), (1); insert into other values (1)');
    await expect.poll(() => phaseOf(scene, 'other')?.phase, { timeout: 60_000 }).toBe('streaming');
    expect(phaseOf(scene, 'loose')).toMatchObject({ phase: 'quarantined', code: 'INGEST_TABLE_POSITION_REFUSED' });
  } finally {
    await scene.client.query(`select pg_drop_replication_slot('taken_' || i) ${taken}`);
  }
  await resync(scene, ['loose']);
  expect(await scene.differences()).toEqual([]);
});
