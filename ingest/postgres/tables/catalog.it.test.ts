import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { describeTables } from './catalog.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres?.stop());

// A column with a volatile default was NULL in old rows of the replica: its rewrite was taken for a VACUUM FULL.
test('describes columns and storage of one moment when a table is rewritten meanwhile', async () => {
  await postgres.createDatabase('moment');
  const [looking, changing] = await Promise.all([postgres.connect('moment'), postgres.connect('moment')]);
  await changing.query('create table t (id int primary key); create publication p for all tables');
  const describe = async () => {
    const [table] = await describeTables(looking, 'p');
    return { shape: table?.shape, storage: table?.storage };
  };
  await looking.query('begin isolation level repeatable read');
  const before = await describe();
  await changing.query('alter table t add n int default (random() * 100)::int');
  expect(await describe()).toEqual(before);
  await looking.query('commit');
  const after = await describe();
  expect(after.shape?.columns.map(({ name }) => name)).toEqual(['id', 'n']);
  expect(after.storage).not.toBe(before.storage);
  await Promise.all([looking.end(), changing.end()]);
});
