import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
});

afterAll(() => server.stop());

async function database(name: string, setup: string): Promise<{ url: string; client: pg.Client }> {
  const url = await server.createDatabase(name);
  const client = await server.connect(name);
  await client.query(setup);
  await client.query(`create publication ${name}_publication for all tables`);
  return { url, client };
}

/** Sessions of ours that copy at this moment. */
const COPYING = `
  select count(*)::int as copying from pg_stat_activity
  where datname = current_database() and query like 'copy %' and state = 'active' and pid <> pg_backend_pid()`;

describe('snapshot', () => {
  it('tells rows, bytes, share, rate and time left of every table while it is copied', async () => {
    const { url, client } = await database(
      'progress',
      `create table t (id int primary key, v text);
       insert into t select n, repeat('v', 500) from generate_series(1, 1500) n`,
    );
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const log = new RecordingLog({ chunkDone: (_relation, number) => (number <= 50 ? Promise.resolve() : gate) });
    const running = startCapture(sourceConfig('progress', url), log, { chunkBlocks: 1 });
    const table = () => running.capture.progress().tables.find(({ name }) => name === 'public.t');
    await until('half of it', () => (table()?.snapshotRows ?? 0) >= 750);
    const half = table();
    expect(half).toMatchObject({ phase: 'snapshotting' });
    expect(half?.snapshotDone).toBeLessThan(0.6);
    expect(half?.snapshotRows).toBe(750);
    // Each row is its number, a tab, 500 letters and a newline.
    expect(half?.snapshotBytes).toBeGreaterThan(750 * 503);
    expect(half?.snapshotBytes).toBeLessThan(750 * 507);
    expect(half?.snapshotRowsPerSecond).toBeGreaterThan(0);
    expect(half?.snapshotSecondsLeft).toBeGreaterThan(0);
    expect(running.capture.progress().snapshot).toMatchObject({ tables: 1, rows: 750, busy: null });
    go();
    await caughtUp(client, running);
    expect(table()).toMatchObject({ snapshotDone: 1, snapshotRows: 1500, snapshotSecondsLeft: null });
    expect(running.capture.progress()).toMatchObject({ snapshot: null, rows: { snapshot: 1500 } });
    await running.stop();
  });

  it('steps back while others are busy, with one connection and never quite still', async () => {
    const { url, client } = await database(
      'busy',
      `create table t (id int primary key, v text);
       insert into t select n, repeat('v', 500) from generate_series(1, 6000) n`,
    );
    const other = await server.connect('busy');
    const sleeping = other.query('select pg_sleep(600)').catch(() => {});
    await until('the other session to run', async () => {
      const { rows } = await client.query(
        "select from pg_stat_activity where query like '%pg_sleep(600)' and state = 'active'",
      );
      return rows.length >= 1;
    });
    const config = sourceConfig('busy', url, {
      snapshotConnections: 4,
      snapshotThrottle: { activeSessions: 0, standbyDelaySeconds: 10, streamBehindBytes: 2 ** 30 },
    });
    // Chunks take a while, so that how many are under way can be seen; those of before are let go by.
    let underWay = 0;
    let most = 0;
    let whileBusy = 0;
    const log = new RecordingLog({
      async chunkDone() {
        underWay++;
        if (running.capture.progress().snapshot?.busy === 'sessions' && whileBusy++ > 10)
          most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 30));
        underWay--;
      },
    });
    const running = startCapture(config, log, { chunkBlocks: 1, loadMs: 20 });
    await until('it to be noticed', () => running.capture.progress().snapshot?.busy === 'sessions');
    const before = running.capture.progress().rows.snapshot;
    await until('it to go on nevertheless', () => running.capture.progress().rows.snapshot > before + 400);
    expect(running.capture.progress().snapshot?.busy).toBe('sessions');
    // What one connection may have under way; four would have up to twelve.
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(0);
    await client.query("select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(600)'");
    await sleeping;
    await until('the end of it to be noticed', () => running.capture.progress().snapshot?.busy !== 'sessions');
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    await running.stop();
  });

  it('never uses more copy sessions than configured, and limits of the role do not end them', async () => {
    const { url, client } = await database(
      'bounded',
      `create table a (id int primary key, v text); insert into a select n, repeat('v', 500) from generate_series(1, 3000) n;
       create table b (id int primary key, v text); insert into b select n, repeat('v', 500) from generate_series(1, 3000) n;
       alter database bounded set statement_timeout = '50ms';
       alter database bounded set lock_timeout = '50ms';
       alter database bounded set idle_in_transaction_session_timeout = '50ms'`,
    );
    let most = 0;
    const locker = await server.connect('bounded');
    await locker.query('set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0');
    const log = new RecordingLog({
      async chunkDone(_relation, number) {
        if (number === 1) await locker.query('begin; lock table b in access exclusive mode');
      },
    });
    const running = startCapture(sourceConfig('bounded', url, { snapshotConnections: 3 }), log, { chunkBlocks: 8 });
    const watcher = await server.connect('bounded');
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const { rows } = await watcher.query<{ copying: number }>(COPYING);
        most = Math.max(most, rows[0]?.copying ?? 0);
      }
    })();
    // A chunk has to wait for a lock, longer than the role's settings would allow.
    await until('a session to wait for the lock', async () => {
      const { rows } = await client.query(`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and now() - query_start > interval '200 ms'`);
      return rows.length > 0;
    });
    await locker.query('commit');
    await caughtUp(client, running);
    isOver = true;
    await watching;
    expect(most).toBeGreaterThanOrEqual(1);
    expect(most).toBeLessThanOrEqual(3);
    expect(running.capture.progress().reconnects).toBe(0);
    for (const table of ['public.a', 'public.b'])
      expect(log.recorded.rows(table)).toEqual(await sourceRows(client, table));
    await running.stop();
  });

  it('copies very many small tables without a save or a look at the catalog for each', async () => {
    const { url, client } = await database(
      'many',
      `do $$ begin for i in 1..300 loop
         execute format('create table t%s (id int primary key, v text)', i);
         execute format('insert into t%s select n, ''v'' from generate_series(1, 10) n', i);
       end loop; end $$`,
    );
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('many', url), log, { saveChunksMs: 2000 });
    await caughtUp(client, running);
    expect(running.capture.progress().rows.snapshot).toBe(3000);
    expect(log.recorded.savedStates.length).toBeLessThan(60);
    for (const n of [1, 150, 300])
      expect(log.recorded.rows(`public.t${n}`)).toEqual(await sourceRows(client, `public.t${n}`));
    await running.stop();
  });

  it('makes chunks by bytes where values are out of line, and copies one huge value', async () => {
    const { url, client } = await database(
      'huge',
      `create table t (id int primary key, v text);
       alter table t alter v set storage external;
       insert into t select n, repeat('v', 25000) from generate_series(1, 600) n;
       insert into t select 1000, repeat('w', 20000000)`,
    );
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('huge', url), log, { chunkBytes: 4 << 20 });
    await caughtUp(client, running);
    // 35 MB in some blocks of row pointers: a chunk of blocks alone would be all of it.
    expect(log.recorded.chunks).toBeGreaterThanOrEqual(4);
    const rows = log.recorded.rows('public.t');
    expect(rows.length).toBe(601);
    expect(rows.find(({ id }) => id === '1000')?.v).toBe('w'.repeat(20_000_000));
    expect(running.capture.progress().rows.snapshotBytes).toBeGreaterThan(35_000_000 - 1);
    await running.stop();
  });
});
