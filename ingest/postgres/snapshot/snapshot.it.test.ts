import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedSource, RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { readBook } from './snapshot-book.ts';

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

/** A gate for chunks: they wait from the n-th on until it is opened. */
function gate(from: number): {
  done: (relation: unknown, number: number) => Promise<void>;
  open: () => void;
  waits: () => boolean;
} {
  let open = (): void => {};
  let waits = false;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    open: () => open(),
    waits: () => waits,
    async done(_relation, number) {
      if (number < from) return;
      waits = true;
      await opened;
    },
  };
}

describe('snapshot', () => {
  it('lets changes win that were uncommitted while the slot was made and while the chunk was read', async () => {
    const { url, client } = await database(
      'open_tx',
      `create table t (id int primary key, v text);
       insert into t select n, 'old' from generate_series(1, 100) n`,
    );
    const [first, second, third] = [
      await server.connect('open_tx'),
      await server.connect('open_tx'),
      await server.connect('open_tx'),
    ];
    const slotWaits = (pid: unknown): Promise<boolean> =>
      client
        .query(
          `select from pg_locks w join pg_locks h on h.transactionid = w.transactionid and h.granted
           join pg_stat_activity a on a.pid = w.pid where not w.granted and h.pid = $1 and a.backend_type = 'walsender'`,
          [pid],
        )
        .then(({ rowCount }) => rowCount === 1);
    const pid = async (on: pg.Client): Promise<unknown> =>
      (await on.query('select pg_backend_pid() as pid')).rows[0].pid;

    // Making a slot waits twice for what runs; what starts in the second wait is still open at the consistent point.
    await first.query(`begin; update t set v = 'first' where id = 1`);
    const chunks = gate(1);
    const log = new RecordingLog({ chunkDone: chunks.done });
    const running = startCapture(sourceConfig('open_tx', url), log);
    const [firstPid, secondPid] = [await pid(first), await pid(second)];
    await until('the slot to wait for the first', () => slotWaits(firstPid));
    await second.query(`begin; update t set v = 'second' where id = 2`);
    await first.query('commit');
    await until('the slot to wait for the second', () => slotWaits(secondPid));
    await third.query(`begin; update t set v = 'third' where id = 3; delete from t where id = 4`);
    await second.query('commit');
    await until('the stream', () => log.recorded.state !== null);
    expect(log.recorded.chunks).toBe(0);
    await third.query('commit');

    await second.query(`begin; update t set v = 'during' where id = 5; delete from t where id = 6;
      update t set id = 1007 where id = 7`);
    await until('the chunk', () => chunks.waits());
    await second.query('commit');
    chunks.open();
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(log.recorded.rows('public.t').find(({ id }) => id === '3')?.v).toBe('third');
    expect(await running.stop()).toBeNull();
  });

  it('goes on with the missing chunks after a crash', async () => {
    const { url, client } = await database(
      'crash',
      `create table t (id int primary key, v text);
       insert into t select n, repeat('v', 500) from generate_series(1, 300) n;
       create table u (id int primary key);
       insert into u select generate_series(1, 100)`,
    );
    const chunks = gate(8);
    const log = new RecordingLog({ chunkDone: chunks.done });
    const config = sourceConfig('crash', url);
    const running = startCapture(config, log, { chunkBlocks: 1, drainMs: 10 });
    await until('the eighth chunk', () => chunks.waits());
    const doneBlocks = (): number =>
      (readBook(log.recorded.state?.snapshot)?.tables['public.t']?.copy?.done ?? []).reduce(
        (sum, [a, b]) => sum + b - a,
        0,
      );
    await until('chunks to be written down', () => doneBlocks() >= 6);
    const done = doneBlocks();
    const left = log.recorded.copy();
    await client.query(`update t set v = 'changed' where id in (1, 2, 299); delete from t where id in (3, 298);
      insert into t values (1000, 'new'); truncate u; insert into u values (5)`);
    await running.stop();
    const again = new RecordingLog({}, left);
    const resumed = startCapture(config, again, { chunkBlocks: 1 });
    await caughtUp(client, resumed);
    expect(left.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(left.rows('public.u')).toEqual(await sourceRows(client, 'public.u'));
    const { rows } = await client.query(`select pg_relation_size('t') / 8192 as blocks`);
    expect(left.chunks).toBeLessThanOrEqual(Number(rows[0].blocks) - done + 4);
    expect(left.state?.consistentLsn).not.toBeNull();
    expect(await resumed.stop()).toBeNull();
  });

  it('has the out-of-line values of rows that an update moved into blocks read before', async () => {
    const { url, client } = await database(
      'moved',
      `create table t (id int primary key, n int, big text);
       alter table t alter big set storage external;
       insert into t select n, 0, repeat(n::text, 3000) from generate_series(1, 1000) n;
       delete from t where id <= 100`,
    );
    await client.query('vacuum t');
    const chunks = gate(3);
    const log = new RecordingLog({ chunkDone: chunks.done });
    const running = startCapture(sourceConfig('moved', url, { snapshotConnections: 1 }), log, { chunkBlocks: 1 });
    await until('the third chunk', () => chunks.waits());
    await client.query("update t set n = 1 where ctid >= '(3,0)' and ctid < '(4,0)'");
    const { rows } = await client.query(`select count(*)::int as moved from t where n = 1 and ctid < '(1,0)'`);
    expect(rows[0].moved).toBeGreaterThan(0);
    chunks.open();
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(await running.stop()).toBeNull();
  });

  it('copies a table again when it is rewritten under the chunks', async () => {
    const { url, client } = await database(
      'rewritten',
      `create table t (id int primary key, v text);
       insert into t select n, repeat('v', 300) from generate_series(1, 500) n;
       delete from t where id % 3 = 0`,
    );
    const chunks = gate(4);
    const log = new RecordingLog({ chunkDone: chunks.done });
    const running = startCapture(sourceConfig('rewritten', url), log, { chunkBlocks: 1 });
    await until('the fourth chunk', () => chunks.waits());
    await client.query('vacuum full t');
    chunks.open();
    await caughtUp(client, running);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(await running.stop()).toBeNull();
  });

  it('takes in tables that are added later, and one that gets a key later', async () => {
    const { url, client } = await database(
      'later',
      `create table t (id int primary key); insert into t select generate_series(1, 10);
       create table k (id int not null); alter table k replica identity full; insert into k select generate_series(1, 50)`,
    );
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('later', url), log);
    await caughtUp(client, running);
    await client.query(`create table n (id int primary key, v text);
      insert into n select n, 'x' from generate_series(1, 1000) n; insert into k values (51)`);
    await client.query(
      `update n set v = 'y' where id < 10; delete from n where id > 990; alter table k add primary key (id)`,
    );
    await client.query('delete from k where id < 5');
    await until(
      'all three tables',
      () => running.capture.progress().tables.filter(({ phase }) => phase === 'streaming').length === 3,
    );
    await client.query(`insert into n values (5000, 'last'); insert into k values (5000)`);
    await caughtUp(client, running);
    for (const table of ['public.t', 'public.n', 'public.k']) {
      expect(log.recorded.rows(table)).toEqual(await sourceRows(client, table));
    }
    await client.query('drop table n; create table n (id int primary key, v text); insert into n values (1)');
    await until('the table made anew to be reported', () =>
      running.capture.progress().tables.some(({ code }) => code === 'INGEST_TABLE_RECREATED'),
    );
    expect(await running.stop()).toBeNull();
  });

  it('copies partitioned tables through their root, filtered rows and listed columns as the stream has them', async () => {
    const url = await server.createDatabase('shapes');
    const client = await server.connect('shapes');
    await client.query(`
      create table p (id int, day date, v text, primary key (id, day)) partition by range (day);
      create table p1 partition of p for values from ('2026-01-01') to ('2026-02-01');
      create table p2 partition of p for values from ('2026-02-01') to ('2026-03-01');
      insert into p select n, '2026-01-01'::date + n % 50, 'v' from generate_series(1, 500) n;
      create table f (id int primary key, secret text, shown text, n int generated always as (id * 2) stored);
      insert into f select n, 'secret', 'shown' from generate_series(1, 100) n;
      create publication shapes_publication for table p, f (id, shown) where (id > 50)
        with (publish_via_partition_root = true)`);
    const log = new RecordingLog({}, new RecordedSource());
    const running = startCapture(sourceConfig('shapes', url), log);
    await caughtUp(client, running);
    await client.query(`insert into p values (1000, '2026-02-02', 'new'); update p set v = 'w' where id = 7;
      insert into f values (1, 'a', 'b') on conflict do nothing; insert into f values (200, 'a', 'b')`);
    await caughtUp(client, running);
    expect(log.recorded.rows('public.p')).toEqual(await sourceRows(client, 'public.p'));
    const { rows } = await client.query('select id::text as id, shown from f where id > 50');
    expect(log.recorded.rows('public.f')).toHaveLength(rows.length);
    expect(log.recorded.rows('public.f')).toContainEqual({ id: '200', shown: 'b' });
    expect(await running.stop()).toBeNull();
  });
});
