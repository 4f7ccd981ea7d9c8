import { mkdir } from 'node:fs/promises';
import { open, type RootDatabase } from 'lmdb';
import { openRowTable, type RowTable, type RowTableShape } from './row-table.ts';

/** What the rows stand for. */
export interface RowStoreState {
  /** Build that the rows belong to: number of the set of tables in `store`. */
  readonly generation: number;
  /** Hash of the project that the rows were built with. */
  readonly projectHash: string;
  /** The watermark whose state the rows are; as text, since it may pass 2^53. */
  readonly watermark: string;
  /** Per source: versions below it are contained, UInt128 as text. */
  readonly floors: Readonly<Record<string, string>>;
}

/**
 * Current rows of the source tables and models at one watermark, in a local key-value store (LMDB): derived, rebuilt
 * from `raw` when lost, never the truth. One process at a time.
 */
export interface RowStore {
  state(): RowStoreState | null;
  table(shape: RowTableShape): RowTable;
  /** Runs `work` in one transaction: all of its writes are kept when it resolves with a state, none when it rejects. */
  transaction(work: () => Promise<RowStoreState | null>): Promise<void>;
  close(): Promise<void>;
}

const STATE_KEY = 'state';
/** Upper bound of the file's size; address space, not disk. */
const MAP_SIZE_BYTES = 1 << 40;

export async function openRowStore(folder: string): Promise<RowStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const env: RootDatabase = open({ path: folder, maxDbs: 512, mapSize: MAP_SIZE_BYTES });
  const meta = env.openDB<RowStoreState, string>({ name: 'meta', encoding: 'json' });
  const tables = new Map<string, RowTable>();
  return {
    state: () => meta.get(STATE_KEY) ?? null,
    table(shape) {
      const opened = tables.get(shape.name) ?? openRowTable(env, shape);
      tables.set(shape.name, opened);
      return opened;
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
