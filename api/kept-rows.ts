import { visibleRows } from './access/caller.ts';
import { SharedWork } from './http/shared-work.ts';
import type { ReaderQuery, TextRow } from './warehouse-reader.ts';

/** Queries that are kept; the one not used for longest goes first. They have few rows each. */
const MAX_KEPT = 200;

type Rows = readonly TextRow[];

export interface KeptRows {
  /** Rows of a query with its watermark among the parameters, read once for all who see the same rows. */
  rows(query: ReaderQuery, gone: AbortSignal, read: (signal: AbortSignal) => Promise<Rows>): Promise<Rows>;
}

export function createKeptRows(): KeptRows {
  const kept = new Map<string, Rows>();
  const work = new SharedWork<Rows>();
  return {
    async rows({ sql, parameters }, gone, read) {
      const key = JSON.stringify([visibleRows(), sql, parameters]);
      const known = kept.get(key);
      kept.delete(key);
      const rows = known ?? (await work.run(key, gone, read));
      kept.set(key, rows);
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_KEPT) break;
        kept.delete(oldest);
      }
      return rows;
    },
  };
}
