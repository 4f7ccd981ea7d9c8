import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../testing/random.ts';
import { createRunningModels, type RunningModels, until } from '../../testing/running-models.ts';
import { openShop, type Shop } from '../../testing/shop.ts';
import { changeOrders } from '../../testing/shop-traffic.ts';
import { type FolderChanges, SMALL_MODELS, writeSmallModels } from '../../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { readRollouts } from './rollout.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
/** Changes a second; `MILLRACE_CHANGES_PER_SECOND=2000` for the long version, with as many rows as `MILLRACE_ORDERS` says. */
const RATE = Number(process.env.MILLRACE_CHANGES_PER_SECOND ?? 400);
const ORDERS = Number(process.env.MILLRACE_ORDERS ?? 2_000);
/** The long version takes what the machine takes. */
const LONGEST_MS = RATE >= 1_000 ? 900_000 : 120_000;
const random = createRandom(SEED);

let warehouse: TemporaryWarehouse;
let shop: Shop;
let models: RunningModels;
const folders: string[] = [];
let lastMs = 0;
let changes = 0;

beforeAll(async () => {
  const own = await folderWith({});
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await ensureRolloutBookkeeping(warehouse.client);
  for (let n = 1; n <= ORDERS; n++) {
    const at = `2024-0${1 + (n % 9)}-03 12:00:00+00`;
    shop.put('orders', [String(n), String(1 + (n % 200)), 'paid', 'web', 'north', 'DE', 'EUR', at]);
    shop.put('order_items', [
      String(n),
      String(n),
      String(1 + (n % 20)),
      '3',
      '1.0000',
      `${n % 90}.25`,
      '0.00',
      '1.00',
    ]);
  }
  await shop.commit();
  models = createRunningModels({ warehouse, models: own, traffic });
});
afterAll(async () => {
  await models?.stop();
  await shop?.close();
  await warehouse?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folderWith(changed: FolderChanges): Promise<string> {
  const folder = await writeSmallModels(changed);
  folders.push(folder);
  return folder;
}

/** As many changes as are due since the last time; what the machine cannot do in a second is not made up for. */
async function traffic(): Promise<void> {
  const nowMs = performance.now();
  const due = Math.min(RATE, Math.round(((nowMs - lastMs) / 1000) * RATE));
  lastMs = nowMs;
  for (let n = 0; n < due; n++) changeOrders(shop, random, ORDERS);
  changes += due;
  if (due > 0) await shop.commit();
  await new Promise((resolve) => setTimeout(resolve, 25));
}

const CUBE = 'models/cubes/product_cube.sql';
const CHANGED_CUBE = (text: string) => text.replace('count() as lines', 'count() as lines, 2 * count() as twice');
const NEW_COLUMN = (text: string) => text.replace('i.units as units', 'i.units as units, i.units * 2 as twice');

test(
  `a changed cube, a new column, a renamed model and the way back, at ${RATE} changes a second (seed ${SEED})`,
  async () => {
    lastMs = performance.now();
    await models.start();
    await until(async () => (await readRollouts(warehouse.client)).some(({ state }) => state === 'live'), 'live');
    const renamed = { [CUBE]: null, 'models/cubes/sales_by_product.sql': CHANGED_CUBE(SMALL_MODELS[CUBE]) };
    const view = 'models/views/products.sql';
    const inView = (text: string) => text.replace("ref('product_cube')", "ref('sales_by_product')");
    const steps: FolderChanges[] = [
      { [CUBE]: CHANGED_CUBE },
      { [CUBE]: CHANGED_CUBE, 'models/facts/line_fact.sql': NEW_COLUMN },
      { ...renamed, [view]: inView, 'models/facts/line_fact.sql': NEW_COLUMN },
    ];
    let folder = '';
    for (const step of steps) {
      folder = await folderWith(step);
      expect(await models.ended(await models.askRun(folder))).toMatchObject({ state: 'live', code: '' });
    }
    expect(await models.differing(folder)).toEqual([]);
    expect(await queryText(warehouse.client, 'exists view marts.product_cube')).toBe('0\n');
    const back = await models.ask({ action: 'rollback', arguments: { to: 1, tests: true } });
    expect(await models.ended(back)).toMatchObject({ state: 'live', dropped: ['sales_by_product'] });
    expect(await models.differing(await folderWith({}))).toEqual([]);
    // Nothing was begun from nothing: readers never waited for a build.
    expect(await queryText(warehouse.client, 'select uniqExact(generation) from millrace.watermarks')).toBe('1\n');
    expect(changes).toBeGreaterThan(RATE);
  },
  LONGEST_MS,
);
