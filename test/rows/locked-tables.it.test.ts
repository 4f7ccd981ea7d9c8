import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../ingest/testing/scene.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage.stop());

const lockers: pg.Client[] = [];
afterEach(() => Promise.all(lockers.splice(0).map((locker) => locker.query('rollback'))));

/** Far below the time for which the lock is held, which is as long as the test wants. */
const PROMPT_MS = 8_000;

async function lock(scene: ReplicationScene, tables: string): Promise<pg.Client> {
  const locker = await scene.connect();
  lockers.push(locker);
  await locker.query(`begin; lock table ${tables} in access exclusive mode`);
  return locker;
}

const untilRow = (scene: ReplicationScene, table: string, id: number): Promise<void> =>
  until(
    `row ${id} of ${table}`,
    async () =>
      (await scene.warehouse(`select count() from raw.${scene.name}__${table} final where id = ${id}`)) === '1\n',
    PROMPT_MS,
  );

const phaseOf = (scene: ReplicationScene, table: string) =>
  scene
    .capture()
    .progress()
    .tables.find(({ name }) => name === `public.${table}`);

test('streams other tables while one is locked, also after a start, and then goes on with that one', async () => {
  const scene = await stage.scene(
    'locked',
    `create table a (id int primary key, v text);
     create table b (id int primary key);
     create table filtered (id int primary key, v int);
     create table parts (id int primary key) partition by range (id);
     create table parts_1 partition of parts for values from (0) to (100);
     insert into a values (1, 'one'); insert into b values (1); insert into parts values (1); insert into filtered values (1, 1)`,
    {
      publication: 'for table a, b, parts, filtered where (v > 0) with (publish_via_partition_root)',
    },
  );
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  const locker = await lock(scene, 'a, parts, filtered');
  await locker.query(
    `insert into a values (2, 'two'); insert into parts values (2); insert into filtered values (2, 2)`,
  );
  await scene.client.query('insert into b values (2)');
  await untilRow(scene, 'b', 2);
  // What is looked at with each relation message, and with each look at the publication.
  await scene.client.query('alter table b add column v text; insert into b values (3)');
  await untilRow(scene, 'b', 3);
  await scene.stop();
  await scene.client.query('insert into b values (4)');
  await scene.start();
  await untilRow(scene, 'b', 4);
  await scene.client.query('insert into b values (5)');
  await untilRow(scene, 'b', 5);
  await locker.query('commit');
  expect(await scene.differences()).toEqual([]);
  expect(scene.capture().progress().reconnects).toBe(0);
});

test('copies other tables while one is locked in the middle of its copy, and says so', async () => {
  const scene = await stage.scene(
    'copied',
    `create table a (id int primary key, v text);
     create table z (id int primary key, v text);
     alter table a alter v set storage plain; alter table z alter v set storage plain;
     insert into a select i, repeat('a', 1000) from generate_series(1, 6000) i;
     insert into z select i, repeat('z', 1000) from generate_series(1, 6000) i`,
    { timing: { chunkBlocks: 8 }, source: { snapshotConnections: 2 } },
  );
  await scene.start();
  await until('the copy to begin', () => (phaseOf(scene, 'a')?.snapshotRows ?? 0) > 0);
  const locker = await lock(scene, 'a');
  await until('z to be copied', () => phaseOf(scene, 'z')?.snapshotDone === 1, PROMPT_MS);
  await until('the lock to be told', () => phaseOf(scene, 'a')?.code === 'INGEST_TABLE_LOCKED', PROMPT_MS);
  await scene.client.query(`insert into z values (100000, 'streamed')`);
  await untilRow(scene, 'z', 100000);
  await locker.query('rollback');
  expect(await scene.differences()).toEqual([]);
  expect(phaseOf(scene, 'a')).toMatchObject({ phase: 'streaming', code: null });
});

test('a change that waits for a value out of the copy of a table does not wait for its lock', async () => {
  const scene = await stage.scene(
    'awaited',
    `create table a (id int primary key, big text, n int);
     create table b (id int primary key);
     alter table a alter big set storage external;
     insert into a select i, repeat('a', 3000), 0 from generate_series(1, 6000) i`,
    { timing: { chunkBlocks: 1, lockedMs: 500 }, source: { snapshotConnections: 1 } },
  );
  await scene.start();
  await until('the copy to begin', () => (phaseOf(scene, 'a')?.snapshotRows ?? 0) > 0);
  // The last row: its chunk has not been read, and its value is in no message.
  await scene.client.query('update a set n = 1 where id = 6000');
  const locker = await lock(scene, 'a');
  expect(phaseOf(scene, 'a')?.phase).toBe('snapshotting');
  await until('the copy to be given up', () => phaseOf(scene, 'a')?.phase === 'resyncing', PROMPT_MS);
  await scene.client.query('insert into b values (1)');
  await untilRow(scene, 'b', 1);
  await locker.query('rollback');
  expect(await scene.differences()).toEqual([]);
  expect(
    await scene.warehouse(`select count() from millrace.rejected final where source = 'awaited' and not resolved`),
  ).toBe('0\n');
});
