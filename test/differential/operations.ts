import type { Random } from '../../warehouse/testing/random.ts';
import { randomKey, randomRow, randomTable } from '../../warehouse/testing/random-shop.ts';
import { type Row, SHOP_TABLES, type ShopTable } from '../../warehouse/testing/shop.ts';
import { keyOf, type Services } from './services.ts';

/** What the services do within a transaction; each answers whether it could. */
export type Operation = (services: Services, random: Random) => boolean;

const SOLD = ['paid', 'shipped', 'delivered'];
const TRUNCATED = [
  'refunds',
  'order_items',
  'profiles',
  'exchange_rates',
  'order_events',
  'stock_levels',
  'user_roles',
];

function anyRow(services: Services, table: ShopTable, random: Random, isWanted = (_: Row) => true): Row | undefined {
  const rows = [...services.rows(table).values()].filter(isWanted);
  return rows.length === 0 ? undefined : random.pick(rows);
}

/** The row with other values in some columns. */
function withColumns(table: ShopTable, row: Row, values: Readonly<Record<string, string | null>>): Row {
  const columns = Object.keys(SHOP_TABLES[table].columns);
  return columns.map((column, i) => (column in values ? (values[column] ?? null) : (row[i] ?? null)));
}

function columnOf(table: ShopTable, row: Row, column: string): string | null {
  return row[Object.keys(SHOP_TABLES[table].columns).indexOf(column)] ?? null;
}

function change(
  services: Services,
  table: ShopTable,
  row: Row | undefined,
  values: Readonly<Record<string, string | null>>,
): boolean {
  if (row === undefined) return false;
  services.put(table, withColumns(table, row, values));
  return true;
}

const isSold = (services: Services) => (order: Row) =>
  SOLD.includes(columnOf('orders', order, 'status') ?? '') &&
  [...services.rows('order_items').values()].some((item) => item[1] === order[0]);

const idOf = (random: Random, below: number) => String(1 + random.below(below));

function dayOf(random: Random, firstYear: number, years: number): string {
  const month = String(1 + random.below(12)).padStart(2, '0');
  return `${firstYear + random.below(years)}-${month}-${String(1 + random.below(28)).padStart(2, '0')}`;
}

function putOrder(services: Services, random: Random, order: { id: string; customer: string; day: string }): void {
  const { id, customer, day } = order;
  const currency = random.pick(['USD', 'EUR', 'JPY']);
  const region = random.pick(['north', 'south']);
  services.put('orders', [id, customer, random.pick(SOLD), 'web', region, 'DE', currency, `${day} 10:30:00+00`]);
  for (let n = 0; n < 1 + random.below(3); n++) {
    services.put('order_items', randomItem(random, id, idOf(random, 20)));
  }
}

function randomItem(random: Random, order: string, product: string): Row {
  const row = randomRow('order_items', [idOf(random, 60)], random);
  return withColumns('order_items', row, { order_id: order, product_id: product });
}

/** By what they are counted as. */
export const OPERATIONS: Readonly<Record<string, { readonly weight: number; readonly run: Operation }>> = {
  'row put': {
    weight: 24,
    run(services, random) {
      const table = randomTable(random);
      services.put(table, randomRow(table, randomKey(table, random), random));
      return true;
    },
  },
  'row removed': {
    weight: 6,
    run(services, random) {
      const table = randomTable(random);
      const row = anyRow(services, table, random);
      if (row !== undefined) services.remove(table, keyOf(table, row));
      return row !== undefined;
    },
  },
  'order years back': {
    weight: 2,
    run(services, random) {
      putOrder(services, random, { id: idOf(random, 60), customer: idOf(random, 10), day: dayOf(random, 1996, 27) });
      return true;
    },
  },
  'order in another cell': {
    weight: 4,
    run(services, random) {
      const order = anyRow(services, 'orders', random, isSold(services));
      if (order === undefined) return false;
      const column = random.pick(['region', 'currency', 'channel', 'country', 'ordered_at', 'customer_id'] as const);
      const value = {
        region: () => random.pick(['north', 'south', 'east']),
        currency: () => random.pick(['USD', 'EUR', 'JPY']),
        channel: () => random.pick(['web', 'store', 'phone']),
        country: () => random.pick(['DE', 'FR']),
        ordered_at: () => `${dayOf(random, 2023, 2)} 08:00:00+00`,
        customer_id: () => idOf(random, 10),
      }[column]();
      return columnOf('orders', order, column) !== value && change(services, 'orders', order, { [column]: value });
    },
  },
  'order no longer sold': {
    weight: 2,
    run: (services, random) =>
      change(services, 'orders', anyRow(services, 'orders', random, isSold(services)), { status: 'cancelled' }),
  },
  'item to another order': {
    weight: 2,
    run(services, random) {
      const [item, order] = [anyRow(services, 'order_items', random), anyRow(services, 'orders', random)];
      if (order === undefined || item?.[1] === order[0]) return false;
      return change(services, 'order_items', item, { order_id: order[0] ?? null });
    },
  },
  'refund of a year later': {
    weight: 1,
    run(services, random) {
      const order = anyRow(services, 'orders', random, isSold(services));
      if (order === undefined) return false;
      const refund = randomRow('refunds', randomKey('refunds', random), random);
      const values = {
        order_id: order[0] ?? null,
        status: 'completed',
        created_at: `${dayOf(random, 2025, 1)} 09:00:00+00`,
      };
      return change(services, 'refunds', refund, values);
    },
  },
  'key changed': {
    weight: 3,
    run(services, random) {
      const table = randomTable(random);
      const row = anyRow(services, table, random);
      const key = randomKey(table, random);
      if (row === undefined || services.rows(table).has(key.join('\t'))) return false;
      services.move(table, keyOf(table, row), [...key, ...row.slice(key.length)]);
      return true;
    },
  },
  'removed and inserted again': {
    weight: 2,
    run(services, random) {
      const table = randomTable(random);
      const row = anyRow(services, table, random);
      if (row === undefined) return false;
      const key = keyOf(table, row);
      services.remove(table, key);
      services.put(table, randomRow(table, key.split('\t'), random));
      return true;
    },
  },
  truncated: {
    weight: 1,
    run(services, random) {
      const table = random.pick(TRUNCATED) as ShopTable;
      if (services.rows(table).size === 0) return false;
      services.truncate(table);
      // In the same transaction, sometimes: rows behind the truncation stay.
      if (random.below(2) === 0) services.put(table, randomRow(table, randomKey(table, random), random));
      return true;
    },
  },
  'rate corrected': {
    weight: 2,
    run: (services, random) =>
      change(services, 'exchange_rates', anyRow(services, 'exchange_rates', random), {
        rate: `${random.below(3)}.${1 + random.below(9999)}`,
      }),
  },
  'category moved': {
    weight: 1,
    run: (services, random) =>
      change(services, 'categories', anyRow(services, 'categories', random), { parent_id: idOf(random, 8) }),
  },
  'product in another category': {
    weight: 1,
    run: (services, random) =>
      change(services, 'products', anyRow(services, 'products', random), { category_id: idOf(random, 8) }),
  },
  'customer in another segment': {
    weight: 1,
    run: (services, random) =>
      change(services, 'profiles', anyRow(services, 'profiles', random), { segment: random.pick(['gold', 'silver']) }),
  },
  'saga parts of one moment': {
    weight: 1,
    run(services, random) {
      const [table, other] = [random.pick(['user_sagas', 'order_sagas'] as const), 'payment_events' as const];
      const saga = anyRow(services, table, random);
      if (saga?.[1] == null) return false;
      const copy = randomRow(table, randomKey(table, random), random);
      const started = columnOf(table, saga, 'started_at');
      services.put(table, withColumns(table, copy, { correlation_id: saga[1], started_at: started }));
      const event = randomRow(other, randomKey(other, random), random);
      return change(services, other, event, { correlation_id: saga[1], occurred_at: started });
    },
  },
};

const DRAW = Object.entries(OPERATIONS).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));

/** Does something; answers what it was, or null when it could not. */
export function operate(services: Services, random: Random): string | null {
  const name = random.pick(DRAW);
  return OPERATIONS[name]?.run(services, random) ? name : null;
}

/** An order whose customer and product are new to services that are held back. */
export function orderAheadOfOthers(services: Services, random: Random): void {
  const [customer, product, id] = [String(61 + random.below(30)), String(21 + random.below(10)), idOf(random, 60)];
  services.put('users', randomRow('users', [customer], random));
  services.put('profiles', randomRow('profiles', [customer], random));
  services.put('products', randomRow('products', [product], random));
  services.put('orders', [id, customer, 'paid', 'web', 'north', 'DE', 'EUR', `${dayOf(random, 2024, 1)} 10:30:00+00`]);
  services.put('order_items', randomItem(random, id, product));
}
