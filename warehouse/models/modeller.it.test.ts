import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { differencesOf } from '../testing/full-build.ts';
import { createRandom, type Random } from '../testing/random.ts';
import { openShop, SHOP_TABLES, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { runModels } from './main.ts';
import { readProject } from './project/read-project.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'error' });

let warehouse: TemporaryWarehouse;
let shop: Shop;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
});
afterAll(async () => {
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

/** Comes up to what is loaded, and ends: every call is a restart too. */
async function modelAll(): Promise<void> {
  await runModels({ config: config(), logger, signal: new AbortController().signal, watch: false });
}

async function expectExact(): Promise<void> {
  const project = await readProject(MODELS);
  for (const model of project.models) {
    if (model.materialized !== 'table') continue;
    expect(await differencesOf(warehouse.client, project, model.name), `${model.name}, seed ${SEED}`).toBe('');
  }
}

const id = (random: Random, below: number) => String(1 + random.below(below));
const money = (random: Random, below: number) => `${random.below(below)}.${String(random.below(100)).padStart(2, '0')}`;

function changeSomething(random: Random): void {
  const table = random.pick([
    'orders',
    'orders',
    'order_items',
    'order_items',
    'order_items',
    'refunds',
    'refunds',
    'users',
    'profiles',
    'products',
    'categories',
  ] as const);
  const range = table === 'categories' ? 8 : table === 'products' ? 20 : 60;
  const key = id(random, range);
  if (random.below(6) === 0) {
    shop.remove(table, key);
    return;
  }
  const text = () => `v${random.below(5)}`;
  switch (table) {
    case 'orders':
      shop.put(table, [
        key,
        id(random, 10),
        random.pick(['pending', 'paid', 'shipped', 'delivered', 'cancelled']),
        random.pick(['web', 'store']),
        random.pick(['north', 'south']),
        'DE',
        'EUR',
        `2024-0${1 + random.below(9)}-0${1 + random.below(9)} 12:00:00+00`,
      ]);
      break;
    case 'order_items':
      shop.put(table, [
        key,
        id(random, 60),
        id(random, 20),
        String(1 + random.below(9)),
        '1.2345',
        money(random, 200),
        random.below(4) === 0 ? money(random, 20) : '0.00',
        money(random, 10),
      ]);
      break;
    case 'refunds':
      shop.put(table, [
        key,
        id(random, 60),
        random.below(2) === 0 ? null : id(random, 60),
        money(random, 50),
        random.pick(['completed', 'completed', 'failed']),
      ]);
      break;
    case 'users':
      shop.put(table, [key, `${text()}@example.com`, 'active', '2023-01-01 00:00:00+00']);
      break;
    case 'profiles':
      shop.put(table, [key, text(), text(), text(), text(), 'DE', random.pick(['gold', 'basic']), text()]);
      break;
    case 'products':
      shop.put(table, [
        key,
        text(),
        text(),
        random.below(5) === 0 ? null : id(random, 8),
        money(random, 90),
        money(random, 50),
        't',
      ]);
      break;
    case 'categories':
      shop.put(table, [key, random.below(2) === 0 ? null : id(random, 8), text()]);
      break;
  }
}

test(`stays equal to a full computation under random changes (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  for (let i = 0; i < 300; i++) changeSomething(random);
  await shop.commit();
  await modelAll();
  await expectExact();
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 1 + random.below(60); i++) changeSomething(random);
    if (random.below(5) === 0) {
      shop.truncate(random.pick(['refunds', 'order_items', 'profiles'] as const));
      changeSomething(random);
    }
    await shop.commit();
    await modelAll();
    await expectExact();
  }
  expect(Number(await queryText(warehouse.client, 'select count() from marts.sales_fact'))).toBeGreaterThan(0);
});
