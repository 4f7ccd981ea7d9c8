import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

// The table beside of the first beginning was taken for that of the second, in which it had one more column.
test('a build that begins again has another id than the one that a lost connection cut short', async () => {
  const url = await server.createDatabase('begins_again');
  const client = await server.connect('begins_again');
  await client.query(`create table t (id int primary key); insert into t values (1);
    create publication begins_again_publication for all tables`);
  const ids: string[] = [];
  const log = new RecordingLog({
    async rebuilding(_relation, { id }) {
      ids.push(id);
      if (ids.length > 1) return;
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      );
    },
  });
  const running = startCapture(sourceConfig('begins_again', url), log);
  await caughtUp(client, running);
  await running.capture.resync('public.t');
  await until('the build', () => log.recorded.built.length > 0);
  await caughtUp(client, running);
  expect(running.capture.progress().reconnects).toBeGreaterThan(0);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(ids.length);
  expect(log.recorded.rows('public.t')).toEqual([{ id: '1' }]);
  expect(await running.stop()).toBeNull();
});
