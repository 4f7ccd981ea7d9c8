import { parseLsn } from '../../../changelog/lsn.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { CaptureMemory } from '../tables/capture-memory.ts';
import { describeTables, type PublishedTable } from '../tables/catalog.ts';
import { qualifiedName } from '../tables/table-filter.ts';
import { measureTables } from '../tables/table-measure.ts';
import type { TableRegistry } from '../tables/table-registry.ts';
import type { CaptureTiming } from '../timing.ts';
import { fingerprintOf, recordCopy } from './copy-record.ts';
import { doneBlocks } from './snapshot-book.ts';
import type { SnapshotMeter } from './snapshot-meter.ts';
import { blocksOfChunk, TableCopying } from './table-copying.ts';

export interface SnapshotPlan {
  readonly copies: readonly TableCopying[];
  /** Tables that are to be copied and cannot be opened now. */
  readonly locked: readonly PublishedTable[];
}

/**
 * Which tables are to be copied, and what of them is missing: a copy that was begun goes on as long as its blocks are
 * the same ones. Resolves when the plan is written down. `xmax`: transactions before it have ended.
 */
export async function planCopies(
  options: {
    readonly source: string;
    readonly publication: string;
    readonly control: CatalogConnection;
    readonly memory: CaptureMemory;
    readonly registry: TableRegistry;
    readonly meter: SnapshotMeter;
    readonly timing: Pick<CaptureTiming, 'chunkBytes' | 'chunkBlocks'>;
  },
  xmax: string,
): Promise<SnapshotPlan> {
  const { control, memory, registry, meter, publication, source, timing } = options;
  const copies: TableCopying[] = [];
  const wanted = (await describeTables(control, publication)).filter((table) => {
    const book = memory.tables[qualifiedName(table)];
    return book?.oid === table.oid && registry.isToCopy(qualifiedName(table), book) && book.rebuild?.fromLsn !== null;
  });
  const tables = await measureTables(control, publication, wanted);
  for (const table of tables) {
    const name = qualifiedName(table);
    const book = memory.tables[name];
    if (book === undefined) continue;
    const build = book.rebuild && {
      id: book.rebuild.id,
      fromLsn: parseLsn(book.rebuild.fromLsn ?? '0/0'),
      snapshot: book.rebuild.snapshot ?? null,
    };
    if (build?.fromLsn === 0n) continue; // Not begun yet.
    const fingerprint = fingerprintOf(source, table);
    const begun = book.copy?.fingerprint === fingerprint ? book.copy : null;
    if (table.key.length === 0 && book.copy !== null && begun === null) {
      registry.copyAgain(name);
      continue;
    }
    const copy = begun ?? { fingerprint, blocks: table.blocks, xmax, done: [] };
    const copying = new TableCopying({
      name,
      table,
      build,
      copy,
      chunkBlocks: blocksOfChunk(table, timing),
      relation: () => registry.relationToCopy(table),
    });
    const { rows = 0, bytes = 0, blocks } = copy;
    meter.begin(name, { rows, bytes, blocks, doneBlocks: doneBlocks(copy) }, performance.now());
    recordCopy(memory, copying, null);
    copies.push(copying);
  }
  await memory.saveTables();
  const measured = new Set(tables.map(({ oid }) => oid));
  return { copies, locked: wanted.filter(({ oid }) => !measured.has(oid)) };
}
