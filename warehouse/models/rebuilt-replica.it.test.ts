import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import type { TableBuild } from '../../changelog/change-log.ts';
import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { differencesOf } from '../testing/full-build.ts';
import { createRandom } from '../testing/random.ts';
import { openShop, SHOP_TABLES, type Shop, type ShopTable } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { relationOf, tupleOf } from '../testing/tuples.ts';
import { runModels } from './main.ts';
import { readProject } from './project/read-project.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });

let warehouse: TemporaryWarehouse;
let shop: Shop;
const stop = new AbortController();
let running: Promise<void>;

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  fill();
  await shop.commit();
  running = runModels({ config: config(), logger, signal: stop.signal, watch: true });
  running.catch(() => {});
});
afterAll(async () => {
  stop.abort();
  await running;
  await shop.close();
  await warehouse.stop();
});

function config(): Config {
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))];
  return {
    warehouse: warehouse.config,
    log: 'direct',
    sources: sources.map((name) => ({
      name,
      url: '',
      schemas: ['public'],
      tables: ['*'],
      exclude: [],
      snapshotConnections: 1,
    })),
    models: MODELS,
    api: { host: '127.0.0.1', port: 0 },
  };
}

const item = (id: number, quantity: number): (string | null)[] => [
  String(id),
  String(1 + (id % 20)),
  String(1 + (id % 5)),
  String(quantity),
  '1.2500',
  '10.00',
  '1.00',
  '0.50',
  '2.0000',
];

function fill(): void {
  for (let id = 1; id <= 5; id++) {
    shop.put('categories', [String(id), null, `c${id}`]);
    shop.put('products', [String(id), `sku${id}`, `p${id}`, String(id), '9.99', '1.25', 't']);
    shop.put('users', [String(id), `u${id}@example.com`, 'active', '2024-01-01 00:00:00+00']);
    shop.put('profiles', [String(id), 'a', 'b', 'c', 'north', 'DE', 'x', 'web']);
  }
  for (let id = 1; id <= 20; id++) {
    const at = '2024-03-01 12:00:00+00';
    shop.put('orders', [String(id), String(1 + (id % 5)), 'paid', 'web', 'north', 'DE', 'EUR', at]);
  }
  for (let id = 1; id <= 100; id++) shop.put('order_items', item(id, 1));
  shop.put('refunds', ['1', '1', null, '1.00', 'completed']);
}

/** The models at the last watermark that has what is loaded now, compared with their SQL over the replicas. */
async function differences(): Promise<string> {
  const floors = () =>
    queryText(warehouse.client, 'select source, toString(floor) from millrace.positions final order by source');
  const published = () =>
    queryText(
      warehouse.client,
      `select source, toString(floor) from (
         select w.source as sources, w.floor as floors from millrace.watermarks as w order by w.watermark desc limit 1
       ) array join sources as source, floors as floor order by source`,
    );
  await expect.poll(async () => (await published()) === (await floors()), { timeout: 60_000, interval: 50 }).toBe(true);
  const project = await readProject(MODELS);
  const tables = project.models.filter(({ materialized }) => materialized === 'table');
  const found = await Promise.all(tables.map(({ name }) => differencesOf(warehouse.client, project, name, 'kept')));
  return found.join('');
}

/** Builds a table anew: `rows` are what a copy of the source would read. */
async function rebuild(
  table: ShopTable,
  relation: Relation,
  rows: (string | null)[][],
  meanwhile: () => Promise<void>,
) {
  const { log } = shop.logOf(table);
  const build: TableBuild = { id: randomUUID(), keepsOld: false };
  await log.rebuild(relation, build);
  const fromLsn = log.durableLsn();
  await meanwhile();
  const chunk = log.openChunk(relation, fromLsn);
  for (const row of rows) chunk.row(tupleOf(row));
  await chunk.done();
  await shop.commit();
  await log.exchange(relation, build, fromLsn);
  shop.reshape(table, relation);
  await shop.commit();
}

test(`models follow a replica that was built anew, row by row (seed ${SEED})`, async () => {
  expect(await differences()).toBe('');
  const random = createRandom(SEED);
  const generation = () => queryText(warehouse.client, 'select max(generation) from millrace.watermarks');
  const before = await generation();
  // What the source has, and the replica missed: other values, rows that are gone, and new ones.
  const rows = Array.from({ length: 120 }, (_, i) => item(i + 1, random.below(4) === 0 ? 7 : 1)).filter(
    () => random.below(5) > 0,
  );
  await rebuild('order_items', shop.logOf('order_items').relation, rows, async () => {
    shop.put('order_items', item(500, 3));
    await shop.commit();
  });
  expect(await differences(), `seed ${SEED}`).toBe('');
  const kept = await queryText(warehouse.client, 'select count(), sum(quantity) from raw.order__order_items final');
  expect(kept).toBe(`${rows.length + 1}\t${rows.reduce((sum, row) => sum + Number(row[3]), 3)}\n`);
  // By the journal, not by building everything anew.
  expect(await generation()).toBe(before);
});

test('a source that is copied anew stays at its last state, and the others go on', async () => {
  expect(await differences()).toBe('');
  const { log } = shop.logOf('orders');
  const published = () =>
    queryText(
      warehouse.client,
      `select floors[indexOf(sources, 'order')], lsns[indexOf(sources, 'order')], ends[indexOf(sources, 'order')]
       from (select w.source as sources, w.floor as floors, w.lsn as lsns, w.caught_up_at as ends
             from millrace.watermarks as w order by w.watermark desc limit 1)`,
    );
  const units = () => queryText(warehouse.client, 'select sum(units) from marts.sales_fact');
  const refunds = () => queryText(warehouse.client, 'select sum(refunds) from marts.sales_fact');
  const before = { published: await published(), units: await units() };
  const at = { epoch: 1, snapshotLsn: 100n, snapshot: null };
  await log.saveState({ ...at, consistentLsn: null });
  shop.put('order_items', item(3, 100));
  shop.put('refunds', ['1', '1', null, '3.50', 'completed']);
  await shop.commit();
  await expect.poll(refunds, { timeout: 60_000 }).toBe('3.5\n');
  expect({ published: await published(), units: await units() }).toEqual(before);
  await log.saveState({ ...at, consistentLsn: 100n });
  await shop.commit();
  expect(await differences()).toBe('');
  expect(await units()).not.toBe(before.units);
});

test('models are built anew when a replica comes back in another shape, while they run', async () => {
  expect(await differences()).toBe('');
  const columns = { ...SHOP_TABLES.order_items.columns, gross_amount: 'numeric(14,4)', note: 'text' };
  const relation = relationOf('order', 'order_items', columns);
  const rows = Array.from({ length: 50 }, (_, i) => [...item(i + 1, 2), `note ${i}`]);
  await rebuild('order_items', relation, rows, async () => {});
  shop.put('order_items', [...item(51, 9), null]);
  await shop.commit();
  await expect
    .poll(() => queryText(warehouse.client, 'select sum(units) from marts.sales_fact'), { timeout: 60_000 })
    .toBe(`${50 * 2 + 9}\n`);
  expect(await differences()).toBe('');
});
