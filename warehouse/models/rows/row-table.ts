import type { Database, RootDatabase } from 'lmdb';
import { fieldAt } from './field.ts';
import { keyBytes } from './key-bytes.ts';

/** Shape of a table in the row store; rows are TabSeparated lines of `columns`, without newline. */
export interface RowTableShape {
  readonly name: string;
  readonly columns: readonly string[];
  /** Indexes into `columns`. */
  readonly key: readonly number[];
  /** Indexes into `columns` by which rows are looked up; the key itself where it is one column needs none. */
  readonly lookups: readonly number[];
}

/** Rows by key and by the columns that models look them up by. Writes belong inside the store's transaction. */
export interface RowTable {
  readonly shape: RowTableShape;
  get(key: string): string | undefined;
  /** Replaces the row of the line's key; answers the row that was there. */
  put(line: string): string | undefined;
  /** Removes by key; answers the row that was there. */
  remove(key: string): string | undefined;
  /** Rows whose column `column` (index) has the text `value`. */
  find(column: number, value: string): string[];
  /** Whether `find` would find any. */
  has(column: number, value: string): boolean;
  /** Distinct texts of a look-up column (NULL left out), page by page in the order of the store. */
  page(
    column: number,
    after: Cursor | null,
    limit: number,
  ): { readonly values: string[]; readonly next: Cursor | null };
  /** Rows in the order of the store, page by page. */
  scan(after: Cursor | null, limit: number): { readonly lines: string[]; readonly next: Cursor | null };
  keyOf(line: string): string;
  /** Enters up to `limit` rows behind `after` into a look-up; null when there are no more. */
  enter(column: number, after: Cursor | null, limit: number): Cursor | null;
  /** Empties a look-up. */
  clearLookup(column: number): void;
  isEmpty(): boolean;
  /** How many texts `page` gives in all; goes through them (55 ns each). */
  countKeys(column: number): number;
  /** Removes all rows. */
  clear(): void;
}

/** Where a page ended: a key of the store. */
export type Cursor = Buffer;

/** TabSeparated NULL: points nowhere. */
const NULL_FIELD = '\\N';

export function openRowTable(env: RootDatabase, shape: RowTableShape): RowTable {
  const rows: Database<string, Buffer> = env.openDB({
    name: `rows:${shape.name}`,
    encoding: 'string',
    keyEncoding: 'binary',
  });
  const singleKey = shape.key.length === 1 ? (shape.key[0] as number) : -1;
  const indexes = new Map<number, Database<Buffer, Buffer>>();
  for (const column of shape.lookups) {
    if (column === singleKey) continue;
    const name = `index:${shape.name}:${shape.columns[column]}`;
    indexes.set(column, env.openDB({ name, encoding: 'binary', keyEncoding: 'binary', dupSort: true }));
  }

  function keyOf(line: string): string {
    if (singleKey >= 0) return fieldAt(line, singleKey) as string;
    return shape.key.map((i) => fieldAt(line, i)).join('\t');
  }

  function read(key: Buffer): string | undefined {
    return rows.get(key);
  }

  function indexRow(key: Buffer, before: string | undefined, after: string | undefined): void {
    if (indexes.size === 0) return;
    for (const [column, index] of indexes) {
      const from = before === undefined ? undefined : fieldAt(before, column);
      const to = after === undefined ? undefined : fieldAt(after, column);
      if (from === to) continue;
      if (from !== undefined && from !== NULL_FIELD) index.removeSync(keyBytes(from), key);
      if (to !== undefined && to !== NULL_FIELD) index.putSync(keyBytes(to), key);
    }
  }

  return {
    shape,
    keyOf,
    get: (key) => read(keyBytes(key)),
    put(line) {
      const key = keyBytes(keyOf(line));
      const before = read(key);
      if (before === line) return before;
      rows.putSync(key, line);
      indexRow(key, before, line);
      return before;
    },
    remove(keyText) {
      const key = keyBytes(keyText);
      const before = read(key);
      if (before === undefined) return undefined;
      rows.removeSync(key);
      indexRow(key, before, undefined);
      return before;
    },
    find(column, value) {
      if (value === NULL_FIELD) return [];
      const wanted = keyBytes(value);
      if (column === singleKey) {
        const row = read(wanted);
        return row === undefined ? [] : [row];
      }
      const index = indexes.get(column);
      if (index === undefined) throw new Error(`${shape.name} has no look-up by ${shape.columns[column]}`);
      const found: string[] = [];
      for (const key of index.getValues(wanted)) {
        const row = read(key as Buffer);
        if (row !== undefined) found.push(row);
      }
      return found;
    },
    has(column, value) {
      if (value === NULL_FIELD) return false;
      if (column === singleKey) return rows.doesExist(keyBytes(value));
      const index = indexes.get(column);
      if (index === undefined) throw new Error(`${shape.name} has no look-up by ${shape.columns[column]}`);
      return index.doesExist(keyBytes(value));
    },
    page(column, after, limit) {
      const index = indexes.get(column);
      const database = column === singleKey ? rows : index;
      if (database === undefined) throw new Error(`${shape.name} has no look-up by ${shape.columns[column]}`);
      const values: string[] = [];
      let last: Buffer | null = null;
      for (const key of database.getKeys(after === null ? { limit } : { start: after, limit: limit + 1 })) {
        if (after?.equals(key as Buffer)) continue;
        last = Buffer.from(key as Buffer);
        // The text is read from a row: a long key is stored as its hash.
        const rowKey = column === singleKey ? last : firstOf(index?.getValues(last) ?? []);
        const row = rowKey === undefined ? undefined : read(rowKey);
        if (row !== undefined) values.push(fieldAt(row, column) as string);
      }
      return { values, next: last };
    },
    scan(after, limit) {
      const lines: string[] = [];
      let last: Buffer | null = null;
      for (const { key, value } of rows.getRange(after === null ? { limit } : { start: after, limit: limit + 1 })) {
        if (after?.equals(key)) continue;
        last = Buffer.from(key);
        lines.push(value);
      }
      return { lines, next: last };
    },
    enter(column, after, limit) {
      const index = indexes.get(column);
      if (index === undefined) return null;
      let last: Buffer | null = null;
      for (const { key, value } of rows.getRange(after === null ? { limit } : { start: after, limit: limit + 1 })) {
        if (after?.equals(key)) continue;
        last = Buffer.from(key);
        const field = fieldAt(value, column);
        if (field !== undefined && field !== NULL_FIELD) index.putSync(keyBytes(field), last);
      }
      return last;
    },
    clearLookup(column) {
      indexes.get(column)?.clearSync();
    },
    isEmpty: () => rows.getKeysCount({ limit: 1 }) === 0,
    countKeys: (column) => (column === singleKey ? rows : indexes.get(column))?.getKeysCount() ?? 0,
    clear() {
      rows.clearSync();
      for (const index of indexes.values()) index.clearSync();
    },
  };
}

function firstOf(values: Iterable<Buffer>): Buffer | undefined {
  for (const value of values) return value;
  return undefined;
}
