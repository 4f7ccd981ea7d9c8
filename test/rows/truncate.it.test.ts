import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

test('empties one table, several, those that refer to it, and starts identities anew', async () => {
  const scene = await stage.scene(
    'truncated',
    `create table a (id int generated always as identity primary key, v text);
     create table b (id int primary key);
     create table parent (id int primary key);
     create table child (id int primary key, parent int references parent);
     create table untouched (id int primary key);
     insert into a (v) select 'v' || i from generate_series(1, 50) i;
     insert into b select generate_series(1, 50); insert into untouched select generate_series(1, 50);
     insert into parent select generate_series(1, 50); insert into child select i, i from generate_series(1, 50) i`,
  );
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  await scene.client.query('truncate a restart identity');
  expect(await scene.differences(), 'one').toEqual([]);
  await scene.client.query(`insert into a (v) values ('first again'), ('second again')`);
  expect(await scene.differences(), 'identity').toEqual([]);
  await scene.client.query('truncate a, b');
  await scene.client.query('insert into b values (3)');
  await scene.client.query('truncate parent cascade');
  expect(await scene.differences(), 'several, cascade').toEqual([]);
  expect(await scene.warehouse('select count() from raw.truncated__untouched final')).toBe('50\n');
});

test('keeps the order of rows and truncates inside of a transaction', async () => {
  const scene = await stage.scene(
    'ordered',
    `create table t (id int primary key, v text, big text);
     alter table t alter big set storage external;
     create table u (id int primary key);
     insert into t select i, 'copied', repeat('x', 5000) from generate_series(1, 20) i`,
  );
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  await scene.client.query(`
    begin; insert into t values (100, 'lost', 'x'); update t set v = 'lost'; truncate t;
      insert into t values (1, 'kept', repeat('y', 5000)), (2, 'kept', null); update t set v = 'changed' where id = 1;
      insert into u values (1); truncate u; insert into u values (2); commit`);
  expect(await scene.differences(), 'then insert').toEqual([]);
  await scene.client.query(`
    begin; truncate t; insert into t values (1, 'a', 'a'); truncate t, u; insert into t values (1, 'b', 'b'); commit;
    begin; truncate t; rollback;
    begin; insert into t values (5, 'five', '5'); savepoint s; truncate t; rollback to s; update t set v = 'six'; commit`);
  expect(await scene.differences(), 'twice, and rolled back').toEqual([]);
  await scene.stop();
  await scene.client.query(`truncate t; insert into t values (7, 'while away', 'x')`);
  await scene.start();
  expect(await scene.differences(), 'while away').toEqual([]);
});

test('removes what the snapshot brings afterwards', async () => {
  const scene = await stage.scene(
    'during',
    `create table t (id int primary key, v text);
     insert into t select i, repeat('v', 200) from generate_series(1, 60000) i`,
    { timing: { chunkBlocks: 8 }, source: { snapshotConnections: 1 } },
  );
  await scene.start();
  for (;;) {
    const done = Number(await scene.warehouse(`select count() from system.tables where name = 'during__t'`));
    if (done > 0 && Number(await scene.warehouse('select count() from raw.during__t')) > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await scene.client.query(`delete from t where id % 7 = 0; truncate t; insert into t values (1, 'new')`);
  expect(await scene.differences()).toEqual([]);
});
