import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceError } from '../../runtime/errors.ts';
import { sampleHeap } from '../testing/heap-sampler.ts';
import { RecordedSource, RecordingLog } from '../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture, until } from '../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';

let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
});

afterAll(() => server.stop());

async function database(name: string, setup = ''): Promise<{ url: string; client: pg.Client }> {
  const url = await server.createDatabase(name);
  const client = await server.connect(name);
  await client.query(
    `create table t (id int primary key, v text); create publication ${name}_publication for table t; ${setup}`,
  );
  return { url, client };
}

async function confirmedLsn(client: pg.Client, name: string): Promise<bigint> {
  const { rows } = await client.query(
    `select confirmed_flush_lsn - '0/0' as lsn from pg_replication_slots where slot_name = 'millrace_${name}'`,
  );
  return BigInt(rows[0].lsn);
}

describe('capture', () => {
  it('loses nothing of adjacent commits when it starts anew after each confirmation', async () => {
    const { url, client } = await database('adjacent');
    const writers = await Promise.all(Array.from({ length: 6 }, () => server.connect('adjacent')));
    const recorded = new RecordedSource();
    const config = sourceConfig('adjacent', url);
    const start = (): { log: RecordingLog; running: ReturnType<typeof startCapture> } => {
      const log = new RecordingLog({ autoDurable: false }, recorded);
      return { log, running: startCapture(config, log, { drainMs: 0, tickMs: 5 }) };
    };
    const first = start();
    await until('the snapshot', () => recorded.state?.consistentLsn != null);
    await first.running.stop();
    let id = 0;
    await Promise.all(
      writers.map(async (writer) => {
        for (let n = 0; n < 40; n++) {
          id += 3;
          await writer.query(`insert into t values (${id}), (${id + 1}), (${id + 2})`);
        }
      }),
    );
    for (let round = 0; round < 25; round++) {
      const { log, running } = start();
      await until('transactions', () => log.waiting > 3);
      const seen = recorded.commits.length - log.waiting;
      log.confirm(recorded.commits[seen + (round % 3)] ?? null);
      await until('the confirmation', async () => (await confirmedLsn(client, 'adjacent')) === recorded.durableLsn);
      await running.stop();
    }
    const last = new RecordingLog({}, recorded);
    const running = startCapture(config, last);
    await caughtUp(client, running);
    expect(recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(recorded.rows('public.t')).toHaveLength(720);
    expect(await running.stop()).toBeNull();
  });

  // An idle source's WAL was kept, and tables that are built anew never took their places, until its next transaction.
  it('follows the end of the WAL of a source that is idle when it starts again', async () => {
    const { url, client } = await database('idle_again', 'insert into t values (1)');
    const config = sourceConfig('idle_again', url);
    const recorded = new RecordedSource();
    const first = startCapture(config, new RecordingLog({}, recorded));
    await caughtUp(client, first);
    expect(await first.stop()).toBeNull();
    const before = await confirmedLsn(client, 'idle_again');
    const second = startCapture(config, new RecordingLog({}, recorded));
    await caughtUp(client, second);
    await until('a confirmation', async () => (await confirmedLsn(client, 'idle_again')) > before);
    await second.capture.resync('public.t');
    await until('the exchange', () => recorded.state !== null && recorded.builds.size === 0 && recorded.chunks > 1);
    expect(await second.stop()).toBeNull();
  });

  it('hands over each change once when its walsender is terminated in the middle of transactions', async () => {
    const { url, client } = await database('terminated');
    // Room is given a little at a time, so that the connection ends inside a transaction.
    const log = new RecordingLog({ room: () => new Promise((resolve) => setTimeout(resolve, 2)) });
    const running = startCapture(sourceConfig('terminated', url), log);
    await caughtUp(client, running);
    for (let n = 0; n < 5; n++) {
      await client.query(`insert into t select ${n} * 20000 + i, repeat('v', 50) from generate_series(1, 20000) i`);
      const before = log.rowsSeen;
      await until('a part of the transaction', () => log.rowsSeen > before);
      await client.query(
        `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'millrace_terminated'`,
      );
    }
    await caughtUp(client, running);
    expect(log.recorded.events).toHaveLength(100_000);
    expect(running.capture.progress().reconnects).toBeGreaterThan(0);
    expect(log.recorded.rows('public.t')).toEqual(await sourceRows(client, 'public.t'));
    expect(await running.stop()).toBeNull();
  });

  it('confirms the WAL of an idle database beside a busy one', async () => {
    const idle = await database('idle');
    const busy = await database('busy');
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('idle', idle.url), log, { heartbeatMs: 0 });
    await caughtUp(idle.client, running);
    await busy.client.query(`insert into t select n, repeat('v', 500) from generate_series(1, 20000) n`);
    const { rows } = await busy.client.query(`select pg_current_wal_lsn() - '0/0' as lsn`);
    await until(
      'the idle slot to move',
      async () => (await confirmedLsn(idle.client, 'idle')) >= BigInt(rows[0].lsn),
      60_000,
    );
    expect(log.recorded.commits).toHaveLength(0);
    expect(await running.stop()).toBeNull();
  });

  it('keeps its memory bounded when a large transaction meets a slow sink', async () => {
    const { url, client } = await database('large');
    const log = new RecordingLog({ countOnly: true, room: () => new Promise((resolve) => setTimeout(resolve, 1)) });
    const running = startCapture(sourceConfig('large', url), log);
    await caughtUp(client, running);
    const heap = sampleHeap();
    await client.query(`insert into t select n, repeat('v', 1000) from generate_series(1, 300000) n`);
    await caughtUp(client, running);
    const mostMiB = heap.stop();
    expect(log.rowsSeen).toBe(300_000);
    expect(mostMiB).toBeLessThan(128);
    expect(await running.stop()).toBeNull();
  });

  it('stops with a code when an operator is needed', async () => {
    const { url, client } = await database('broken');
    const recorded = new RecordedSource();
    const config = sourceConfig('broken', url);
    const failure = async (over: Partial<typeof config> = {}): Promise<string | null> => {
      const error = await startCapture({ ...config, ...over }, new RecordingLog({}, recorded)).ended;
      return error instanceof MillraceError ? error.code : null;
    };
    expect(await failure({ url: url.replace('secret', 'wrong') })).toBe('INGEST_AUTHENTICATION_FAILED');
    expect(await failure({ url: `${url}_missing` })).toBe('INGEST_DATABASE_MISSING');
    expect(await failure({ name: 'nobody' })).toBe('INGEST_PUBLICATION_MISSING');

    const running = startCapture(config, new RecordingLog({}, recorded));
    await caughtUp(client, running);
    await running.stop();
    await client.query(`select pg_drop_replication_slot('millrace_broken')`);
    expect(await failure()).toBe('INGEST_SLOT_MISSING');
    await client.query(`insert into t select generate_series(1, 10)`);
    await client.query(`select pg_create_logical_replication_slot('millrace_broken', 'pgoutput')`);
    expect(await failure()).toBe('INGEST_SLOT_RECREATED');
  });

  it('stops when the publication is dropped while streaming', async () => {
    const { url, client } = await database('unpublished');
    const running = startCapture(sourceConfig('unpublished', url), new RecordingLog());
    await caughtUp(client, running);
    await client.query('drop publication unpublished_publication; insert into t values (1)');
    expect(await running.ended).toMatchObject({ code: 'INGEST_PUBLICATION_MISSING' });
    expect(running.capture.progress().state).toBe('failed');
  });
});
