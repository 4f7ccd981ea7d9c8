import { withLoaders } from '../postgres/bulk-load.ts';
import { Random } from '../random.ts';
import { SERVICES, type Service } from '../services.ts';
import { habitsOf } from './habits.ts';
import { HistoryCatalogue } from './history-catalogue.ts';
import { HistoryLog } from './history-log.ts';
import { HistoryOrders } from './history-orders.ts';
import { HistoryPeople } from './history-people.ts';
import { openHistoryTables } from './history-tables.ts';
import { draftOrder } from './order-draft.ts';

/** Same parameters, same rows. */
export interface HistoryParameters {
  readonly seed: number;
  /** End of the simulated past, Unix milliseconds. */
  readonly untilMs: number;
  readonly days: number;
  readonly customers: number;
  readonly products: number;
  readonly orders: number;
}

export const HISTORY_DEFAULTS = { days: 730, customers: 2_000, products: 300, orders: 20_000 } as const;

const DAY_MS = 86_400_000;
const ORDERS_PER_LOAD = 2_000;

/**
 * Writes a simulated past into the services' databases (migrated, empty): final states of the rows, with everything
 * that led there in the histories, events and sagas. Orders of the last days are left on their way.
 */
export async function writeHistory(options: {
  urls: Record<Service, string>;
  parameters: HistoryParameters;
  onProgress?: (text: string) => void;
}): Promise<void> {
  const { parameters, onProgress } = options;
  const { seed, untilMs, orders: orderCount } = parameters;
  const fromMs = untilMs - parameters.days * DAY_MS;
  const tables = openHistoryTables();
  const entries = SERVICES.map((service) => {
    const { sagas, events } = tables[service];
    return [service, new HistoryLog({ sagas, events, random: new Random(seed, `log ${service}`) })] as const;
  });
  const logs = Object.fromEntries(entries) as Record<Service, HistoryLog>;
  const span = { fromMs, untilMs };
  const people = new HistoryPeople({
    ...span,
    random: new Random(seed, 'people'),
    tables: tables.user,
    log: logs.user,
    customers: parameters.customers,
    products: parameters.products,
  });
  const catalogue = new HistoryCatalogue({
    ...span,
    random: new Random(seed, 'catalogue'),
    tables: tables.inventory,
    log: logs.inventory,
    products: parameters.products,
  });
  const purchases = people.purchases(orderCount);
  const random = new Random(seed, 'orders');
  const orders = new HistoryOrders({ random, tables, logs, catalogue, untilMs });
  await withLoaders(options.urls, async (loaders) => {
    const load = () => Promise.all(SERVICES.map((service) => loaders[service].load(Object.values(tables[service]))));
    let offersUntil = fromMs;
    let offers = catalogue.offersAt(fromMs);
    for (let written = 0; written < orderCount; ) {
      for (const end = Math.min(orderCount, written + ORDERS_PER_LOAD); written < end; written++) {
        const { customerId, at } = purchases[written]!;
        if (at >= offersUntil) {
          offers = catalogue.offersAt(at);
          offersUntil = at + DAY_MS;
        }
        const place = people.placeOf(customerId, at);
        const { basket } = habitsOf(customerId);
        orders.write({ customerId, place, draft: draftOrder({ random, offers, place, basket }), at });
        people.writeSession(customerId, at);
        if (random.chance(0.5)) people.writeSession(people.visitorAt(at), at);
      }
      if (written === orderCount) catalogue.writeStockLevels();
      await load();
      onProgress?.(`wrote ${written} of ${orderCount} orders`);
    }
  });
}
