import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecordedSource, RecordingLog } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, startCapture, until } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

// The row went: its column was taken for a sign that the table would be built anew.
test('keeps a row that got another key while it was copied, though a column that it left out is dropped by then', async () => {
  const url = await server.createDatabase('moved');
  const client = await server.connect('moved');
  await client.query(`create table t (id int primary key, v text, big text, other text);
    alter table t alter big set storage external, alter other set storage external;
    insert into t select i, 'v' || i, repeat('b', 5000), repeat('o', 5000) from generate_series(1, 3) i;
    create publication moved_publication for all tables`);
  const recorded = new RecordedSource();
  const chunk = Promise.withResolvers<void>();
  const stream = Promise.withResolvers<void>();
  let isRead = false;
  let isBlocked = true;
  let isWaiting = false;
  const log = new RecordingLog(
    {
      room() {
        if (!isBlocked || !isRead) return null;
        isWaiting = true;
        return stream.promise;
      },
      chunkDone: () => {
        isRead = true;
        return chunk.promise;
      },
    },
    recorded,
  );
  const running = startCapture(sourceConfig('moved', url), log);
  await until('the first chunk', () => isRead);
  // What arrives is looked at before there has to be room: a keepalive first.
  await until('the stream to wait', () => isWaiting);
  await client.query('update t set id = id + 1000 where id = 2');
  chunk.resolve();
  const phase = () => running.capture.progress().tables[0]?.phase;
  await until('the end of the copy', () => phase() === 'streaming');
  await client.query('alter table t drop big');
  await until('the look at it', () => JSON.stringify(recorded.state?.snapshot).includes('"former":["big"]'));
  isBlocked = false;
  stream.resolve();
  await caughtUp(client, running);
  const rows = recorded.rows('public.t').map(({ id, v, other }) => [id, v, String(other).length]);
  expect(rows.sort()).toEqual([
    ['1', 'v1', 5000],
    ['1002', 'v2', 5000],
    ['3', 'v3', 5000],
  ]);
  expect(recorded.built).toEqual([]);
  expect(await running.stop()).toBeNull();
});
