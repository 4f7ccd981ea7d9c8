import type { DirectRelations } from '../../warehouse/published/direct-relations.ts';
import { asSystem } from '../access/caller.ts';
import { SharedWork } from '../http/shared-work.ts';
import { ApiError } from '../problems/problem.ts';
import type { TextRow, WarehouseReader } from '../warehouse-reader.ts';

/** A table that is asked for once in so long is not worth holding. */
const ASKED_AGAIN_MS = 10_000;
/** What nobody brought up to date for so long is read anew: what came since may be summed up in the warehouse by now. */
const MAX_BEHIND_MS = 60_000;
/** When what came since it was first read is more than this, and as much, it is read anew, put together by the warehouse. */
const MIN_GROWTH = 20_000;
/** Until it is looked again whether what could not be held can be. */
const REFUSED_MS = 60_000;

/** Rows of a model in memory, at its newest state and at some before it. */
export interface HeldTable {
  /** What it takes, in rows of about 100 bytes. */
  readonly size: number;
  /** The newest state; null before the first. */
  readonly watermark: bigint | null;
  hasState(watermark: bigint): boolean;
}

/** What is held of a model, and how it is read. */
export interface Holding<T extends HeldTable> {
  /** Of the model; the same for the same columns alone. */
  readonly name: string;
  /** What to read: all rows at a watermark, and what came between two. Null: the warehouse has to be asked. */
  relations(from: DirectRelations, watermark: bigint): { readonly all: string; readonly added: string } | null;
  /** The one row that says what is in a relation. */
  query(relation: string, what: 'all' | 'added'): { sql: string; parameters: Readonly<Record<string, unknown>> };
  create(): T;
  /** Takes over that row, at a state behind the newest. False where it cannot be held. */
  append(table: T, watermark: bigint, row: TextRow): boolean;
}

interface Held {
  readonly holding: Holding<HeldTable>;
  /** How it is brought up to date: what was read stays true as long as that is the same. */
  readonly added: string;
  readonly table: HeldTable;
  /** Its size when it was read as a whole. */
  readonly base: number;
  readAtMs: number;
}

export interface HeldTables {
  /**
   * What is held of a model, with the rows of a watermark among its states; null: the warehouse has to be asked. Precondition: whoever
   * asks may see all rows.
   */
  at<T extends HeldTable>(holding: Holding<T>, watermark: string): Promise<T | null>;
  /** Brings what was asked for lately to a watermark that nobody asks about yet; null where that is nothing. */
  prepare(watermark: string): Promise<void> | null;
}

/** Keeps small tables in memory that are asked for often, and brings them up to date with what each batch changed. */
export function createHeldTables(options: {
  reader: WarehouseReader;
  relationsAt: (watermark: bigint) => Promise<DirectRelations | null>;
  /** Of all tables together, of about 100 bytes each. */
  maxRows: number;
}): HeldTables {
  const { reader, relationsAt, maxRows } = options;
  const held = new Map<string, Held>();
  const askedAtMs = new Map<string, number>();
  const refusedAtMs = new Map<string, number>();
  const work = new SharedWork<void>();
  // Reading on helps whoever asks next, too: it does not end with whoever began it.
  const { signal } = new AbortController();

  async function bring(holding: Holding<HeldTable>, watermark: bigint): Promise<void> {
    const { name } = holding;
    const relations = await relationsAt(watermark);
    const readAt = (state: bigint) => relations && holding.relations(relations, state);
    const what = readAt(watermark);
    if (what === null) return void held.delete(name);
    const known = held.get(name);
    if (known !== undefined && isOfUse(known, what.added)) {
      const { table } = known;
      const after = table.watermark as bigint;
      if (after >= watermark) return;
      // What ended since may be gone.
      if (readAt(after) === null) return void held.delete(name);
      const added = await read(holding, 'added', what.added, { after, watermark });
      // Somebody brought it further meanwhile, from where this began.
      if (table.watermark !== after) return;
      if (added === null || !holding.append(table, watermark, added)) return void held.delete(name);
      known.readAtMs = performance.now();
      return;
    }
    const all = await read(holding, 'all', what.all, { watermark });
    held.delete(name);
    const table = holding.create();
    if (all === null || !holding.append(table, watermark, all) || !makeRoom(table.size)) {
      return void refusedAtMs.set(name, performance.now());
    }
    held.set(name, { holding, added: what.added, table, base: table.size, readAtMs: performance.now() });
  }

  async function read(
    holding: Holding<HeldTable>,
    what: 'all' | 'added',
    relation: string,
    states: Readonly<Record<string, bigint>>,
  ): Promise<TextRow | null> {
    const { sql, parameters } = holding.query(`(${relation})`, what);
    const at = Object.fromEntries(Object.entries(states).map(([name, watermark]) => [name, watermark.toString()]));
    const query = { name: 'held_table', sql, parameters: { ...parameters, ...at } };
    const [row] = await reader.forRequest(signal).rows(query);
    return row ?? null;
  }

  /** Once for all who need it. */
  function brought(holding: Holding<HeldTable>, watermark: string): Promise<void> {
    return work.run(`${holding.name} ${watermark}`, signal, () => bring(holding, BigInt(watermark)));
  }

  function isOfUse({ added, table, base, readAtMs }: Held, wanted: string): boolean {
    const isSmall = table.size - base <= Math.max(MIN_GROWTH, base);
    return added === wanted && isSmall && performance.now() - readAtMs < MAX_BEHIND_MS;
  }

  /**
   * Lets those go that are asked for least lately. False where the others are in use: tables that push each other out would be read
   * as a whole again and again.
   */
  function makeRoom(size: number): boolean {
    const nowMs = performance.now();
    const askedMs = (name: string): number => askedAtMs.get(name) ?? Number.NEGATIVE_INFINITY;
    let rows = [...held.values()].reduce((sum, { table }) => sum + table.size, size);
    for (const name of [...held.keys()].sort((a, b) => askedMs(a) - askedMs(b))) {
      if (rows <= maxRows || nowMs - askedMs(name) < ASKED_AGAIN_MS) break;
      rows -= held.get(name)?.table.size ?? 0;
      held.delete(name);
    }
    return rows <= maxRows;
  }

  return {
    async at<T extends HeldTable>(asked: Holding<T>, text: string): Promise<T | null> {
      const holding = asked as unknown as Holding<HeldTable>;
      const { name } = holding;
      const nowMs = performance.now();
      const isAskedAgain = nowMs - (askedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < ASKED_AGAIN_MS;
      askedAtMs.set(name, nowMs);
      if (!isAskedAgain || nowMs - (refusedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < REFUSED_MS) return null;
      const watermark = BigInt(text);
      const newest = held.get(name)?.table.watermark ?? null;
      if (newest === null || newest < watermark) {
        try {
          await brought(holding, text);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          return null; // the warehouse says itself what is wrong
        }
      }
      const table = held.get(name)?.table;
      return table?.hasState(watermark) ? (table as T) : null;
    },
    prepare(watermark) {
      const nowMs = performance.now();
      const wanted = [...held].filter(([name]) => nowMs - (askedAtMs.get(name) ?? 0) < ASKED_AGAIN_MS);
      if (wanted.length === 0) return null;
      const all = wanted.map(([, { holding }]) =>
        // For nobody in particular, whoever made the state be read. What fails here fails for whoever asks.
        asSystem(() => brought(holding, watermark)).catch(() => {}),
      );
      return Promise.all(all).then(() => {});
    },
  };
}
