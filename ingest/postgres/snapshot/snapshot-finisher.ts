import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { CaptureMemory } from '../tables/capture-memory.ts';
import { describeTables, type PublishedTable } from '../tables/catalog.ts';
import { qualifiedName } from '../tables/table-filter.ts';
import { fingerprintOf, isWanted, recordCopy } from './copy-record.ts';
import type { SnapshotMeter } from './snapshot-meter.ts';
import type { TableCopying } from './table-copying.ts';

/** Between two looks at the catalog it rests so many times as long as a look takes. */
const REST_FACTOR = 4;
const LONGEST_REST_MS = 5_000;

export interface SnapshotFinisher {
  /** Every piece of the table is durable. */
  copied(copying: TableCopying): void;
  /**
   * No more tables will come. Resolves when every one that was handed over is written down; rejects when one cannot be.
   */
  drained(): Promise<void>;
}

/**
 * Compares tables that are copied with the catalog, in which nothing may have changed under the chunks, and writes them
 * down as complete. All that have gathered meanwhile go together: with very many small tables one look at the catalog
 * and one save for each would take longer than their rows, on the source as well.
 */
export function createSnapshotFinisher(options: {
  readonly source: string;
  readonly publication: string;
  readonly control: CatalogConnection;
  readonly memory: CaptureMemory;
  readonly meter: SnapshotMeter;
  readonly logger: Logger;
  readonly onFailure: (error: unknown) => void;
}): SnapshotFinisher {
  const { source, publication, control, memory, meter, logger, onFailure } = options;
  let waiting: TableCopying[] = [];
  let working: Promise<void> | null = null;
  let isLast = false;
  let hurry: () => void = () => {};

  async function work(): Promise<void> {
    let restMs = 0;
    while (waiting.length > 0) {
      if (!isLast) await rest(restMs);
      const startedAt = performance.now();
      const batch = waiting;
      waiting = [];
      const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
      const copiedLsn = rows[0]?.lsn ?? '0/0';
      const only = batch.length === 1 ? (batch[0]?.table.oid ?? null) : null;
      const tables = new Map<string, PublishedTable>();
      for (const table of await describeTables(control, publication, only)) tables.set(qualifiedName(table), table);
      for (const copying of batch) {
        // A table without rows has a replica as well; null: it cannot be taken, or not in this shape.
        if ((await copying.relation()) !== null) finish(copying, tables.get(copying.name), copiedLsn);
      }
      failpoint('ingest.table-copied');
      await memory.save();
      restMs = Math.min(REST_FACTOR * (performance.now() - startedAt), LONGEST_REST_MS);
    }
    working = null;
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function finish(copying: TableCopying, now: PublishedTable | undefined, copiedLsn: string): void {
    const { name, copy } = copying;
    meter.end(name);
    if (!isWanted(memory, copying)) return;
    if (now === undefined || now.oid !== copying.table.oid || fingerprintOf(source, now) !== copy.fingerprint) {
      const book = memory.tables[name];
      if (book === undefined) return;
      // Copied again, or begun again in its new shape. This table alone: one that is truncated again and again must not
      // keep the others from being copied. Without a key what is copied has to go first: by the next plan.
      if (copying.table.key.length > 0) memory.setTable(name, { ...book, copy: null });
      const { code, message } = new MillraceError(INGEST_ERRORS.snapshotRestarted, name);
      logger.info({ table: name, code, detail: message }, 'table is copied again');
      return;
    }
    recordCopy(memory, copying, copiedLsn);
    logger.info({ table: name, rows: copy.rows ?? 0, bytes: copy.bytes ?? 0 }, 'table copied');
  }

  return {
    copied(copying) {
      waiting.push(copying);
      if (working !== null) return;
      working = work();
      working.catch(onFailure);
    },
    drained() {
      isLast = true;
      hurry();
      return working ?? Promise.resolve();
    },
  };
}
