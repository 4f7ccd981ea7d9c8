import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

/** A partitioned table; `late` is to be attached later and has its columns in another order. */
const PARTITIONED = `
  create table t (id int, day date, v text, big text, primary key (id, day)) partition by range (day);
  alter table t alter big set storage external;
  create table t_2023 partition of t for values from ('2023-01-01') to ('2024-01-01');
  create table t_other (big text, junk int, v text, day date not null, id int not null);
  alter table t_other drop column junk;
  alter table t_other add primary key (id, day);
  alter table t_other alter big set storage external;
  alter table t attach partition t_other for values from ('2024-01-01') to ('2025-01-01');
  create table t_deep partition of t for values from ('2025-01-01') to ('2027-01-01') partition by list (id);
  create table t_deep_1 partition of t_deep for values in (1, 2, 3);
  create table t_deep_rest partition of t_deep default;
  create table late (v text, id int not null, day date not null, big text);
  insert into t select i % 50, '2023-01-01'::date + i * 3, 'v' || i, repeat('big' || i, 1000) from generate_series(1, 400) i;
  insert into late select 'late' || i, i, '2027-05-05', repeat('late' || i, 1000) from generate_series(1, 20) i`;

const CHANGES = `
  update t set v = 'updated' where id = 7;
  update t set day = day + interval '1 year' where id = 8 and day < '2026-01-01';
  update t set id = id + 100 where id = 9;
  update t set big = 'short' where id = 10;
  delete from t where id = 11;
  begin; delete from t where id = 12; insert into t values (12, '2024-12-12', 'again', 'x'); commit;
  insert into t select 500 + i, '2023-06-01'::date + i * 100, 'new', repeat('n', 4000) from generate_series(1, 10) i`;

describe('partitions that are published as themselves', () => {
  test('are tables of their own: changed, truncated, attached, detached', async () => {
    const scene = await stage.scene('leaves', PARTITIONED, { publication: 'for table t' });
    await scene.start();
    const phaseOf = (table: string) =>
      scene
        .capture()
        .progress()
        .tables.find(({ name }) => name === table)?.phase;
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(CHANGES);
    expect(await scene.differences(), 'changed').toEqual([]);
    await scene.client.query('truncate t_2023');
    expect(await scene.differences(), 'one truncated').toEqual([]);
    await scene.client.query(`insert into t values (1, '2023-02-02', 'back', 'x'); truncate t_deep`);
    expect(await scene.differences(), 'a branch truncated').toEqual([]);
    await scene.client.query(`alter table t attach partition late for values from ('2027-01-01') to ('2028-01-01')`);
    await expect.poll(() => phaseOf('public.late'), { timeout: 20_000 }).toBe('streaming');
    await scene.client.query(`update t set v = 'attached' where id < 5`);
    expect(await scene.differences(), 'attached').toEqual([]);
    await scene.client.query('alter table t detach partition t_other');
    await expect.poll(() => phaseOf('public.t_other'), { timeout: 20_000 }).not.toBe('streaming');
    await scene.client.query(`update t_other set v = 'nobody looks'; update t set v = 'detached' where id < 9`);
    expect(await scene.differences(), 'detached').toEqual([]);
    await scene.client.query('truncate t');
    expect(await scene.differences(), 'all truncated').toEqual([]);
  });
});

describe('partitions that are published through their root', () => {
  test('are one table, whatever the order of their columns', async () => {
    const scene = await stage.scene('rooted', PARTITIONED, {
      publication: 'for table t with (publish_via_partition_root = true)',
    });
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(CHANGES);
    expect(await scene.differences(), 'changed').toEqual([]);
    await scene.client.query(`begin; truncate t; insert into t values (1, '2024-01-01', 'after', 'x'); commit`);
    expect(await scene.differences(), 'truncated').toEqual([]);
  });
});

describe('inheritance', () => {
  test('leaves parent and children tables of their own', async () => {
    const scene = await stage.scene(
      'inherited',
      `create table parent (id int primary key, v text);
       create table child (extra numeric(10, 2), primary key (id)) inherits (parent);
       create table grandchild (primary key (id)) inherits (child);
       insert into parent select i, 'p' || i from generate_series(1, 20) i;
       insert into child select i, 'c' || i, i * 1.5 from generate_series(100, 120) i;
       insert into grandchild select i, 'g' || i, i * 2.5 from generate_series(200, 220) i`,
      { publication: 'for table parent' },
    );
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(`
      update parent set v = v || '!' where id % 2 = 0; delete from parent where id % 10 = 5;
      update child set extra = extra + 1; insert into child values (130, 'new', 1);
      update parent set id = id + 1000 where id in (1, 101, 201)`);
    expect(await scene.differences(), 'changed').toEqual([]);
    await scene.client.query('truncate only parent; truncate child');
    expect(await scene.differences(), 'truncated').toEqual([]);
    await scene.client.query(
      `insert into grandchild values (1, 'g', 1); insert into parent values (1, 'p'); truncate parent`,
    );
    expect(await scene.differences(), 'all truncated').toEqual([]);
  });
});
