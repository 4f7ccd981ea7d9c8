import { readFileSync } from 'node:fs';
import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';
import { withLoaders } from '../postgres/bulk-load.ts';
import { CopyBuffer } from '../postgres/copy.ts';
import type { Service } from '../services.ts';
import { formatCents } from '../traffic/money.ts';
import { WAREHOUSES } from '../traffic/vocabulary.ts';
import { type Purchase, parsePurchaseLog } from './purchase-log.ts';

/** What became of a purchase log. */
export interface ReplayResult {
  readonly orders: number;
  readonly customers: number;
  readonly units: number;
  readonly cents: bigint;
}

/** Throws DEMO_PURCHASES_UNREADABLE, DEMO_PURCHASES_MALFORMED; touches no database. */
export function readPurchaseLog(file: string): Purchase[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new MillraceError(DEMO_ERRORS.purchasesUnreadable, file, { cause: error });
  }
  return parsePurchaseLog(text);
}

/**
 * Loads purchases into the services' databases (migrated, empty): each customer as a user with that id and a profile,
 * each line as a delivered order (ids in the order of the file) of one item of one product, and a captured payment.
 * What the log does not say (names, regions, costs) is a plain placeholder or zero, never made up.
 */
export async function replayPurchases(options: {
  urls: Record<Service, string>;
  purchases: readonly Purchase[];
  onProgress?: (text: string) => void;
}): Promise<ReplayResult> {
  const { purchases, onProgress } = options;
  const firstDate = new Map<number, string>();
  let units = 0;
  let cents = 0n;
  for (const purchase of purchases) {
    const known = firstDate.get(purchase.customer);
    if (known === undefined || purchase.date < known) firstDate.set(purchase.customer, purchase.date);
    units += purchase.units;
    cents += purchase.cents;
  }
  await withLoaders(options.urls, async (loaders) => {
    onProgress?.(`loading ${firstDate.size} customers`);
    await loaders.user.load(customerRows(firstDate));
    const price = formatCents(divideRounded(cents, BigInt(units)));
    await loaders.inventory.load(productRows({ price, since: purchases[0]!.date }));
    for (let at = 0; at < purchases.length; at += ORDERS_PER_LOAD) {
      const part = purchases.slice(at, at + ORDERS_PER_LOAD);
      await Promise.all([loaders.order.load(orderRows(part, at)), loaders.payment.load(paymentRows(part, at))]);
      onProgress?.(`loaded ${at + part.length} of ${purchases.length} orders`);
    }
  });
  return { orders: purchases.length, customers: firstDate.size, units, cents };
}

const ORDERS_PER_LOAD = 20_000;

function customerRows(firstDate: Map<number, string>): CopyBuffer[] {
  const users = new CopyBuffer('users', ['id', 'email', 'created_at', 'updated_at']);
  const profiles = new CopyBuffer('profiles', [
    'user_id',
    'first_name',
    'last_name',
    'segment',
    'acquisition_channel',
    'updated_at',
  ]);
  const roles = new CopyBuffer('user_roles', ['user_id', 'role_id', 'granted_at']);
  for (const [customer, date] of [...firstDate].sort(([a], [b]) => a - b)) {
    const since = noon(date);
    users.add(customer, `customer-${customer}@example.com`, since, since);
    profiles.add(customer, 'Customer', String(customer), 'unknown', 'unknown', since);
    roles.add(customer, 1, since);
  }
  return [users, profiles, roles];
}

function productRows(options: { price: string; since: string }): CopyBuffer[] {
  const since = noon(options.since);
  const categories = new CopyBuffer('categories', ['id', 'name']);
  categories.add(1, 'Music');
  const products = new CopyBuffer('products', [
    'id',
    'sku',
    'name',
    'category_id',
    'price',
    'cost',
    'created_at',
    'updated_at',
  ]);
  products.add(1, 'CD', 'Compact disc', 1, options.price, '0.00', since, since);
  const warehouses = new CopyBuffer('warehouses', ['id', 'code', 'name', 'country']);
  for (const [index, { code, name, country }] of WAREHOUSES.entries()) warehouses.add(index + 1, code, name, country);
  const levels = new CopyBuffer('stock_levels', ['product_id', 'warehouse_id', 'on_hand', 'updated_at']);
  levels.add(1, 1, 0, since);
  return [categories, products, warehouses, levels];
}

function orderRows(purchases: readonly Purchase[], before: number): CopyBuffer[] {
  const orders = new CopyBuffer('orders', [
    'id',
    'customer_id',
    'status',
    'channel',
    'region',
    'country',
    'currency',
    'ordered_at',
    'updated_at',
  ]);
  const items = new CopyBuffer('order_items', [
    'id',
    'order_id',
    'product_id',
    'quantity',
    'unit_price',
    'unit_cost',
    'gross_amount',
  ]);
  purchases.forEach((purchase, index) => {
    const id = before + index + 1;
    const at = noon(purchase.date);
    orders.add(id, purchase.customer, 'delivered', 'web', 'unknown', 'US', 'USD', at, at);
    const price = divideRounded(purchase.cents * 100n, BigInt(purchase.units));
    items.add(id, id, 1, purchase.units, formatTenThousandths(price), '0', formatCents(purchase.cents));
  });
  return [orders, items];
}

function paymentRows(purchases: readonly Purchase[], before: number): CopyBuffer[] {
  const payments = new CopyBuffer('payments', [
    'id',
    'order_id',
    'amount',
    'currency',
    'method',
    'provider',
    'status',
    'created_at',
    'captured_at',
  ]);
  purchases.forEach((purchase, index) => {
    const id = before + index + 1;
    const at = noon(purchase.date);
    payments.add(id, id, formatCents(purchase.cents), 'USD', 'card', 'unknown', 'captured', at, at);
  });
  return [payments];
}

function noon(date: string): string {
  return `${date}T12:00:00Z`;
}

/** Half up; neither argument negative. */
function divideRounded(dividend: bigint, divisor: bigint): bigint {
  return (dividend * 2n + divisor) / (divisor * 2n);
}

function formatTenThousandths(amount: bigint): string {
  return `${amount / 10_000n}.${String(amount % 10_000n).padStart(4, '0')}`;
}
