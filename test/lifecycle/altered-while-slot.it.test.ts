import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../ingest/testing/scene.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const SETUP = `
  create table b (id int primary key, amount numeric(10, 2), at timestamptz);
  insert into b select n, n, now() from generate_series(1, 60) n`;
const STREAMING_MS = 20_000;
const BUILT_MS = 30_000;

/** A transaction that is open, with an id. */
async function begin(scene: ReplicationScene): Promise<pg.Client> {
  const client = await scene.connect();
  await client.query('begin; select pg_current_xact_id()');
  return client;
}

/** Resolves when making a slot waits for the transaction of this session. */
async function isWaitedFor(scene: ReplicationScene, holder: pg.Client): Promise<void> {
  const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid');
  await until('the slot to wait', async () => {
    const { rowCount } = await scene.client.query(
      `select from pg_locks w join pg_locks h on h.transactionid = w.transactionid and h.granted
       where not w.granted and h.pid = $1`,
      [rows[0]?.pid],
    );
    return (rowCount ?? 0) > 0;
  });
}

/**
 * Alters the table between the two times that making a slot waits for what runs, which Postgres loses track of, and changes
 * rows in transactions that are open when the slot is consistent. Answers those.
 */
async function alterMeanwhile(scene: ReplicationScene, first: pg.Client): Promise<pg.Client[]> {
  await isWaitedFor(scene, first);
  const second = await begin(scene);
  await scene.client.query('begin; delete from b where id = 40; alter table b drop at, add at text; commit');
  await first.query('commit');
  await isWaitedFor(scene, second);
  const [updating, inserting] = [await begin(scene), await begin(scene)];
  await updating.query(`update b set at = 'updated' where id between 21 and 25`);
  await inserting.query(`insert into b values (63, 58876.75, 'inserted')`);
  await second.query('commit');
  return [updating, inserting];
}

const isStreaming = (scene: ReplicationScene) => (): boolean => scene.capture().progress().state === 'streaming';

// First: a later slot may read its view of the catalog from what the server has saved for another one, which is right.
test('rows that the source decodes by former columns build their table anew', async () => {
  const scene = await stage.scene('former_columns', SETUP);
  const first = await begin(scene);
  const maker = await scene.connect();
  // As somebody else makes it, who does not look.
  const made = maker.query(`select pg_create_logical_replication_slot('millrace_former_columns', 'pgoutput')`);
  const [updating, inserting] = (await alterMeanwhile(scene, first)) as [pg.Client, pg.Client];
  await made;
  await scene.start();
  await until('streaming', isStreaming(scene), STREAMING_MS);
  await inserting.query('commit');
  await expect.poll(() => scene.differences(), { timeout: BUILT_MS }).toEqual([]);
  await updating.query('commit');
  await expect.poll(() => scene.differences(), { timeout: BUILT_MS }).toEqual([]);
});

test('a slot is made once more when a table was altered meanwhile', async () => {
  const scene = await stage.scene('once_more', SETUP);
  const first = await begin(scene);
  await scene.start();
  const open = await alterMeanwhile(scene, first);
  // The next slot waits for them.
  await isWaitedFor(scene, open[0] as pg.Client);
  for (const client of open) await client.query('commit');
  await until('streaming', isStreaming(scene), STREAMING_MS);
  expect(await scene.differences()).toEqual([]);
});
