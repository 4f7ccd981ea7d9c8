import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage(['max_prepared_transactions=10']);
});
afterAll(() => stage?.stop());

test('has the last state of a row that one transaction inserted, updated and deleted', async () => {
  const scene = await stage.scene(
    'one_row',
    `create table t (id int primary key, v text);
     insert into t values (1, 'before'), (2, 'before'), (3, 'before')`,
  );
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  await scene.client.query(`
    begin;
    insert into t values (10, 'a'); update t set v = 'b' where id = 10; delete from t where id = 10;
    insert into t values (11, 'a'); delete from t where id = 11; insert into t values (11, 'again');
    delete from t where id = 1; insert into t values (1, 'again'); update t set v = 'last' where id = 1;
    update t set v = 'x' where id = 2; delete from t where id = 2;
    commit`);
  expect(await scene.differences()).toEqual([]);
  await scene.client.query(
    `begin; delete from t where id = 11; commit; begin; insert into t values (11, 'third'); commit`,
  );
  expect(await scene.differences()).toEqual([]);
  expect(await scene.warehouse('select id, v from raw.one_row__t final order by id')).toBe(
    '1\tlast\n3\tbefore\n11\tthird\n',
  );
});

test('follows key changes: one row, a part of a composite key, rotation among rows', async () => {
  const scene = await stage.scene(
    'keys',
    `create table single (id int primary key, v text);
     create table composite (a int, b text, c int, v text, primary key (c, a));
     create table by_name (name text primary key, amount numeric(12, 2));
     create table by_time (at timestamptz primary key, flag boolean);
     insert into single select n, 'v' || n from generate_series(1, 20) n;
     insert into composite select n, 'b' || n, n % 3, 'v' || n from generate_series(1, 20) n;
     insert into by_name select 'n' || n, n * 1.5 from generate_series(1, 20) n;
     insert into by_time select '2024-01-01'::timestamptz + n * interval '1 hour', n % 2 = 0 from generate_series(1, 20) n`,
  );
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  await scene.client.query(`
    update single set id = 100 where id = 1;
    update single set id = id + 1000 where id between 2 and 5;
    begin; update single set id = -1 where id = 6; update single set id = 6 where id = 7;
      update single set id = 7 where id = 8; update single set id = 8 where id = -1; commit;
    update composite set a = a + 100 where c = 1;
    update composite set c = 7, v = 'moved' where a = 2;
    begin; update composite set a = -1 where a = 3; update composite set a = 3, c = 0 where a = 6;
      update composite set a = 6, c = 0 where a = -1; commit;
    update by_name set name = name || E'\\t\\\\\\n''x' where amount < 10;
    begin; update by_time set at = at + interval '1 year'; update by_time set at = at - interval '1 year' where flag; commit`);
  expect(await scene.differences()).toEqual([]);
  // Back to a key that was left, and away again, in several transactions.
  await scene.client.query('update single set id = 1 where id = 100');
  await scene.client.query('update single set id = 100 where id = 1');
  await scene.client.query("insert into single values (1, 'another')");
  await scene.client.query('update single set id = 2 where id = 1');
  expect(await scene.differences()).toEqual([]);
});

test('leaves out what was rolled back: savepoints, and a large transaction that aborts', async () => {
  const scene = await stage.scene('rolled_back', 'create table t (id int primary key, v text)');
  await scene.start();
  await scene.client.query(`
    begin;
    insert into t values (1, 'kept');
    savepoint a; insert into t values (2, 'lost'); update t set v = 'lost' where id = 1;
      savepoint b; insert into t values (3, 'lost'); release savepoint b;
    rollback to savepoint a;
    insert into t values (2, 'second try');
    savepoint c; update t set v = v || '!'; release savepoint c;
    savepoint d; delete from t; rollback to savepoint d;
    commit`);
  const before = scene.capture().progress().rows.inserts;
  await scene.client.query(
    `begin; insert into t select n, repeat('x', 500) from generate_series(100, 60000) n; rollback`,
  );
  await scene.client.query(`insert into t values (4, 'after')`);
  expect(await scene.differences()).toEqual([]);
  expect(await scene.warehouse('select id, v from raw.rolled_back__t final order by id')).toBe(
    '1\tkept!\n2\tsecond try!\n4\tafter\n',
  );
  expect(scene.capture().progress().rows.inserts - before).toBeLessThanOrEqual(3);
});

test('takes each row of a multi-insert once when capture starts anew in the middle', async () => {
  const scene = await stage.scene('multi', 'create table t (id int primary key, v text)');
  await scene.start();
  await scene.settle();
  for (let round = 0; round < 4; round++) {
    await scene.client.query(
      `insert into t select ${round} * 30000 + n, repeat('v', 100) from generate_series(1, 30000) n`,
    );
    await scene.stop();
    await scene.client.query(`insert into t values (${-round - 1}, 'a'), (${-round - 10}, 'b'), (${-round - 20}, 'c')`);
    await scene.start();
  }
  expect(await scene.differences()).toEqual([]);
  expect(await scene.warehouse('select count(), uniqExact(id) from raw.multi__t final')).toBe('120012\t120012\n');
});

test('passes over logical messages, in and outside of transactions', async () => {
  const scene = await stage.scene('messages', 'create table t (id int primary key)');
  await scene.start();
  await scene.client.query(`
    begin; insert into t values (1); select pg_logical_emit_message(true, 'app', repeat('x', 10000));
      insert into t values (2); select pg_logical_emit_message(false, 'app', 'at once'); commit;
    begin; select pg_logical_emit_message(true, 'app', 'alone'); commit`);
  expect(await scene.differences()).toEqual([]);
});

test('takes prepared transactions when they are committed, and never those that are rolled back', async () => {
  const scene = await stage.scene('prepared', 'create table t (id int primary key, v text)');
  await scene.client.query(`begin; insert into t values (1, 'prepared before the slot'); prepare transaction 'early'`);
  await scene.start();
  // The slot waits for what was prepared before it, as it does for open transactions.
  await scene.client.query(`commit prepared 'early'`);
  await scene.settle();
  await scene.client.query(`begin; insert into t values (2, 'two'), (3, 'three'); prepare transaction 'kept'`);
  await scene.client.query(`begin; insert into t values (4, 'four'); prepare transaction 'lost'`);
  await scene.client.query(`insert into t values (5, 'meanwhile'); update t set v = 'changed' where id = 1`);
  expect(await scene.differences()).toEqual([]);
  await scene.stop();
  await scene.client.query(`rollback prepared 'lost'`);
  await scene.start();
  await scene.client.query(`commit prepared 'kept'`);
  expect(await scene.differences()).toEqual([]);
  expect(await scene.warehouse('select count() from raw.prepared__t final')).toBe('4\n');
});
