import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

test('removes rows under each replica identity', async () => {
  const scene = await stage.scene(
    'deletes',
    `create table by_key (id int primary key, v text);
     create table by_full (id int primary key, v text, n numeric(8, 2)); alter table by_full replica identity full;
     create table by_index (id int primary key, a text not null, b int not null, v text);
     create unique index by_index_ab on by_index (b, a) include (id); alter table by_index replica identity using index by_index_ab;
     create table by_nothing (id int primary key, v text); alter table by_nothing replica identity nothing;
     create table no_primary (a int not null unique, v text); alter table no_primary replica identity using index no_primary_a_key;
     insert into by_key select i, 'v' from generate_series(1, 30) i;
     insert into by_full select i, 'v', i / 3.0 from generate_series(1, 30) i;
     insert into by_index select i, 'a' || i % 7, i, 'v' from generate_series(1, 30) i;
     insert into by_nothing select i, 'v' from generate_series(1, 30) i;
     insert into no_primary select i, 'v' from generate_series(1, 30) i`,
  );
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  for (const table of ['by_key', 'by_full', 'by_index', 'no_primary']) {
    const key = table === 'no_primary' ? 'a' : 'id';
    await scene.client.query(`
      delete from ${table} where ${key} % 3 = 0; update ${table} set v = null where ${key} % 4 = 0;
      begin; update ${table} set v = 'x' where ${key} = 1; delete from ${table} where ${key} = 1; commit`);
  }
  // Another row under the same primary key: the identity is the index, and it changed.
  await scene.client.query(`
    update by_index set a = 'other' where id = 2; update by_index set id = id + 100 where id = 5;
    begin; delete from by_index where id = 7; insert into by_index values (7, 'new', 700, 'again'); commit;
    insert into by_nothing values (100, 'new')`);
  // Postgres itself refuses what it could not publish.
  await expect(scene.client.query('delete from by_nothing where id = 1')).rejects.toMatchObject({ code: '55000' });
  expect(await scene.differences(), 'deleted').toEqual([]);
});

test('follows rows in and out of a row filter', async () => {
  const scene = await stage.scene(
    'filtered',
    `create table t (id int not null, state text not null, n int, big text, primary key (id, state));
     alter table t alter big set storage external;
     create table f (id int primary key, state text, big text); alter table f replica identity full;
     alter table f alter big set storage external;
     insert into t select i, case when i % 2 = 0 then 'open' else 'closed' end, 0, repeat('t' || i, 2000) from generate_series(1, 20) i;
     insert into f select i, case when i % 2 = 0 then 'open' else 'closed' end, repeat('f' || i, 2000) from generate_series(1, 20) i`,
    { publication: `for table t where (state = 'open'), f where (state = 'open')` },
  );
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  await scene.client.query(`
    update t set n = 1; update t set state = 'closed' where id = 2; update f set state = 'closed' where id = 2;
    update f set state = 'open' where id = 3; delete from t where id in (4, 5); delete from f where id in (4, 5);
    update t set state = 'open', big = 'known' where id = 3`);
  expect(await scene.differences(), 'changed').toEqual([]);
  // The server leaves the large value out of what becomes an insert for us: nobody here can know it.
  await scene.client.query(`update t set state = 'open' where id = 7`);
  await scene.settle();
  expect(await scene.warehouse(`select code, column from millrace.rejected where replica = 'filtered__t'`)).toBe(
    'MR-LOAD-006\tbig\n',
  );
});
