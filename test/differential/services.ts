import { randomUUID } from 'node:crypto';
import type { Row, Shop, ShopTable } from '../../warehouse/testing/shop.ts';
import { SHOP_TABLES } from '../../warehouse/testing/shop.ts';
import { tupleOf } from '../../warehouse/testing/tuples.ts';

/** The databases of all services: what their tables hold, and what they held when they committed. */
export interface Services {
  /** Rows of a table by key (texts with tabs between). */
  rows(table: ShopTable): ReadonlyMap<string, Row>;
  put(table: ShopTable, row: Row): void;
  remove(table: ShopTable, key: string): void;
  /** A row comes to have another key, which no row has. */
  move(table: ShopTable, key: string, row: Row): void;
  truncate(table: ShopTable): void;
  /** Hands the source's last transactions over once more; answers how many. With no waiting until the next commit. */
  redeliver(source: string, atMost: number): number;
  /** What the tables hold now is what `undo` puts back. */
  remember(): void;
  undo(): void;
  /** Resolves when everything is loaded. */
  commit(): Promise<void>;
  /** The table's replica is built anew from what the source has: `edits` of its rows had been missed. */
  resync(
    table: ShopTable,
    options: {
      keepsOld: boolean;
      edits: ReadonlyMap<string, Row | null>;
      /** When the new replica is whole, and has not taken the old one's place. */
      beforeExchange: () => Promise<void>;
    },
  ): Promise<void>;
  /** The source is copied anew: until it `isWhole` again its replicas are of no one moment. */
  copyAnew(source: string, isWhole: boolean): Promise<void>;
  /** Sources that committed changes since this was asked last. */
  changedSources(): Set<string>;
  /** A table's rows as they were below a position, as TabSeparated lines. */
  linesBelow(table: ShopTable, lsn: bigint): string;
  /** As the models name it: `source.table`. */
  nameOf(table: ShopTable): string;
  /** Everything that was committed so far lies before it. */
  endLsn(): bigint;
}

export const SOURCES: readonly string[] = [...new Set(Object.values(SHOP_TABLES).map(({ source }) => source))];

export function keyOf(table: ShopTable, row: Row): string {
  return row.slice(0, keysOf(table)).join('\t');
}

export function sourceOf(table: ShopTable): string {
  return SHOP_TABLES[table].source;
}

function keysOf(table: ShopTable): number {
  const shape = SHOP_TABLES[table];
  return 'keys' in shape ? shape.keys : 1;
}

interface State {
  readonly endLsn: bigint;
  readonly lines: string;
}

/** Of a table: nobody looks further back. */
const KEPT_STATES = 60;

export function openServices(shop: Shop): Services {
  const tables = new Map(shop.tables.map((table) => [table, new Map<string, Row>()]));
  const states = new Map<ShopTable, State[]>(shop.tables.map((table) => [table, [{ endLsn: 0n, lines: '' }]]));
  const changed = new Set<ShopTable>();
  const changedSources = new Set<string>();
  const epochs = new Map<string, number>(SOURCES.map((source) => [source, 1]));

  function rowsOf(table: ShopTable): Map<string, Row> {
    return tables.get(table) as Map<string, Row>;
  }

  function linesOf(table: ShopTable): string {
    const width = Object.keys(SHOP_TABLES[table].columns).length;
    return [...rowsOf(table).values()]
      .map((row) => Array.from({ length: width }, (_, i) => fieldOf(row[i] ?? null)).join('\t'))
      .map((line) => `${line}\n`)
      .join('');
  }

  async function commit(): Promise<void> {
    const committed = [...changed];
    changed.clear();
    const done = shop.commit();
    const endLsn = shop.endLsn();
    for (const table of committed) {
      changedSources.add(sourceOf(table));
      const before = states.get(table) as State[];
      states.set(table, [...before, { endLsn, lines: linesOf(table) }].slice(-KEPT_STATES));
    }
    await done;
  }

  let remembered = new Map<ShopTable, ReadonlyMap<string, Row>>();

  function put(table: ShopTable, row: Row): void {
    shop.put(table, row);
    rowsOf(table).set(keyOf(table, row), row);
    changed.add(table);
  }

  function remove(table: ShopTable, key: string): void {
    shop.remove(table, ...key.split('\t'));
    rowsOf(table).delete(key);
    changed.add(table);
  }

  return {
    rows: rowsOf,
    put,
    remove,
    remember() {
      remembered = new Map([...tables].map(([table, rows]) => [table, new Map(rows)]));
    },
    undo() {
      for (const [table, rows] of remembered) {
        for (const key of [...rowsOf(table).keys()]) if (!rows.has(key)) remove(table, key);
        for (const [key, row] of rows) if (rowsOf(table).get(key) !== row) put(table, row);
      }
    },
    move(table, key, row) {
      shop.move(table, key.split('\t'), row);
      rowsOf(table).delete(key);
      rowsOf(table).set(keyOf(table, row), row);
      changed.add(table);
    },
    truncate(table) {
      shop.truncate(table);
      rowsOf(table).clear();
      changed.add(table);
    },
    redeliver: (source, atMost) => shop.redeliver(source, atMost),
    commit,
    async resync(table, { keepsOld, edits, beforeExchange }) {
      const { log, relation } = shop.logOf(table);
      const build = { id: randomUUID(), keepsOld };
      await log.rebuild(relation, build);
      const fromLsn = log.durableLsn();
      const rows = new Map(rowsOf(table));
      for (const [key, row] of edits) {
        if (row === null) rows.delete(key);
        else rows.set(key, row);
      }
      const chunk = log.openChunk(relation, fromLsn);
      const width = relation.columns.length;
      for (const row of rows.values()) chunk.row(tupleOf(Array.from({ length: width }, (_, i) => row[i] ?? null)));
      await chunk.done();
      await commit();
      await beforeExchange();
      await log.exchange(relation, build, fromLsn);
      shop.reshape(table, relation);
      // The models follow with the next position.
      tables.set(table, rows);
      changed.add(table);
      await commit();
    },
    async copyAnew(source, isWhole) {
      const table = shop.tables.find((each) => sourceOf(each) === source) as ShopTable;
      const { log, relation } = shop.logOf(table);
      const epoch = (epochs.get(source) ?? 1) + (isWhole ? 0 : 1);
      epochs.set(source, epoch);
      // What was handed over before is of the former epoch.
      shop.reshape(table, relation);
      const snapshotLsn = shop.endLsn();
      await log.saveState({ epoch, snapshotLsn, consistentLsn: isWhole ? snapshotLsn : null, snapshot: null });
    },
    changedSources() {
      const asked = new Set(changedSources);
      changedSources.clear();
      return asked;
    },
    linesBelow: (table, lsn) => states.get(table)?.findLast(({ endLsn }) => endLsn <= lsn)?.lines ?? '',
    nameOf(table) {
      const shape = SHOP_TABLES[table];
      return `${shape.source}.${'table' in shape ? shape.table : table}`;
    },
    endLsn: () => shop.endLsn(),
  };
}

function fieldOf(value: string | null): string {
  if (value === null) return '\\N';
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
}
