import type { Relation } from '../../changelog/change.ts';
import type { ChangeLog, SourceLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { DIRECT_LIMITS } from '../../changelog/direct/direct-limits.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../load/destination.ts';
import type { TemporaryWarehouse } from './temporary-warehouse.ts';
import { relationOf, tupleOf } from './tuples.ts';

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
    },
  },
  refunds: {
    source: 'payment',
    columns: { id: 'bigint', order_id: 'bigint', order_item_id: 'bigint', amount: 'numeric(14,2)', status: 'text' },
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
    },
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
} as const satisfies Record<string, { source: string; columns: Record<string, string> }>;

export type ShopTable = keyof typeof SHOP_TABLES;
export type Row = readonly (string | null)[];

export interface Shop {
  readonly tables: readonly ShopTable[];
  put(table: ShopTable, row: Row): void;
  remove(table: ShopTable, key: string): void;
  truncate(table: ShopTable): void;
  /** Commits what was put since, one transaction per source, and resolves when it is loaded. */
  commit(): Promise<void>;
  /** Where a table's rows go, for what the shop itself does not do. */
  logOf(table: ShopTable): { readonly log: SourceLog; readonly relation: Relation };
  /** The table has another shape from now on. */
  reshape(table: ShopTable, relation: Relation): void;
  close(): Promise<void>;
}

export async function openShop(warehouse: TemporaryWarehouse, firstLsn = 1000n): Promise<Shop> {
  const logger = createLogger({ name: 'shop', level: 'error' });
  const log: ChangeLog = createDirectChangeLog({
    destination: createWarehouseDestination({ client: warehouse.client, logger, journal: true }),
    limits: { ...DIRECT_LIMITS, tickMs: 0, maxPendingBytes: 64 << 20 },
  });
  const sources = new Map<string, SourceLog>();
  const relations = new Map<ShopTable, Relation>();
  const begun = new Set<string>();
  let lsn = firstLsn;
  for (const [table, { source, columns }] of Object.entries(SHOP_TABLES)) {
    let sourceLog = sources.get(source);
    if (sourceLog === undefined) {
      sourceLog = await log.openSource(source);
      sources.set(source, sourceLog);
      await sourceLog.saveState({ epoch: 1, snapshotLsn: 100n, consistentLsn: 100n, snapshot: null });
    }
    const relation = relationOf(source, table, columns);
    relations.set(table as ShopTable, relation);
    await sourceLog.defineRelation(relation);
  }

  function inTransaction(table: ShopTable): { log: SourceLog; relation: Relation } {
    const { source } = SHOP_TABLES[table];
    const sourceLog = sources.get(source) as SourceLog;
    if (!begun.has(source)) {
      begun.add(source);
      sourceLog.begin(lsn, 1_700_000_000_000_000n);
    }
    return { log: sourceLog, relation: relations.get(table) as Relation };
  }

  return {
    tables: Object.keys(SHOP_TABLES) as ShopTable[],
    put(table, row) {
      const { log, relation } = inTransaction(table);
      log.update(relation, null, tupleOf(row));
    },
    remove(table, key) {
      const { log, relation } = inTransaction(table);
      log.delete(relation, tupleOf([key, ...relation.columns.slice(1).map(() => null)]));
    },
    truncate(table) {
      const { log, relation } = inTransaction(table);
      log.truncate([relation]);
    },
    async commit() {
      const end = lsn + 5n;
      for (const [source, sourceLog] of sources) {
        if (begun.has(source)) sourceLog.commit(end);
        else sourceLog.advance(end, 1_700_000_000_000_000n);
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
    },
    close: () => log.close(),
  };
}
