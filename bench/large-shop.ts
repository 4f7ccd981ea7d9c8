import { join } from 'node:path';
import { packVersion } from '../changelog/version.ts';
import { createLogger } from '../runtime/logger.ts';
import { readPositions } from '../warehouse/load/positions/loaded-position.ts';
import type { Modeller } from '../warehouse/models/modeller.ts';
import { readProject } from '../warehouse/models/project/read-project.ts';
import { ensureModelBookkeeping } from '../warehouse/models/store/bookkeeping.ts';
import { openProjectModeller } from '../warehouse/testing/project-modeller.ts';
import { openShop, type Shop } from '../warehouse/testing/shop.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../warehouse/testing/temporary-warehouse.ts';

const MODELS = join(import.meta.dirname, '../dbt-like-models');
export const ITEMS_PER_ORDER = 2;
const PRODUCTS = 1_000;
const CATEGORIES = 40;
/** Orders lie so far back. */
const YEARS = 10;

/** A company with so many items sold, its models built; sources are written without databases behind them. */
export interface LargeShop {
  readonly warehouse: TemporaryWarehouse;
  readonly shop: Shop;
  readonly orders: number;
  readonly buildSeconds: number;
  /** Answers the milliseconds until what is committed is published. */
  publish(): Promise<number>;
  close(): Promise<void>;
}

export async function openLargeShop(facts: number): Promise<LargeShop> {
  const warehouse = await startTemporaryWarehouse();
  const { client } = warehouse;
  const shop = await openShop(warehouse);
  await ensureModelBookkeeping(client);
  const orders = facts / ITEMS_PER_ORDER;
  for (const [table, select] of Object.entries(rowsOf(orders))) {
    const version = packVersion({ epoch: 1, commitLsn: 100n, ordinal: 0 });
    await client.command({ query: `insert into raw.${table} ${select(`toUInt128('${version}')`)}` });
  }
  await shop.commit();
  const began = performance.now();
  const modeller = await openModels(warehouse);
  return {
    warehouse,
    shop,
    orders,
    buildSeconds: (performance.now() - began) / 1000,
    async publish() {
      const from = performance.now();
      if ((await modeller.advance(await readPositions(client))) === null) throw new Error('nothing was published');
      return performance.now() - from;
    },
    async close() {
      await modeller.close();
      await shop.close();
      await warehouse.stop();
    },
  };
}

async function openModels(warehouse: TemporaryWarehouse): Promise<Modeller> {
  const logger = createLogger({ name: 'bench', level: 'warn' });
  return openProjectModeller({ ...warehouse, project: await readProject(MODELS), logger });
}

/** The moment of an order: they are spread evenly, the last one is the newest. */
export function orderedAt(order: number, orders: number): string {
  const now = Date.UTC(2026, 0, 1);
  const at = now - (YEARS * 365 * 86_400_000 * (orders - order)) / orders;
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}+00`;
}

export function customersOf(orders: number): number {
  return Math.max(1, Math.floor(orders / 10));
}

/** What each table holds, by its name in `raw`: a select of its columns, the version last but one. */
function rowsOf(orders: number): Record<string, (version: string) => string> {
  const customers = customersOf(orders);
  const at = `toDateTime64('2026-01-01 00:00:00', 6, 'UTC') - toIntervalSecond(intDiv(toUInt64(${YEARS * 365 * 86_400}) * (${orders} - id), ${orders}))`;
  const customer = `1 + cityHash64(id) % ${customers}`;
  return {
    order__orders: (
      version,
    ) => `(id, customer_id, status, channel, region, country, currency, ordered_at, _version, _deleted)
      select number + 1 as id, ${customer}, ['paid', 'shipped', 'delivered', 'delivered'][1 + id % 4], ['web', 'store'][1 + id % 2],
        ['north', 'south', 'west'][1 + id % 3], ['DE', 'FR', 'US'][1 + id % 3], 'EUR', ${at}, ${version}, 0 from numbers(${orders})`,
    order__order_items: (
      version,
    ) => `(id, order_id, product_id, quantity, unit_cost, gross_amount, discount_amount, tax_amount, unit_price, _version, _deleted)
      select number + 1 as id, 1 + intDiv(number, ${ITEMS_PER_ORDER}), 1 + cityHash64(id, 1) % ${PRODUCTS}, 1 + id % 5, 1.2345,
        (id % 10000) / 100, (id % 100) / 100, (id % 1900) / 100, 9.99, ${version}, 0 from numbers(${orders * ITEMS_PER_ORDER})`,
    payment__payments: (
      version,
    ) => `(id, order_id, amount, currency, method, provider, status, created_at, captured_at, _version, _deleted)
      select number + 1 as id, id, (id % 20000) / 100, 'EUR', ['card', 'transfer'][1 + id % 2], 'bank', 'captured', ${at}, ${at}, ${version}, 0 from numbers(${orders})`,
    user__users: (version) => `(id, email, status, created_at, _version, _deleted)
      select number + 1 as id, concat('u', toString(id), '@example.com'), 'active', toDateTime64('2015-01-01 00:00:00', 6, 'UTC'), ${version}, 0 from numbers(${customers})`,
    user__profiles: (
      version,
    ) => `(user_id, first_name, last_name, city, region, country, segment, acquisition_channel, _version, _deleted)
      select number + 1 as user_id, 'A', 'B', 'C', ['north', 'south'][1 + user_id % 2], 'DE', ['new', 'loyal'][1 + user_id % 2], ['ad', 'mail'][1 + user_id % 2], ${version}, 0 from numbers(${customers})`,
    inventory__products: (version) => `(id, sku, name, category_id, price, cost, is_active, _version, _deleted)
      select number + 1 as id, concat('sku', toString(id)), concat('product ', toString(id)), 1 + id % ${CATEGORIES}, 9.99, 1.2345, true, ${version}, 0 from numbers(${PRODUCTS})`,
    inventory__categories: (version) => `(id, parent_id, name, _version, _deleted)
      select number + 1 as id, if(id <= 5, null, 1 + id % 5), concat('category ', toString(id)), ${version}, 0 from numbers(${CATEGORIES})`,
    order__exchange_rates: (version) => `(currency, valid_from, rate, _version, _deleted)
      select 'EUR', toDate32('2000-01-01'), 1, ${version}, 0`,
  };
}
