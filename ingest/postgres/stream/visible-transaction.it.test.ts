import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

/** Commits from now on are in the stream at once, and seen by nobody until it is given up to wait for this standby. */
async function waitForStandby(client: pg.Client, standby: string): Promise<void> {
  await client.query(`alter system set synchronous_standby_names = '${standby}'`);
  await client.query('select pg_reload_conf()');
  await until('the setting', async () => {
    const { rows } = await client.query<{ value: string }>('show synchronous_standby_names');
    return Object.values(rows[0] ?? {})[0] === standby;
  });
  if (standby !== '') await untilCommitsWait(client);
}

/** The setting counts once the checkpointer has read it, which nothing shows but a commit that waits. */
async function untilCommitsWait(client: pg.Client): Promise<void> {
  const probe = await server.connect('postgres');
  await until('commits to wait', async () => {
    let isDone = false;
    probe.query("select pg_logical_emit_message(true, 'probe', '')").then(
      () => {
        isDone = true;
      },
      () => {}, // The server ends first.
    );
    let isWaiting = false;
    while (!isDone && !isWaiting) {
      const { rows } = await client.query("select 1 from pg_stat_activity where wait_event = 'SyncRep'");
      isWaiting = rows.length > 0;
    }
    return isWaiting;
  });
}

/** The capture has the transaction's changes, or asks whether it can be seen. */
async function arrived(client: pg.Client, log: RecordingLog, rowsBefore: number): Promise<void> {
  await until('the stream to bring the transaction', async () => {
    if (log.rowsSeen > rowsBefore) return true;
    const { rows } = await client.query<{ asked: string }>(
      `select count(*) as asked from pg_stat_activity where pid <> pg_backend_pid() and query like '%pg_visible_in_snapshot%'`,
    );
    return rows[0]?.asked !== '0';
  });
}

// The row under the new key was read while the transaction that had put it there could not be seen yet.
test('takes what a key change left out from the row as the transaction made it, though its commit is seen later', async () => {
  const url = await server.createDatabase('unseen');
  const client = await server.connect('unseen');
  const writer = await server.connect('unseen');
  await client.query(`create table t (id int primary key, big text);
    alter table t alter big set storage external;
    insert into t select i, repeat(i::text, 5000) from generate_series(1, 3) i;
    create publication unseen_publication for all tables`);
  const chunk = Promise.withResolvers<void>();
  let isRead = false;
  const log = new RecordingLog({
    chunkDone: () => {
      isRead = true;
      return chunk.promise;
    },
  });
  const running = startCapture(sourceConfig('unseen', url), log);
  await until('the chunk', () => isRead);
  const { rowsSeen } = log;
  await waitForStandby(client, 'nobody');
  const rotated = writer.query(`begin; update t set id = -1 where id = 1; update t set id = 1 where id = 2;
    update t set id = 2 where id = 3; update t set id = 3 where id = -1; commit`);
  await arrived(client, log, rowsSeen);
  await waitForStandby(client, '');
  await rotated;
  chunk.resolve();
  await caughtUp(client, running);
  expect(log.recorded.rows('public.t').map(({ id, big }) => [id, String(big).slice(-1)])).toEqual(
    (await sourceRows(client, 't')).map(({ id, big }) => [id, String(big).slice(-1)]),
  );
  expect(await running.stop()).toBeNull();
});

test('knows the type of a column that the transaction added, though its commit is seen later', async () => {
  const url = await server.createDatabase('unseen_type');
  const client = await server.connect('unseen_type');
  const writer = await server.connect('unseen_type');
  await client.query(`create table t (id int primary key); insert into t values (1);
    create publication unseen_type_publication for all tables`);
  const log = new RecordingLog();
  const running = startCapture(sourceConfig('unseen_type', url), log);
  await caughtUp(client, running);
  const { rowsSeen } = log;
  await waitForStandby(client, 'nobody');
  const altered = writer.query(`begin; create type mood as enum ('well'); alter table t add m mood;
    insert into t values (2, 'well'); commit`);
  await arrived(client, log, rowsSeen);
  await waitForStandby(client, '');
  await altered;
  await caughtUp(client, running);
  expect(log.recorded.rows('public.t')).toContainEqual({ id: '2', m: 'well' });
  const column = log.recorded.definitions.at(-1)?.columns[1];
  expect(column).toMatchObject({ name: 'm', typeName: 'public.mood', typeKind: 'e' });
  expect(await running.stop()).toBeNull();
});

test('ends without what a transaction left out when nobody can see it in time', async () => {
  const url = await server.createDatabase('unseen_end');
  const client = await server.connect('unseen_end');
  const writer = await server.connect('unseen_end');
  await client.query(`create table t (id int primary key); create publication unseen_end_publication for all tables`);
  const log = new RecordingLog();
  const running = startCapture(sourceConfig('unseen_end', url), log);
  await caughtUp(client, running);
  await waitForStandby(client, 'nobody');
  const inserted = writer.query('insert into t values (1)');
  await arrived(client, log, log.rowsSeen);
  expect(await running.stop()).toBeNull();
  expect(log.rowsSeen).toBe(0);
  await waitForStandby(client, '');
  await inserted;
  const again = startCapture(sourceConfig('unseen_end', url), new RecordingLog({}, log.recorded));
  await caughtUp(client, again);
  expect(log.recorded.rows('public.t')).toEqual([{ id: '1' }]);
  expect(await again.stop()).toBeNull();
});
