import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { createCapture } from '../capture.ts';
import { startFreezingProxy } from '../testing/freezing-proxy.ts';
import { RecordedSource, RecordingLog } from '../testing/recording-log.ts';
import { caughtUp, FAST, sourceConfig, sourceRows, startCapture, until } from '../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
});

afterAll(() => server.stop());

function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('capture', () => {
  it('ends with the rows of the source when a random workload meets snapshots, restarts and lost connections', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    console.log(`seed ${seed}`);
    const random = randomFrom(seed);
    const url = await server.createDatabase('random');
    const client = await server.connect('random');
    await client.query(`
      create role reader login replication password 'secret';
      create table t (id int primary key, n int, big text) with (fillfactor = 60);
      alter table t alter big set storage external;
      create table u (a int, b int, v text, primary key (b, a));
      create table hidden (id int primary key);
      grant select on t, u to reader;
      create publication random_publication for all tables;
      insert into t select n, 0, repeat(n::text, 1500) from generate_series(1, 2000) n;
      insert into u select n, n % 7, 'v' from generate_series(1, 2000) n`);
    const writers = await Promise.all([1, 2, 3].map(() => server.connect('random')));
    const recorded = new RecordedSource();
    const config = sourceConfig('random', url.replace('postgres:secret@', 'reader:secret@'), {
      snapshotConnections: 3,
    });
    let writing = true;
    const statement = (): string => {
      const id = 1 + random(2500);
      switch (random(9)) {
        case 0:
          return `insert into t values (${id}, 1, repeat('n', ${random(6000)})) on conflict (id) do update set n = t.n + 1`;
        case 1:
          return `update t set n = n + 1 where id between ${id} and ${id + 20}`;
        case 2:
          return `delete from t where id between ${id} and ${id + 3}`;
        case 3:
          return `update t set id = id + 10000 where id = ${id}`;
        case 4:
          return `update t set big = repeat('b', ${random(6000)}) where id = ${id}`;
        case 5:
          return `update u set a = a + 10000 where a = ${id}`;
        case 6:
          return `insert into u values (${id}, ${random(7)}, 'new') on conflict do nothing`;
        case 7:
          return random(40) === 0 ? 'truncate u' : `delete from u where a = ${id}`;
        default:
          return `savepoint s; delete from t where id < ${id}; rollback to savepoint s`;
      }
    };
    const write = async (writer: (typeof writers)[number]): Promise<void> => {
      while (writing) {
        const statements = Array.from({ length: 1 + random(4) }, statement);
        const end = random(8) === 0 ? 'rollback' : 'commit';
        await writer.query(`begin; ${statements.join('; ')}; ${end}`).catch(() => writer.query('rollback'));
      }
    };
    const written = writers.map(write);
    for (let round = 0; round < 8; round++) {
      const left = round === 0 ? recorded : recorded.copy();
      Object.assign(recorded, { state: left.state, durableLsn: left.durableLsn });
      const log = new RecordingLog({}, recorded);
      const running = startCapture(config, log, { chunkBlocks: 1, drainMs: 0 });
      const seen = 20 + random(300);
      await until('rows', () => log.rowsSeen > seen);
      if (random(2) === 0) {
        await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'`);
        await until('rows after the connection was lost', () => log.rowsSeen > seen + 50);
      }
      expect(await running.stop()).toBeNull();
    }
    writing = false;
    await Promise.all(written);
    const running = startCapture(config, new RecordingLog({}, recorded), { chunkBlocks: 8 });
    await caughtUp(client, running);
    for (const table of ['public.t', 'public.u']) {
      expect(recorded.rows(table), `seed ${seed}`).toEqual(await sourceRows(client, table));
    }
    expect(running.capture.progress().tables.find(({ name }) => name === 'public.hidden')?.code).toBe(
      'INGEST_TABLE_NOT_READABLE',
    );
    expect(await running.stop()).toBeNull();
  });

  it('connects again when its connection is open and carries nothing any more', async () => {
    const url = await server.createDatabase('frozen');
    const client = await server.connect('frozen');
    await client.query('create table t (id int primary key); create publication frozen_publication for table t');
    const { port } = new URL(url);
    const proxy = await startFreezingProxy({ host: '127.0.0.1', port: Number(port) });
    const log = new RecordingLog();
    const through = url.replace(`:${port}/`, `:${proxy.port}/`);
    const running = startCapture(sourceConfig('frozen', through), log, { statusIntervalMs: 50, watchdogMs: 300 });
    await caughtUp(client, running);
    proxy.freeze();
    await client.query('insert into t values (1)');
    // The server does not know that the old connection is dead; it keeps the slot until its own timeout.
    await until('the connection to be given up', () => running.capture.progress().reconnects > 0);
    await client.query(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'millrace_frozen'`,
    );
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual([{ id: '1' }]);
    expect(await running.stop()).toBeNull();
    await proxy.close();
  });

  it('connects again when only its catalog connection carries nothing any more, and not while a query waits for a lock', async () => {
    const url = await server.createDatabase('half');
    const client = await server.connect('half');
    await client.query('create table t (id int primary key); create publication half_publication for all tables');
    const { port } = new URL(url);
    const proxy = await startFreezingProxy({ host: '127.0.0.1', port: Number(port) });
    const log = new RecordingLog();
    const through = url.replace(`:${port}/`, `:${proxy.port}/`);
    const watchdogMs = 400;
    const running = startCapture(sourceConfig('half', through), log, { statusIntervalMs: 50, watchdogMs });
    await caughtUp(client, running);
    const other = await server.connect('half');
    // Tables are not waited for (locked-tables.it.test.ts), catalogs are.
    await client.query('begin; lock table pg_publication in access exclusive mode');
    const waitsForLock = async (longerThanMs: number): Promise<boolean> => {
      const { rows } = await other.query(
        `select from pg_stat_activity where application_name = 'millrace_half' and wait_event_type = 'Lock'
           and query_start < clock_timestamp() - $1 * interval '1 ms'`,
        [longerThanMs],
      );
      return rows.length > 0;
    };
    await until('a catalog query to wait for long', () => waitsForLock(4 * watchdogMs));
    expect(running.capture.progress().reconnects).toBe(0);
    await client.query('rollback');
    proxy.freeze(1);
    // The stream has to ask the catalog about this table.
    await client.query('create table u (id int primary key); insert into u values (1)');
    await until('the connection to be given up', () => running.capture.progress().reconnects > 0);
    await caughtUp(client, running);
    await until('the row', () => log.recorded.rows('public.u').length === 1);
    expect(await running.stop()).toBeNull();
    await proxy.close();
  });

  it('copies a table without a key when the connection of its temporary slot carried nothing any more', async () => {
    const url = await server.createDatabase('slotless');
    const client = await server.connect('slotless');
    await client.query('create table t (id int primary key); create publication slotless_publication for all tables');
    const { port } = new URL(url);
    const proxy = await startFreezingProxy({ host: '127.0.0.1', port: Number(port) });
    const log = new RecordingLog();
    const through = url.replace(`:${port}/`, `:${proxy.port}/`);
    const running = startCapture(sourceConfig('slotless', through), log, { statusIntervalMs: 50, watchdogMs: 400 });
    await caughtUp(client, running);
    const other = await server.connect('slotless');
    await other.query('begin; insert into t values (1)');
    await client.query('create table loose (v text); insert into loose values (null), (null)');
    await until('the slot to wait for the transaction', async () => {
      const { rows } = await client.query(
        `select from pg_stat_activity
         where application_name = 'millrace_slotless' and query like 'CREATE_REPLICATION_SLOT%' and wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    proxy.freezeLast();
    await other.query('commit');
    await until('the rows', () => log.recorded.rows('public.loose').length === 2);
    expect(running.capture.progress().reconnects).toBeGreaterThan(0);
    expect(await running.stop()).toBeNull();
    await proxy.close();
  });

  it('rejects with the failure of the log when the log fails', async () => {
    const url = await server.createDatabase('logfail');
    const client = await server.connect('logfail');
    await client.query('create table t (id int primary key); create publication logfail_publication for table t');
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('logfail', url), log);
    await caughtUp(client, running);
    log.fail(new Error('disk full'));
    expect(await running.ended).toMatchObject({ code: 'INGEST_LOG_FAILED', cause: { message: 'disk full' } });
    expect(running.capture.progress().state).toBe('failed');
  });

  it('shows its rows and positions as metrics', async () => {
    const url = await server.createDatabase('metrics');
    const client = await server.connect('metrics');
    await client.query(`create table t (id int primary key); insert into t values (1), (2);
      create publication metrics_publication for table t`);
    const metrics = new Registry();
    const logger = createLogger({ name: 'test', level: 'silent' });
    const log = new RecordingLog();
    const capture = createCapture({ source: sourceConfig('metrics', url), log, logger, metrics, timing: FAST });
    const controller = new AbortController();
    const ended = capture.run(controller.signal);
    await until('streaming', () => capture.progress().state === 'streaming');
    await client.query('insert into t values (3)');
    await until('the row', () => log.recorded.events.length === 3);
    const text = await metrics.metrics();
    expect(text).toContain('millrace_ingest_rows_total{source="metrics",kind="insert"} 1');
    expect(text).toContain('millrace_ingest_snapshot_rows_total{source="metrics"} 2');
    expect(text).toContain('millrace_ingest_state{source="metrics",state="streaming"} 1');
    controller.abort();
    await ended;
  });
});
