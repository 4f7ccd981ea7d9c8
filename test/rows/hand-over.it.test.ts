import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasSlot, startHeldBack } from '../harness/held-back-snapshot.ts';
import { openReplicationStage, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage(['max_prepared_transactions=10', 'max_connections=200']);
});
afterAll(() => stage?.stop());

const NEXT_MS = 50;
/** Open or stuck at once: of each kind some lie before each step of the slot's making. */
const AT_ONCE = 8;
/** Longer than a snapshot takes that does not wait. */
const STUCK_MS = 1500;

test.each([
  ['with_key', 'id serial primary key'],
  ['without_key', 'id serial'],
])(
  'has what had committed before the slot and waits for a standby, and what was open across it: %s',
  async (name, id) => {
    const scene = await stage.scene(
      name,
      `create table t (${id}, v text); insert into t (v) select 'before' from generate_series(1, 500);
     alter database ${name} set synchronous_commit = local`,
    );
    const { client } = scene;
    await client.query('set synchronous_commit = local');
    await client.query(`alter system set synchronous_standby_names = 'nobody'`);
    await client.query('select pg_reload_conf()');
    const open: pg.Client[] = [];
    const stuck: { client: pg.Client; pid: number; done: Promise<unknown> }[] = [];
    const statement = (v: string): string => `insert into t (v) values ('${v}')`;
    const step = async (n: number): Promise<void> => {
      const across = await scene.connect();
      await across.query(`begin; ${statement(`open ${n}`)}`);
      open.push(across);
      const waiting = await scene.connect();
      const { rows } = await waiting.query<{ pid: number }>(
        `select pg_backend_pid() as pid from (select set_config('synchronous_commit', 'on', false)) s`,
      );
      stuck.push({
        client: waiting,
        pid: rows[0]!.pid,
        done: waiting.query(`begin; ${statement(`stuck ${n}`)}; commit`),
      });
      if (open.length > AT_ONCE) await open.shift()?.query('commit');
      // A wait for a standby that is cancelled leaves a transaction that has committed, and is seen from then on.
      if (stuck.length > AT_ONCE) await client.query('select pg_cancel_backend($1)', [stuck.shift()?.pid]);
    };
    try {
      for (let n = 0; n < AT_ONCE; n++) await step(n);
      await scene.start();
      for (let n = AT_ONCE; !(await hasSlot(scene)); n++) {
        await step(n);
        await sleep(NEXT_MS);
      }
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database()`,
      );
      expect(rows[0]?.count).toBeGreaterThan(0);
      for (const each of open.splice(0, 4)) await each.query('commit');
      await sleep(STUCK_MS);
      const { state, tables } = scene.capture().progress();
      expect({ state, tables }, 'the copy waits').toMatchObject({
        state: 'snapshotting',
        tables: [{ phase: 'waiting' }],
      });
    } finally {
      for (const each of open) await each.query('commit');
      await client.query('alter system reset synchronous_standby_names');
      await client.query('select pg_reload_conf()');
    }
    await Promise.all(stuck.map(({ done }) => done));
    expect(await scene.differences()).toEqual([]);
  },
);

test('takes prepared transactions once that were prepared before, while and after a snapshot began', async () => {
  const scene = await stage.scene(
    'prepared_across',
    `create table t (id int primary key, v text); create table loose (v text); insert into t values (1, 'a'), (2, 'a')`,
  );
  await startHeldBack(
    scene,
    `begin; insert into t values (10, 'kept'); update t set v = 'kept' where id = 1; insert into loose values ('kept'); prepare transaction 'kept'`,
  );
  await scene.client.query(
    `begin; insert into t values (11, 'lost'); update t set v = 'lost' where id = 2; insert into loose values ('lost'); prepare transaction 'lost'`,
  );
  await scene.client.query(`insert into loose values ('meanwhile')`);
  await sleep(300);
  await scene.client.query(`commit prepared 'kept'`);
  await scene.client.query(`rollback prepared 'lost'`);
  expect(await scene.differences()).toEqual([]);
  await scene.client.query(
    `begin; insert into t values (20, 'late'); insert into loose values ('late'); prepare transaction 'late'`,
  );
  await scene.stop();
  await scene.client.query(`commit prepared 'late'`);
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  expect(await scene.warehouse('select count() from raw.prepared_across__loose final')).toBe('3\n');
});
