import { mkdir } from 'node:fs/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { Recompute } from '../recompute/recompute.ts';
import type { Deployment } from '../versions/deployment.ts';
import { fillLookups } from './fill-lookups.ts';
import { openRowTable, type RowTable, type RowTableShape } from './row-table.ts';

/** What the rows stand for. */
export interface RowStoreState {
  /** Build that the rows belong to. */
  readonly generation: number;
  /** The watermark whose state the rows are; as text, since it may pass 2^53. */
  readonly watermark: string;
  /** Per source: versions below it are contained, UInt128 as text. */
  readonly floors: Readonly<Record<string, string>>;
  /** The same for source tables (`source.table`) that began behind their source's floor. */
  readonly tableFloors: Readonly<Record<string, string>>;
  /** Tables (by id) that are not built yet, and where they stand. */
  readonly builds: Readonly<Record<string, BuildProgress>>;
  /** What is computed anew although nothing has changed, one after the other; left out: nothing. */
  readonly recomputes?: readonly Recompute[];
  /** What each history follows (see history/following.ts), by the history's id; those that do not follow yet are missing. */
  readonly followed?: Readonly<Record<string, string>>;
}

/** All keys of the inputs before `input` are done, and of that one those up to `after`. */
export interface BuildProgress {
  /** Index into the table's inputs. */
  readonly input: number;
  /** A cursor of the input's rows in Base64; null: none of them yet. */
  readonly after: string | null;
  /** Keys that are done. */
  readonly keys?: number;
}

/**
 * Current rows of the source tables and models at one watermark, in a local key-value store (LMDB): derived, rebuilt
 * from `raw` when lost, never the truth. One process at a time.
 */
export interface RowStore {
  /** Null also where rows were kept in another format, by a former version of Millrace. */
  state(): RowStoreState | null;
  /** Which tables are kept, and for whom; null before the first was. */
  deployment(): Deployment | null;
  /** Outside of transactions. */
  deploy(deployment: Deployment, state: RowStoreState): void;
  /**
   * Opens a table. A look-up that it did not have is filled from its rows, which may take a while; a table that was opened
   * before without it is not to be used any more.
   */
  table(shape: RowTableShape): RowTable;
  /** Removes a table's rows; it is not to be used any more. */
  drop(name: string): void;
  /** Runs `work` in one transaction: all of its writes are kept when it resolves with a state, none when it rejects. */
  transaction(work: () => Promise<RowStoreState | null>): Promise<void>;
  close(): Promise<void>;
}

/** Of keys and rows. Rows that are kept in another one are of no use: they are read and built again. */
const FORMAT = 2;
const FORMAT_KEY = 'format';
const STATE_KEY = 'state';
const DEPLOYMENT_KEY = 'deployment';
/** Upper bound of the file's size; address space, not disk. */
const MAP_SIZE_BYTES = 1 << 40;

export async function openRowStore(folder: string): Promise<RowStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const env: RootDatabase = open({ path: folder, maxDbs: 2048, mapSize: MAP_SIZE_BYTES });
  const meta: Database<unknown, string> = env.openDB({ name: 'meta', encoding: 'json' });
  if (meta.get(STATE_KEY) === undefined) meta.putSync(FORMAT_KEY, FORMAT);
  const isReadable = meta.get(FORMAT_KEY) === FORMAT;
  const tables = new Map<string, RowTable>();
  return {
    state: () => (isReadable ? (meta.get(STATE_KEY) ?? null) : null) as RowStoreState | null,
    deployment: () => (meta.get(DEPLOYMENT_KEY) ?? null) as Deployment | null,
    deploy(deployment, state) {
      env.transactionSync(() => {
        meta.putSync(DEPLOYMENT_KEY, deployment);
        meta.putSync(STATE_KEY, state);
      });
    },
    table(shape) {
      const known = tables.get(shape.name);
      if (known !== undefined && isCovered(shape, known.shape)) return known;
      const opened = openRowTable(env, shape);
      fillLookups({ env, meta, table: opened });
      tables.set(shape.name, opened);
      return opened;
    },
    drop(name) {
      tables.get(name)?.clear();
      tables.delete(name);
    },
    async transaction(work) {
      await env.transactionSync(async () => {
        const state = await work();
        if (state !== null) meta.putSync(STATE_KEY, state);
      });
    },
    close: () => env.close(),
  };
}

/** Whether rows of one shape are found by everything that another one wants them found by. */
function isCovered(wanted: RowTableShape, by: RowTableShape): boolean {
  const known = new Set(by.lookups.map((column) => by.columns[column]));
  return wanted.lookups.every((column) => known.has(wanted.columns[column]));
}
