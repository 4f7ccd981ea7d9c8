import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureModelBookkeeping } from '../models/store/bookkeeping.ts';
import { createModelTable, type ModelTable, OPEN_END } from '../models/store/model-table.ts';
import { createModelViews } from '../models/store/model-views.ts';
import { createRandom, type Random } from '../testing/random.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { readDirectRelations } from './direct-relations.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const KEYS = 12;
const BATCHES = 30;
const CHECKED = 40;
const GIVEN_UP = 7;
const TABLE = {
  model: {
    name: 'kept',
    uniqueKey: ['id'],
    maintenance: { strategy: 'by_key', key: ['id'], inputs: {} },
    description: 'rows by key',
  },
  name: 'kept__g1',
  columns: [
    { name: 'id', type: 'Int64' },
    { name: 'value', type: 'Nullable(String)' },
  ],
} as unknown as ModelTable;

type Version = readonly [id: number, value: string, from: number, to: string | number, version: number];

let warehouse: TemporaryWarehouse;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  await ensureModelBookkeeping(warehouse.client);
});
afterAll(() => warehouse?.stop());

async function ask<T>(sql: string, parameters: Record<string, unknown>): Promise<T[]> {
  const result = await warehouse.client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
  return result.json<T>();
}

/** Some batches, as they are written; those that are given up leave what they had written. */
function playBatches(random: Random): { written: Version[][]; aborted: number[] } {
  const open = new Map<number, { value: string; from: number }>();
  const written: Version[][] = [];
  const aborted: number[] = [];
  for (let batch = 1; batch <= BATCHES; batch++) {
    // One at least.
    const isGivenUp = batch === GIVEN_UP || random.next() < 0.2;
    const rows: Version[] = [];
    for (let id = 1; id <= KEYS; id++) {
      if (random.next() >= 0.3) continue;
      const before = open.get(id);
      if (before !== undefined) rows.push([id, before.value, before.from, batch, batch]);
      const after = random.next() < 0.7 ? { value: `${id} of ${batch}`, from: batch } : undefined;
      if (after !== undefined) rows.push([id, after.value, batch, OPEN_END, batch]);
      if (isGivenUp) continue;
      if (after === undefined) open.delete(id);
      else open.set(id, after);
    }
    written.push(random.next() < 0.2 ? [...rows, ...rows] : rows);
    if (isGivenUp) aborted.push(batch);
  }
  return { written, aborted };
}

test(`rows at a state and what changed since are the rows at a later one (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const { client } = warehouse;
  const { written, aborted } = playBatches(random);
  for (const merged of [false, true]) {
    await createModelTable(client, TABLE);
    await createModelViews(client, TABLE, { abortedBatches: aborted.map(String), lastWatermark: null });
    for (const rows of written) {
      if (rows.length === 0) continue;
      const values = rows.map(([id, value, ...rest]) => `(${id}, '${value}', ${rest.join(', ')})`).join(', ');
      await client.command({ query: `insert into store.kept__g1 (id, value, _from, _to, _version) values ${values}` });
    }
    if (merged) await client.command({ query: 'optimize table store.kept__g1 final' });
    const { relations } = await readDirectRelations(client, null);
    const rowsAt = (watermark: number) =>
      ask<{ id: string; value: string }>('select * from store.kept_at(watermark = {watermark:UInt64}) order by id', {
        watermark,
      });
    for (let n = 0; n < CHECKED; n++) {
      const after = random.below(BATCHES);
      const watermark = after + 1 + random.below(BATCHES - after);
      const changes = relations.changes('kept_at', ['id'], BigInt(watermark));
      expect(changes).not.toBeNull();
      const rows = new Map((await rowsAt(after)).map((row) => [row.id, row]));
      const changed = await ask<{ id: string; value: string; _is_open: number }>(changes ?? '', {
        after,
        watermark,
      });
      expect(new Set(changed.map(({ id }) => id)).size).toBe(changed.length);
      for (const { _is_open: isOpen, ...row } of changed) {
        if (isOpen) rows.set(row.id, row);
        else rows.delete(row.id);
      }
      const found = [...rows.values()].sort((a, b) => Number(a.id) - Number(b.id));
      expect(found, `from ${after} to ${watermark}, merged: ${merged}`).toEqual(await rowsAt(watermark));
    }
  }
});

test('a model that stopped has no changes', async () => {
  await createModelTable(warehouse.client, TABLE);
  await createModelViews(warehouse.client, TABLE, { abortedBatches: [], lastWatermark: '7' });
  const { relations } = await readDirectRelations(warehouse.client, null);
  expect(relations.at('kept_at', 9n)).not.toBeNull();
  expect(relations.changes('kept_at', ['id'], 9n)).toBeNull();
});
