import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRowStore, type RowStore } from './row-store.ts';

let folder: string;
let store: RowStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-rows-'));
  store = await openRowStore(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const SHAPE = { name: 'orders', columns: ['id', 'customer', 'status'], key: [0] };

async function put(table: ReturnType<RowStore['table']>, ...lines: string[]): Promise<void> {
  await store.transaction(async () => {
    for (const line of lines) table.put(line);
    return null;
  });
}

// Symptom: a changed model that looked an open table up by another column failed with "has no look-up by".
test('a table that is open is found by a further column as soon as somebody asks for it', async () => {
  const first = store.table({ ...SHAPE, lookups: [1] });
  await put(first, '1\t7\tpaid', '2\t8\tpaid');
  const second = store.table({ ...SHAPE, lookups: [1, 2] });
  expect(second.find(2, 'paid')).toEqual(['1\t7\tpaid', '2\t8\tpaid']);
  await put(second, '1\t7\tshipped');
  expect(second.find(2, 'paid')).toEqual(['2\t8\tpaid']);
  expect(store.table({ ...SHAPE, lookups: [1] })).toBe(second);
});

test('rows that a former version kept in another format are of no use', async () => {
  const state = { generation: 1, watermark: '3', floors: {}, tableFloors: {}, builds: {} };
  await store.transaction(async () => state);
  await store.close();
  store = await openRowStore(folder);
  expect(store.state()).toEqual(state);
  await store.close();
  const former = open({ path: folder, maxDbs: 16 });
  await former.openDB({ name: 'meta', encoding: 'json' }).remove('format');
  await former.close();
  store = await openRowStore(folder);
  expect(store.state()).toBeNull();
});
