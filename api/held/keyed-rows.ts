import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { TextRow } from '../warehouse-reader.ts';
import { columnListsQuery, readColumnLists } from './column-lists.ts';
import type { HeldTable, Holding } from './held-tables.ts';

/** States whose rows are known. */
const MAX_STATES = 64;
/** Texts of a row that take 100 bytes, as its key does. */
const TEXTS_IN_SIZE = 2;

/** Rows of a model that are kept by a key of one column, as texts. */
export interface RowsHeld {
  /** Of the model. */
  readonly model: string;
  readonly key: string;
  /** What `columns` call the model's row. */
  readonly alias: string;
  /** What each row has: names, and expressions of texts. */
  readonly columns: readonly (readonly [name: string, sql: string])[];
}

interface Version {
  readonly since: bigint;
  /** Null: there is none. */
  readonly row: TextRow | null;
}

/** Rows by key at the newest state and some before it. */
export class KeyedRows implements HeldTable {
  /** The newest version last. */
  readonly #versions = new Map<string, Version[]>();
  #states: bigint[] = [];
  readonly #rowSize: number;
  #count = 0;

  /** `rowSize`: what a row takes, in hundreds of bytes. */
  constructor(rowSize: number) {
    this.#rowSize = rowSize;
  }

  get size(): number {
    return this.#count * this.#rowSize;
  }

  get watermark(): bigint | null {
    return this.#states.at(-1) ?? null;
  }

  hasState(watermark: bigint): boolean {
    return this.#states.includes(watermark);
  }

  /** Null where there is none. Precondition: it has the state. */
  row(key: string, watermark: string): TextRow | null {
    const state = BigInt(watermark);
    return this.#versions.get(key)?.findLast(({ since }) => since <= state)?.row ?? null;
  }

  /** Precondition: they are the keys that have other rows than at the newest state, each once. */
  append(watermark: bigint, changes: readonly (readonly [key: string, row: TextRow | null])[]): void {
    this.#states = [...this.#states, watermark].slice(-MAX_STATES);
    const oldest = this.#states[0] as bigint;
    for (const [key, row] of changes) {
      const before = this.#versions.get(key) ?? [];
      // Of those that the oldest state or an earlier one has, it sees the last.
      const seen = before.findLastIndex(({ since }) => since <= oldest);
      const versions = [...before.slice(Math.max(seen, 0)), { since: watermark, row }];
      this.#count += versions.length - before.length;
      this.#versions.set(key, versions);
    }
  }
}

/** Holds no more than so many rows of about 100 bytes. */
export function holdRows({ model, key, alias, columns }: RowsHeld, maxRows: number): Holding<KeyedRows> {
  const view = `${model}_at`;
  const rowSize = 1 + Math.ceil(columns.length / TEXTS_IN_SIZE);
  const most = Math.floor(maxRows / rowSize);
  const keyText = `toString(${alias}.${quoteIdentifier(key)})`;
  return {
    name: `${model}: ${columns.map(([name]) => name).join(', ')}`,
    relations(from, watermark) {
      const all = from.at(view, watermark);
      const added = from.changes(view, [quoteIdentifier(key)], watermark);
      return all === null || added === null ? null : { all, added };
    },
    query(relation, what) {
      const isOpen = what === 'all' ? 'true' : `${alias}._is_open`;
      const values = [keyText, `toString(toUInt8(${isOpen}))`, ...columns.map(([, sql]) => sql)];
      return columnListsQuery(values, { relation, alias, maxRows: most });
    },
    create: () => new KeyedRows(rowSize),
    append(held, watermark, row) {
      const lists = readColumnLists(row, most);
      if (lists === null) return false;
      const [keys, open] = [lists.list<string>(0), lists.list<string>(1)];
      const values = columns.map((_, i) => lists.list<string | null>(i + 2));
      const rowOf = (n: number): TextRow =>
        Object.fromEntries(columns.map(([name], i) => [name, values[i]?.[n] ?? null]));
      held.append(
        watermark,
        keys.map((each, n) => [each, open[n] === '1' ? rowOf(n) : null]),
      );
      return true;
    },
  };
}
