import type { Relation } from '../../changelog/change.ts';
import type { ChangeLog, SourceLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { DIRECT_LIMITS } from '../../changelog/direct/direct-limits.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../load/destination.ts';
import type { Journal } from '../load/replicas/replica-registry.ts';
import type { TemporaryWarehouse } from './temporary-warehouse.ts';
import { relationOf, tupleOf } from './tuples.ts';

const SAGA_COLUMNS = {
  id: 'uuid',
  correlation_id: 'uuid',
  saga_type: 'text',
  status: 'text',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
} as const;

const EVENT_COLUMNS = {
  id: 'bigint',
  correlation_id: 'uuid',
  aggregate_type: 'text',
  aggregate_id: 'text',
  event_type: 'text',
  outcome: 'text',
  occurred_at: 'timestamptz',
} as const;

/** The source tables that the project's models read, fed through the change log without databases behind them. */
export const SHOP_TABLES = {
  orders: {
    source: 'order',
    columns: {
      id: 'bigint',
      customer_id: 'bigint',
      status: 'text',
      channel: 'text',
      region: 'text',
      country: 'text',
      currency: 'text',
      ordered_at: 'timestamptz',
    },
  },
  order_items: {
    source: 'order',
    columns: {
      id: 'bigint',
      order_id: 'bigint',
      product_id: 'bigint',
      quantity: 'integer',
      unit_cost: 'numeric(14,4)',
      gross_amount: 'numeric(14,2)',
      discount_amount: 'numeric(14,2)',
      tax_amount: 'numeric(14,2)',
      unit_price: 'numeric(14,4)',
    },
  },
  order_status_history: {
    source: 'order',
    columns: { id: 'bigint', order_id: 'bigint', to_status: 'text', changed_at: 'timestamptz' },
  },
  exchange_rates: {
    source: 'order',
    keys: 2,
    columns: { currency: 'text', valid_from: 'date', rate: 'numeric(20,10)' },
  },
  payments: {
    source: 'payment',
    columns: {
      id: 'bigint',
      order_id: 'bigint',
      amount: 'numeric(14,2)',
      currency: 'text',
      method: 'text',
      provider: 'text',
      provider_reference: 'text',
      status: 'text',
      created_at: 'timestamptz',
      captured_at: 'timestamptz',
    },
  },
  refunds: {
    source: 'payment',
    columns: {
      id: 'bigint',
      order_id: 'bigint',
      order_item_id: 'bigint',
      amount: 'numeric(14,2)',
      status: 'text',
      payment_id: 'bigint',
      reason: 'text',
      created_at: 'timestamptz',
    },
  },
  users: { source: 'user', columns: { id: 'bigint', email: 'text', status: 'text', created_at: 'timestamptz' } },
  profiles: {
    source: 'user',
    columns: {
      user_id: 'bigint',
      first_name: 'text',
      last_name: 'text',
      city: 'text',
      region: 'text',
      country: 'text',
      segment: 'text',
      acquisition_channel: 'text',
      phone: 'text',
    },
  },
  roles: { source: 'user', columns: { id: 'bigint', name: 'text', description: 'text' } },
  user_roles: {
    source: 'user',
    keys: 2,
    columns: { user_id: 'bigint', role_id: 'bigint', granted_at: 'timestamptz' },
  },
  activity: {
    source: 'user',
    columns: { id: 'bigint', user_id: 'bigint', kind: 'text', occurred_at: 'timestamptz', payload: 'jsonb' },
  },
  products: {
    source: 'inventory',
    columns: {
      id: 'bigint',
      sku: 'text',
      name: 'text',
      category_id: 'bigint',
      price: 'numeric(14,2)',
      cost: 'numeric(14,2)',
      is_active: 'boolean',
    },
  },
  categories: { source: 'inventory', columns: { id: 'bigint', parent_id: 'bigint', name: 'text' } },
  warehouses: { source: 'inventory', columns: { id: 'bigint', code: 'text', name: 'text', country: 'text' } },
  stock_levels: {
    source: 'inventory',
    keys: 2,
    columns: {
      product_id: 'bigint',
      warehouse_id: 'bigint',
      on_hand: 'integer',
      reserved: 'integer',
      updated_at: 'timestamptz',
    },
  },
  stock_movements: {
    source: 'inventory',
    columns: {
      id: 'bigint',
      product_id: 'bigint',
      warehouse_id: 'bigint',
      kind: 'text',
      quantity: 'integer',
      order_id: 'bigint',
      occurred_at: 'timestamptz',
    },
  },
  templates: {
    source: 'notification',
    columns: { id: 'bigint', name: 'text', channel: 'text', subject: 'text', updated_at: 'timestamptz' },
  },
  notifications: {
    source: 'notification',
    columns: {
      id: 'bigint',
      user_id: 'bigint',
      template_id: 'bigint',
      channel: 'text',
      order_id: 'bigint',
      created_at: 'timestamptz',
    },
  },
  deliveries: {
    source: 'notification',
    columns: {
      id: 'bigint',
      notification_id: 'bigint',
      attempt: 'integer',
      status: 'text',
      error: 'text',
      attempted_at: 'timestamptz',
    },
  },
  user_sagas: { source: 'user', table: 'saga_coordinator', columns: SAGA_COLUMNS },
  user_events: { source: 'user', table: 'event_store', columns: EVENT_COLUMNS },
  inventory_sagas: { source: 'inventory', table: 'saga_coordinator', columns: SAGA_COLUMNS },
  inventory_events: { source: 'inventory', table: 'event_store', columns: EVENT_COLUMNS },
  order_sagas: { source: 'order', table: 'saga_coordinator', columns: SAGA_COLUMNS },
  order_events: { source: 'order', table: 'event_store', columns: EVENT_COLUMNS },
  payment_sagas: { source: 'payment', table: 'saga_coordinator', columns: SAGA_COLUMNS },
  payment_events: { source: 'payment', table: 'event_store', columns: EVENT_COLUMNS },
  notification_sagas: { source: 'notification', table: 'saga_coordinator', columns: SAGA_COLUMNS },
  notification_events: { source: 'notification', table: 'event_store', columns: EVENT_COLUMNS },
} as const satisfies Record<string, ShopTableShape>;

interface ShopTableShape {
  source: string;
  /** As the source names it, where several have one of the name. */
  table?: string;
  /** The first so many columns are the key; default 1. */
  keys?: number;
  columns: Record<string, string>;
}

export type ShopTable = keyof typeof SHOP_TABLES;
export type Row = readonly (string | null)[];

/** A transaction as it was handed over. */
interface Sent {
  readonly commitLsn: bigint;
  readonly steps: ((log: SourceLog) => void)[];
  endLsn: bigint;
}

const COMMITTED_AT_MICROS = 1_700_000_000_000_000n;
/** Transactions of a source that can be handed over again. */
const KEPT_TRANSACTIONS = 3;

export interface Shop {
  readonly tables: readonly ShopTable[];
  /** What a row leaves out at its end is NULL. */
  put(table: ShopTable, row: Row): void;
  remove(table: ShopTable, ...key: readonly string[]): void;
  /** A row comes to have another key. */
  move(table: ShopTable, key: readonly string[], row: Row): void;
  truncate(table: ShopTable): void;
  /** Commits what was put since, one transaction per source, and resolves when it is loaded. */
  commit(): Promise<void>;
  /**
   * Hands a source's last transactions over once more, in front of what is put next: as after a crash between their rows and
   * their position. Before the first change to the source since it committed, and with no waiting until the next commit.
   * Answers how many there were.
   */
  redeliver(source: string, atMost: number): number;
  /** Everything that was committed so far lies before it. */
  endLsn(): bigint;
  /** Where a table's rows go, for what the shop itself does not do. */
  logOf(table: ShopTable): { readonly log: SourceLog; readonly relation: Relation };
  /** The table has another shape from now on. */
  reshape(table: ShopTable, relation: Relation): void;
  close(): Promise<void>;
}

export async function openShop(
  warehouse: TemporaryWarehouse,
  firstLsn = 1000n,
  /** Time of the next commits, in Unix microseconds. */
  committedAt: () => bigint = () => COMMITTED_AT_MICROS,
  journal: Journal = true,
): Promise<Shop> {
  const logger = createLogger({ name: 'shop', level: 'error' });
  const log: ChangeLog = createDirectChangeLog({
    destination: createWarehouseDestination({ client: warehouse.client, logger, journal }),
    limits: { ...DIRECT_LIMITS, tickMs: 0, maxPendingBytes: 64 << 20 },
  });
  const sources = new Map<string, SourceLog>();
  const relations = new Map<ShopTable, Relation>();
  /** Per source: the last transactions, of which the last may not have committed yet. */
  const sent = new Map<string, Sent[]>();
  const begun = new Set<string>();
  let lsn = firstLsn;
  for (const [table, shape] of Object.entries<ShopTableShape>(SHOP_TABLES)) {
    const { source, columns } = shape;
    let sourceLog = sources.get(source);
    if (sourceLog === undefined) {
      sourceLog = await log.openSource(source);
      sources.set(source, sourceLog);
      await sourceLog.saveState({ epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: null });
    }
    const relation = relationOf(source, shape.table ?? table, columns, shape.keys);
    relations.set(table as ShopTable, relation);
    await sourceLog.defineRelation(relation);
  }

  function send(table: ShopTable, step: (log: SourceLog, relation: Relation) => void): void {
    const { source } = SHOP_TABLES[table];
    const sourceLog = sources.get(source) as SourceLog;
    const relation = relations.get(table) as Relation;
    const transactions = sent.get(source) ?? [];
    sent.set(source, transactions);
    if (!begun.has(source)) {
      begun.add(source);
      sourceLog.begin(lsn, committedAt());
      transactions.push({ commitLsn: lsn, steps: [], endLsn: lsn });
      transactions.splice(0, transactions.length - KEPT_TRANSACTIONS);
    }
    const again = (log: SourceLog) => step(log, relation);
    again(sourceLog);
    transactions.at(-1)?.steps.push(again);
  }

  const rowOf = (relation: Relation, values: Row) => tupleOf(relation.columns.map((_, i) => values[i] ?? null));

  return {
    tables: Object.keys(SHOP_TABLES) as ShopTable[],
    put(table, row) {
      send(table, (log, relation) => log.update(relation, null, rowOf(relation, row)));
    },
    remove(table, ...key) {
      send(table, (log, relation) => log.delete(relation, rowOf(relation, key)));
    },
    move(table, key, row) {
      send(table, (log, relation) => log.update(relation, rowOf(relation, key), rowOf(relation, row)));
    },
    truncate(table) {
      send(table, (log, relation) => log.truncate([relation]));
    },
    redeliver(source, atMost) {
      if (begun.has(source)) throw new Error(`a transaction of ${source} has begun`);
      const log = sources.get(source) as SourceLog;
      const again = (sent.get(source) ?? []).slice(-atMost);
      for (const { commitLsn, steps, endLsn } of again) {
        log.begin(commitLsn, COMMITTED_AT_MICROS);
        for (const step of steps) step(log);
        log.commit(endLsn);
      }
      return again.length;
    },
    endLsn: () => lsn - 5n,
    async commit() {
      const end = lsn + 5n;
      for (const [source, sourceLog] of sources) {
        const transaction = sent.get(source)?.at(-1);
        if (begun.has(source) && transaction !== undefined) {
          transaction.endLsn = end;
          sourceLog.commit(end);
        } else {
          sourceLog.advance(end, committedAt());
        }
      }
      begun.clear();
      lsn += 10n;
      const durable = async (source: SourceLog) => {
        while (source.durableLsn() < end) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await Promise.all([...sources.values()].map((source) => Promise.race([durable(source), source.failed])));
    },
    logOf: (table) => ({
      log: sources.get(SHOP_TABLES[table].source) as SourceLog,
      relation: relations.get(table) as Relation,
    }),
    reshape(table, relation) {
      relations.set(table, relation);
      // What was handed over before is older than the new table's rows.
      sent.delete(SHOP_TABLES[table].source);
    },
    close: () => log.close(),
  };
}
