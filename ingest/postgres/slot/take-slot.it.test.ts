import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FreezingProxy, startFreezingProxy } from '../../testing/freezing-proxy.ts';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

const WATCHDOG_MS = 1500;

let server: TestPostgres;
let proxy: FreezingProxy;
beforeAll(async () => {
  server = await startTestPostgres();
  proxy = await startFreezingProxy({ host: '127.0.0.1', port: server.port });
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

it('makes its slot although the connection that was to make it carries nothing any more', async () => {
  const url = await server.createDatabase('half');
  const client = await server.connect('half');
  await client.query(`create table t (id int primary key); create publication half_publication for table t`);
  const other = await server.connect('half');
  await other.query('begin; insert into t values (1)');
  const log = new RecordingLog();
  const through = url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const running = startCapture(sourceConfig('half', through), log, { statusIntervalMs: 50, watchdogMs: WATCHDOG_MS });
  const waiting = async (longerThanMs: number): Promise<boolean> => {
    const { rows } = await client.query(
      `select from pg_stat_activity
       where query like 'CREATE_REPLICATION_SLOT%' and wait_event_type = 'Lock'
         and query_start < clock_timestamp() - $1 * interval '1 ms'`,
      [longerThanMs],
    );
    return rows.length === 1;
  };
  // A server that is at work is waited for.
  await until('the slot to wait for the transaction', () => waiting(2 * WATCHDOG_MS));
  expect(running.capture.progress().reconnects).toBe(0);
  proxy.freeze();
  await other.query('commit');
  await caughtUp(client, running);
  expect(running.capture.progress().reconnects).toBeGreaterThan(0);
  expect(log.recorded.rows('public.t')).toEqual([{ id: '1' }]);
  expect(await running.stop()).toBeNull();
});
