import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleHeap } from '../../ingest/testing/heap-sampler.ts';
import { startHeldBack } from '../harness/held-back-snapshot.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const LARGE = `big_text text, big_json jsonb, big_bytes bytea, big_list text[]`;
const EXTERNAL = ['big_text', 'big_json', 'big_bytes', 'big_list'];
/** Large values that tell the row and the time of writing. */
const values = (tag: string): string =>
  `repeat(${tag} || E'\\t\\\\\\n', 1500), jsonb_build_object('tag', ${tag}, 'list', (select jsonb_agg(i) from generate_series(1, 2000) i)),
   convert_to(repeat(${tag}, 3000), 'UTF8'), array(select ${tag} || i from generate_series(1, 900) i)`;

/** Four tables, one per replica identity; the one without is filled and never changed. */
const SETUP = ['d', 'f', 'i', 'n']
  .map((table) => {
    const identity = { d: 'default', f: 'full', i: `using index ${table}_code`, n: 'nothing' }[table];
    return `
    create table ${table} (id int primary key, code text not null, n int, ${LARGE});
    create unique index ${table}_code on ${table} (code);
    ${EXTERNAL.map((column) => `alter table ${table} alter ${column} set storage external;`).join(' ')}
    alter table ${table} replica identity ${identity};
    insert into ${table} select i, 'code' || i, 0, ${values(`('row' || i)`)} from generate_series(1, 12) i;`;
  })
  .join('\n');
const CHANGING = ['d', 'f', 'i'];

async function change(scene: ReplicationScene, sql: (table: string) => string): Promise<void> {
  await scene.client.query(CHANGING.map(sql).join('; '));
}

describe('a large value that an update left alone', () => {
  test('stays under each replica identity: streamed, copied, restarted, with a key change, deleted', async () => {
    const scene = await stage.scene('toast', SETUP);
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    await change(scene, (t) => `update ${t} set n = 1 where id <= 3`);
    expect(await scene.differences(), 'last seen in the snapshot').toEqual([]);
    await change(
      scene,
      (
        t,
      ) => `begin; insert into ${t} select i, 'code' || i, 0, ${values(`('row' || i)`)} from generate_series(20, 25) i;
        update ${t} set n = 1 where id > 20; update ${t} set n = n + 1, big_text = 'short' where id = 22; commit;
        update ${t} set n = n + 1 where id >= 20; update ${t} set big_json = null where id = 23;
        update ${t} set n = n + 1 where id = 23`,
    );
    expect(await scene.differences(), 'streamed').toEqual([]);
    await scene.stop();
    await change(scene, (t) => `update ${t} set n = 100 where id % 2 = 0`);
    await scene.start();
    expect(await scene.differences(), 'after a restart').toEqual([]);
    await change(
      scene,
      (t) => `update ${t} set id = id + 1000, code = code || 'moved' where id = 4;
        begin; update ${t} set id = id + 1000, n = 7 where id = 5; update ${t} set n = 8, code = 'c8' where id = 1005; commit;
        begin; update ${t} set id = -6 where id = 6; update ${t} set id = 6, code = 'swap' where id = 7;
          update ${t} set id = 7, code = 'code6b' where id = -6; commit`,
    );
    expect(await scene.differences(), 'with a key change').toEqual([]);
    await change(
      scene,
      (t) => `begin; update ${t} set n = 9 where id = 1004; delete from ${t} where id = 1004; commit;
        update ${t} set n = 9 where id in (8, 9); delete from ${t} where id in (8, 22);
        begin; delete from ${t} where id = 9; insert into ${t} (id, code, n) values (9, 'code9', 0);
          update ${t} set n = 1 where id = 9; commit`,
    );
    await scene.client.query(`insert into n select 30, 'code30', 0, ${values(`'row30'`)}`);
    expect(await scene.differences(), 'deleted').toEqual([]);
    expect(await scene.warehouse('select count() from millrace.rejected')).toBe('0\n');
  });

  test('stays whatever the type of the key is', async () => {
    const keys = {
      money: ['numeric(12, 2)', 'i * 1.5'],
      moment: ['timestamptz', `'2024-01-01'::timestamptz + i * interval '1 day'`],
      plain_time: ['timestamp', `'2024-01-01'::timestamp + i * interval '1 second' / 8`],
      flag: ['boolean', 'i = 1'],
      day: ['date', `'2024-01-01'::date + i`],
      id: ['uuid', `('00000000-0000-0000-0000-00000000000' || i)::uuid`],
      words: ['text', `E'tab\\t back\\\\ quote'' line\\n' || i`],
      number: ['numeric', 'i * 1.10'],
      fraction: ['float8', 'i / 3.0'],
      bytes: ['bytea', `decode(lpad(to_hex(i), 4, '0'), 'hex')`],
    };
    const setup = Object.entries(keys).map(
      ([table, [type, value]]) => `
      create table ${table} (key ${type} primary key, n int, big text);
      alter table ${table} alter big set storage external;
      insert into ${table} select ${value}, 0, repeat('row' || i, 2000) from generate_series(1, 2) i;`,
    );
    const scene = await stage.scene('toast_keys', setup.join('\n'));
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    for (const table of Object.keys(keys)) await scene.client.query(`update ${table} set n = 1`);
    expect(await scene.differences(), 'updated').toEqual([]);
  });

  test('stays in a composite key of mixed types, and when the key itself is out of line', async () => {
    const scene = await stage.scene(
      'toast_mixed',
      `create table mixed (a numeric(10, 3), at timestamptz, b boolean, big text, n int, primary key (at, b, a));
       alter table mixed alter big set storage external;
       insert into mixed select i, now(), i % 2 = 0, repeat('m' || i, 2000), 0 from generate_series(1, 9) i;
       create table long_key (key text primary key, big text, n int);
       alter table long_key alter key set storage external, alter big set storage external;
       insert into long_key select repeat('k' || i, 1200), repeat('m' || i, 2000), 0 from generate_series(1, 9) i`,
    );
    await scene.start();
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(`
      update mixed set n = 1 where a < 5; update mixed set b = not b, n = 2 where a > 7;
      begin; update mixed set a = a + 0.001; update mixed set n = n + 1; commit;
      update long_key set n = 1; update long_key set key = 'x' || key where key like 'k3%'; update long_key set n = 2;
      delete from long_key where key like 'k4%'`);
    expect(await scene.differences(), 'changed').toEqual([]);
  });

  test('stays with its row when keys went from row to row before the copy was read', async () => {
    const scene = await stage.scene(
      'toast_moved',
      `create table t (id int primary key, n int, big text); alter table t alter big set storage external;
       create table u (a numeric(8, 2), b timestamptz, n int, big text, primary key (b, a));
       alter table u alter big set storage external;
       create table p (id int primary key, big text) partition by range (id);
       create table p_1 partition of p for values from (-100) to (10);
       create table p_2 partition of p default;
       alter table p_1 alter big set storage external; alter table p_2 alter big set storage external;
       insert into t select i, 0, repeat('t' || i, 2000) from generate_series(1, 30) i;
       insert into u select i, '2024-01-01', 0, repeat('u' || i, 2000) from generate_series(1, 9) i;
       insert into p select i, repeat('p' || i, 2000) from generate_series(1, 20) i`,
      { publication: 'for all tables with (publish_via_partition_root = true)' },
    );
    // Changes that the stream brings although the chunks, which are read later, have seen them all.
    await startHeldBack(
      scene,
      `
      begin; update t set id = -1 where id = 1; update t set id = 1 where id = 2; update t set id = 2 where id = 3;
        update t set id = 3 where id = -1; commit;
      update t set id = 100, n = 1 where id = 4; update t set id = 4, n = 2 where id = 5; update t set n = 3 where id = 4;
      update t set id = 101 where id = 6; delete from t where id = 101; insert into t values (101, 9, 'new'), (6, 9, 'new');
      update t set id = 102 where id = 7; update t set big = 'changed' where id = 102; update t set id = 103, n = 5 where id = 102;
      update t set id = 104 where id = 8; update t set n = 6 where id = 104; update t set id = 8 where id = 104;
      begin; update u set a = -1 where a = 1; update u set a = 1 where a = 2; update u set a = 2 where a = -1; commit;
      begin; update p set id = -1 where id = 1; update p set id = 1 where id = 2; update p set id = 2 where id = -1; commit;
      update p set id = 50 where id = 3; update p set id = 3 where id = 11`,
    );
    expect(await scene.differences(), 'copied').toEqual([]);
    await scene.client.query(`
      begin; update t set id = -1 where id = 1; update t set id = 1 where id = 2; update t set id = 2 where id = -1; commit;
      update u set a = 500 where a = 1; update p set id = 60 where id = 50`);
    expect(await scene.differences(), 'streamed').toEqual([]);
    expect(await scene.warehouse(`select count() from millrace.rejected where source = 'toast_moved'`)).toBe('0\n');
  });

  test('costs no memory when many small updates leave large values alone', async () => {
    const scene = await stage.scene(
      'toast_many',
      `create table t (id int primary key, n int, big text);
       alter table t alter big set storage external;
       insert into t select i, 0, repeat('row' || i, 15000) from generate_series(1, 2000) i`,
    );
    await scene.start();
    await scene.settle();
    const heap = sampleHeap();
    await scene.client.query('update t set n = 1; update t set n = 2 where id % 3 = 0');
    await scene.settle();
    const mostMiB = heap.stop();
    expect(mostMiB).toBeLessThan(100);
    expect(
      await scene.warehouse('select n, count(), sum(length(big)) from raw.toast_many__t final group by n order by n'),
    ).toBe(
      (await scene.client.query(`select n, count(*), sum(length(big)) from t group by n order by n`)).rows
        .map((row) => `${Object.values(row).join('\t')}\n`)
        .join(''),
    );
  });
});
