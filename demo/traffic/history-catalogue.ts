import type { Random } from '../random.ts';
import { type HistoryLog, Ids, timestamp } from './history-log.ts';
import type { HistoryTables } from './history-tables.ts';
import { formatCents } from './money.ts';
import type { ProductOffer } from './order-draft.ts';
import { CATEGORIES, PRODUCT_ADJECTIVES, WAREHOUSES } from './vocabulary.ts';

interface CatalogueOptions {
  random: Random;
  tables: HistoryTables['inventory'];
  log: HistoryLog;
  products: number;
  fromMs: number;
  untilMs: number;
}

interface Product {
  readonly id: number;
  /** Newest last. */
  readonly prices: readonly { fromMs: number; priceCents: number; costCents: number }[];
}

interface StockLevel {
  onHand: number;
  reserved: number;
  updatedAt: number;
}

/** Products with the prices they had, and stock that is received when it runs low. */
export class HistoryCatalogue {
  readonly #options: CatalogueOptions;
  readonly #products: Product[];
  readonly #levels = new Map<string, StockLevel>();
  readonly #movementIds = new Ids();
  readonly #reservationIds = new Ids();

  constructor(options: CatalogueOptions) {
    this.#options = options;
    const categoryIds = this.#writeCategories();
    this.#products = Array.from({ length: options.products }, (_, index) => this.#writeProduct(index + 1, categoryIds));
    WAREHOUSES.forEach(({ code, name, country }, index) => {
      options.tables.warehouses.add(index + 1, code, name, country);
    });
  }

  /** Every product with its price at that moment. */
  offersAt(ms: number): ProductOffer[] {
    return this.#products.map(({ id, prices }) => {
      const { priceCents, costCents } = prices.findLast(({ fromMs }) => fromMs <= ms) ?? prices[0]!;
      return { id, priceCents, costCents };
    });
  }

  /** Takes stock for one item of an order; when and how it ended may be later, or null: not yet. */
  takeStock(item: {
    orderId: number;
    itemId: number;
    productId: number;
    warehouseId: number;
    quantity: number;
    at: number;
    ended: { status: 'shipped' | 'released'; at: number } | null;
  }): void {
    const { tables } = this.#options;
    const { orderId, itemId, productId, warehouseId, quantity, at, ended } = item;
    const level = this.#levelWith(productId, warehouseId, quantity, at);
    const id = this.#reservationIds.next();
    const times = [timestamp(at), timestamp(ended?.at ?? at)] as const;
    const status = ended?.status ?? 'reserved';
    tables.reservations.add(id, orderId, itemId, productId, warehouseId, quantity, status, ...times);
    if (ended === null) level.reserved += quantity;
    if (ended?.status !== 'shipped') return;
    level.onHand -= quantity;
    level.updatedAt = Math.max(level.updatedAt, ended.at);
    this.#move({ productId, warehouseId, kind: 'shipment', quantity: -quantity, orderId, at: ended.at });
  }

  writeStockLevels(): void {
    for (const [key, { onHand, reserved, updatedAt }] of this.#levels) {
      const [productId, warehouseId] = key.split(' ') as [string, string];
      this.#options.tables.stockLevels.add(productId, warehouseId, onHand, reserved, timestamp(updatedAt));
    }
  }

  /** The level, after a receipt if it holds too little. */
  #levelWith(productId: number, warehouseId: number, quantity: number, at: number): StockLevel {
    const key = `${productId} ${warehouseId}`;
    const level = this.#levels.get(key) ?? { onHand: 0, reserved: 0, updatedAt: at };
    this.#levels.set(key, level);
    if (level.onHand - level.reserved >= quantity) return level;
    const received = 50 + 10 * this.#options.random.between(0, 15);
    level.onHand += received;
    const receivedAt = Math.max(this.#options.fromMs, at - 3_600_000);
    this.#move({ productId, warehouseId, kind: 'receipt', quantity: received, orderId: null, at: receivedAt });
    const payload = JSON.stringify({ warehouse_id: warehouseId, quantity: received });
    const event = { sagaType: 'stock_receipt', aggregateType: 'product', aggregateId: productId, payload };
    this.#options.log.completed({ ...event, type: 'stock_received', at: receivedAt });
    return level;
  }

  #move(row: {
    productId: number;
    warehouseId: number;
    kind: string;
    quantity: number;
    orderId: number | null;
    at: number;
  }): void {
    const { productId, warehouseId, kind, quantity, orderId, at } = row;
    const id = this.#movementIds.next();
    this.#options.tables.stockMovements.add(id, productId, warehouseId, kind, quantity, orderId, timestamp(at));
  }

  /** Ids of the categories that products are in, with their names. */
  #writeCategories(): { id: number; name: string }[] {
    const ids = new Ids();
    const leaves: { id: number; name: string }[] = [];
    for (const [parent, children] of Object.entries(CATEGORIES)) {
      const parentId = ids.next();
      this.#options.tables.categories.add(parentId, null, parent);
      for (const name of children) {
        const id = ids.next();
        this.#options.tables.categories.add(id, parentId, name);
        leaves.push({ id, name });
      }
    }
    return leaves;
  }

  #writeProduct(id: number, categories: readonly { id: number; name: string }[]): Product {
    const { random, tables, log, fromMs, untilMs } = this.#options;
    const category = random.pick(categories);
    const prices = [{ fromMs, ...drawPrice(random) }];
    for (let at = nextPriceChange(random, fromMs); at < untilMs; at = nextPriceChange(random, at)) {
      const before = prices.at(-1)!;
      const priceCents = Math.max(100, Math.round((before.priceCents * random.between(90, 114)) / 100));
      const costCents = Math.max(50, Math.round((before.costCents * random.between(97, 104)) / 100));
      prices.push({ fromMs: at, priceCents, costCents });
      const payload = JSON.stringify({ from: formatCents(before.priceCents), to: formatCents(priceCents) });
      const event = { sagaType: 'price_change', aggregateType: 'product', aggregateId: id, payload };
      log.completed({ ...event, type: 'price_changed', at });
    }
    const now = prices.at(-1)!;
    const name = `${random.pick(PRODUCT_ADJECTIVES)} ${category.name} ${id}`;
    const amounts = [formatCents(now.priceCents), formatCents(now.costCents)] as const;
    const times = [timestamp(fromMs), timestamp(now.fromMs)] as const;
    tables.products.add(id, `SKU-${String(id).padStart(5, '0')}`, name, category.id, ...amounts, true, ...times);
    return { id, prices };
  }
}

function drawPrice(random: Random): { priceCents: number; costCents: number } {
  const priceCents = 500 + Math.floor(random.unit() ** 3 * 40_000);
  return { priceCents, costCents: Math.floor((priceCents * random.between(35, 75)) / 100) };
}

function nextPriceChange(random: Random, afterMs: number): number {
  return afterMs + random.between(60, 400) * 86_400_000;
}
