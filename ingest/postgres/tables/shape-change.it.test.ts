import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byJson, RecordedSource, RecordingLog, type Row, type Value } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

/** By table, what becomes of it while nobody looks. All begin as (id, x). */
const UNSEEN: Readonly<Record<string, string>> = {
  added_and_renamed: `alter table T add a text; update T set a = 'a' || id; alter table T rename a to b;`,
  renamed_to_and_fro: `alter table T rename x to y; update T set y = 'y' || id; alter table T rename y to x;`,
  swapped: `alter table T add a text, add b text; update T set a = 'a', b = 'b';
    alter table T rename a to c; alter table T rename b to a; alter table T rename c to b;`,
  dropped_and_added: `alter table T add a text; update T set a = 'a'; alter table T drop a; alter table T add a text;`,
  exchanged_for_another: `alter table T add a text; update T set a = 'a'; alter table T drop a; alter table T add b text;
    update T set b = 'b' where id < 3;`,
};
const FOLLOWED: Readonly<Record<string, string>> = {
  added: `update T set x = 'before' where id = 1; alter table T add a text; update T set a = 'a' where id = 2;`,
  dropped: `update T set x = 'before' where id = 1; alter table T drop x; delete from T where id = 2;`,
};

/** Rows of the log with the columns that the source has now. */
function rowsOf(recorded: RecordedSource, table: string, like: readonly Row[]): Row[] {
  const names = Object.keys(like[0] ?? {});
  return recorded
    .rows(table)
    .map((row) => Object.fromEntries(names.map((name): [string, Value] => [name, row[name] ?? null])))
    .sort(byJson);
}

async function prepare(name: string, tables: readonly string[]): Promise<{ url: string; client: pg.Client }> {
  const url = await server.createDatabase(name);
  const client = await server.connect(name);
  for (const table of tables) {
    await client.query(`create table ${table} (id int primary key, x text);
      insert into ${table} select i, 'x' || i from generate_series(1, 4) i`);
  }
  await client.query(`create publication ${name}_publication for all tables`);
  return { url, client };
}

// Values came under a name that their column no longer had when the catalog was looked at, and stayed there.
test('rows have their values under the names of today after changes of shape that nobody saw', async () => {
  const changes = { ...UNSEEN, ...FOLLOWED };
  const { url, client } = await prepare('unseen', Object.keys(changes));
  const config = sourceConfig('unseen', url);
  const recorded = new RecordedSource();
  const first = startCapture(config, new RecordingLog({}, recorded));
  await caughtUp(client, first);
  expect(await first.stop()).toBeNull();
  for (const [table, sql] of Object.entries(changes)) {
    // A transaction each, so that they are not seen at once.
    for (const statement of sql.split(';')) await client.query(statement.replaceAll('T', table));
  }
  const second = startCapture(config, new RecordingLog({}, recorded));
  await caughtUp(client, second);
  for (const table of Object.keys(changes)) {
    const expected = await sourceRows(client, table);
    await expect.poll(() => rowsOf(recorded, `public.${table}`, expected), { timeout: 20_000 }).toEqual(expected);
  }
  for (const table of Object.keys(FOLLOWED)) expect(recorded.built).not.toContain(`public.${table}`);
  expect(await second.stop()).toBeNull();
});

test('a column that comes back under its name after its loss was seen has none of its former values', async () => {
  const { url, client } = await prepare('back', ['t']);
  const recorded = new RecordedSource();
  const running = startCapture(sourceConfig('back', url), new RecordingLog({}, recorded));
  await caughtUp(client, running);
  await client.query('alter table t drop x');
  await expect.poll(() => JSON.stringify(recorded.state?.snapshot)).toContain('"former":["x"]');
  await client.query('alter table t add x text');
  await client.query(`update t set x = 'new' where id = 1`);
  await caughtUp(client, running);
  const expected = await sourceRows(client, 't');
  await expect.poll(() => rowsOf(recorded, 'public.t', expected), { timeout: 20_000 }).toEqual(expected);
  expect(await running.stop()).toBeNull();
});
