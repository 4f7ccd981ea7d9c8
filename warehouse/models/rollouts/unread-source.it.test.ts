import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import { createRandom } from '../../testing/random.ts';
import { createRunningModels, type RunningModels, until } from '../../testing/running-models.ts';
import { openShop, type Shop, type ShopTable } from '../../testing/shop.ts';
import { changeOrders } from '../../testing/shop-traffic.ts';
import { type FolderChanges, writeSmallModels } from '../../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationOf } from '../../testing/tuples.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { readRollouts } from './rollout.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const random = createRandom(SEED);
const READ = ['order.order_items', 'order.orders', 'user.activity', 'inventory.products', 'inventory.categories'];

let warehouse: TemporaryWarehouse;
let shop: Shop;
let models: RunningModels;
let hasNote = false;
const folders: string[] = [];

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  // Changes of these alone are kept for the models.
  shop = await openShop(warehouse, undefined, undefined, new Set(READ));
  await ensureRolloutBookkeeping(warehouse.client);
  for (let n = 0; n < 200; n++) change();
  await shop.commit();
  models = createRunningModels({ warehouse, models: await folderWith({}), traffic });
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

function change(): void {
  changeOrders(shop, random);
  const id = String(1 + random.below(30));
  const at = '2024-03-03 12:00:00+00';
  const note = hasNote ? [random.pick(['a', 'b', null])] : [];
  const table = random.pick<ShopTable>(['templates', 'payments', 'warehouses']);
  if (random.below(5) === 0) shop.remove(table, id);
  else if (table === 'templates') shop.put(table, [id, random.pick(['x', 'y']), 'email', String(random.below(9)), at]);
  else if (table === 'warehouses') shop.put(table, [id, `w${id}`, random.pick(['north', 'south']), 'DE']);
  else
    shop.put(table, [
      ...[id, id, `${random.below(99)}.50`, 'EUR', 'card', 'adyen', 'r', random.pick(['captured', 'failed']), at, at],
      ...note,
    ]);
}

async function traffic(): Promise<void> {
  for (let n = 0; n < 10; n++) change();
  await shop.commit();
}

/** A fact of a source table's rows. */
const factOf = (
  source: string,
  column: string,
) => `{{ config(materialized='table', unique_key='id', meta={'maintenance': {
    'strategy': 'by_key', 'key': 'id', 'inputs': {'${source}': 'id'}}}) }}
  select id, coalesce(toString(${column}), '') as value
  from {{ source('${source.replace('.', "', '")}') }}`;

test(`models over source tables that none has read, while they change (seed ${SEED})`, async () => {
  await models.start();
  await until(async () => (await readRollouts(warehouse.client)).some(({ state }) => state === 'live'), 'live');
  const journals = () =>
    queryText(warehouse.client, "select count() from system.tables where name = 'payment__payments__feed'");
  expect(await journals()).toBe('0\n');
  let added: FolderChanges = {};
  let folder = '';
  const add = async (name: string, source: string, column: string) => {
    added = { ...added, [`models/facts/${name}.sql`]: factOf(source, column) };
    folder = await folderWith(added);
    expect(await models.ended(await models.askRun(folder))).toMatchObject({ state: 'live', code: '' });
  };
  await add('template_fact', 'notification.templates', 'subject');
  await add('payment_fact', 'payment.payments', 'status');
  expect(await journals()).toBe('1\n');
  expect(await models.differing(folder), `seed ${SEED}`).toEqual([]);

  await models.stop();
  const { log, relation } = shop.logOf('payments');
  const column = relationOf('payment', 'payments', { note: 'text' }).columns[0];
  const noted = { ...relation, columns: [...relation.columns, column] } as Relation;
  await log.defineRelation(noted);
  shop.reshape('payments', noted);
  hasNote = true;
  await models.start();
  await add('note_fact', 'payment.payments', 'note');
  await add('warehouse_fact', 'inventory.warehouses', 'name');
  expect(await models.differing(folder), `another column, seed ${SEED}`).toEqual([]);
  const notes = "select uniqExact(value) > 1 from marts.note_fact where value != ''";
  expect(await queryText(warehouse.client, notes)).toBe('1\n');
}, 120_000);
