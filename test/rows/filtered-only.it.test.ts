import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const MANY = `select i, repeat('x', 500) from generate_series(1, 4000) i`;

/** Writes two megabytes that nothing comes of, and waits until the slot lets go of them. */
async function expectReleased(scene: ReplicationScene, what: string, sql: string): Promise<void> {
  await scene.client.query(sql);
  const { rows } = await scene.client.query<{ lsn: string }>(`select pg_current_wal_insert_lsn() as lsn`);
  const lsn = rows[0]?.lsn;
  const isReleased = async (): Promise<boolean> => {
    const slots = await scene.client.query<{ released: boolean }>(
      `select confirmed_flush_lsn >= $2::pg_lsn as released from pg_replication_slots where slot_name = 'millrace_' || $1`,
      [scene.name, lsn],
    );
    return slots.rows[0]?.released === true;
  };
  await expect.poll(isReleased, { timeout: 20_000, message: what }).toBe(true);
}

test('a database of which nothing is captured releases its WAL, without heartbeats too', async () => {
  const scene = await stage.scene(
    'filtered_only',
    `create table taken (id int primary key, v text); create table unpublished (id int, v text);
     create table excluded (id int primary key, v text); create table by_row (id int primary key, v text);
     create table paused (id int primary key, v text); create table refused (id int, v text);
     alter table refused replica identity full; create unlogged table scratch (id int, v text);
     insert into refused values (0, 'x')`,
    {
      publication: `for table taken, excluded, paused, refused, by_row where (id < 0)`,
      source: { exclude: ['excluded'] },
      timing: { heartbeatMs: 0 },
    },
  );
  await scene.start();
  await scene.settle();
  await expectReleased(scene, 'a table that is not published', `insert into unpublished ${MANY}`);
  await expectReleased(scene, 'a table that is excluded', `insert into excluded ${MANY}; update excluded set v = 'y'`);
  await expectReleased(scene, 'rows that the filter leaves out', `insert into by_row ${MANY}; delete from by_row`);
  await scene.capture().pause('public.paused');
  await expectReleased(scene, 'a paused table', `insert into paused ${MANY}; truncate paused`);
  await expectReleased(scene, 'a quarantined table', `update refused set v = 'y'; insert into refused ${MANY}`);
  await expectReleased(scene, 'what is rolled back', `begin; insert into taken ${MANY}; rollback`);
  await expectReleased(scene, 'an unlogged table', `insert into scratch ${MANY}`);
  await expectReleased(scene, 'changes of shape', `create table made as ${MANY}; drop table made`);
  await expectReleased(
    scene,
    'messages',
    `select count(pg_logical_emit_message(i % 2 = 0, 'somebody', repeat('m', 1000))) from generate_series(1, 1000) i`,
  );
  expect(await scene.warehouse('select count() from raw.filtered_only__taken final')).toBe('0\n');
  await scene.client.query(`insert into taken values (1, 'at last')`);
  expect(await scene.differences(['excluded', 'paused', 'refused'])).toEqual([]);
});
