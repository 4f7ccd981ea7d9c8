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
    // A partition that was truncated looks as one that was truncated alone: the table is built anew.
    await expect.poll(() => scene.differences(), { timeout: 20_000, message: 'truncated' }).toEqual([]);
  });
});

describe('partitions that come and go under a root that is published', () => {
  test('take their rows along, though no message says so', async () => {
    const scene = await stage.scene(
      'comings',
      `${PARTITIONED}; create table keyless (day date, v text) partition by range (day)`,
      {
        publication: 'for table t, keyless with (publish_via_partition_root = true)',
      },
    );
    const { client } = scene;
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    const becomesEqual = (what: string) =>
      expect.poll(() => scene.differences(), { timeout: 20_000, message: what }).toEqual([]);
    await client.query(`alter table t attach partition late for values from ('2027-01-01') to ('2028-01-01')`);
    await client.query(`update t set v = 'attached' where id < 5`);
    await becomesEqual('attached');
    await client.query('truncate t_2023');
    await becomesEqual('one truncated');
    await client.query(`alter table t detach partition t_other; update t set v = 'detached' where id < 9`);
    await becomesEqual('detached');
    await client.query('drop table t_deep_1');
    await becomesEqual('one dropped');
    await client.query(`begin; create table loaded (like t including all); insert into loaded select i, '2029-02-02', 'l', 'x' from generate_series(1, 9) i;
      alter table t attach partition loaded for values from ('2029-01-01') to ('2030-01-01'); commit`);
    await becomesEqual('made, filled and attached at once');
    await client.query(`create table keyless_2020 partition of keyless for values from ('2020-01-01') to ('2021-01-01');
      insert into keyless values ('2020-02-02', 'a'), ('2020-02-02', 'a')`);
    await becomesEqual('a partition of a table without a key');
    await client.query('drop table keyless_2020');
    await becomesEqual('dropped');
  });

  test('cost nothing when they are new and empty', async () => {
    const scene = await stage.scene('new_ones', PARTITIONED, {
      publication: 'for table t with (publish_via_partition_root = true)',
    });
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(`create table t_2028 partition of t for values from ('2028-01-01') to ('2029-01-01')`);
    await scene.client.query(`insert into t select i, '2028-03-03', 'new', 'x' from generate_series(1, 50) i`);
    const { reconnects } = scene.capture().progress();
    const phases = new Set<string | undefined>();
    for (let looks = 0; looks < 10; looks++) {
      expect(await scene.differences()).toEqual([]);
      phases.add(
        scene
          .capture()
          .progress()
          .tables.find(({ name }) => name === 'public.t')?.phase,
      );
    }
    expect([...phases]).toEqual(['streaming']);
    expect(scene.capture().progress().reconnects).toBe(reconnects);
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
