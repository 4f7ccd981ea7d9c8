import { parseLsn } from '../../../changelog/lsn.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { CaptureMemory } from '../tables/capture-memory.ts';
import { describeTables } from '../tables/catalog.ts';
import { qualifiedName } from '../tables/table-filter.ts';
import type { TableRegistry } from '../tables/table-registry.ts';
import type { CaptureTiming } from '../timing.ts';
import { fingerprintOf, recordCopy } from './copy-record.ts';
import { doneBlocks } from './snapshot-book.ts';
import type { SnapshotMeter } from './snapshot-meter.ts';
import { blocksOfChunk, TableCopying } from './table-copying.ts';

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
): Promise<TableCopying[]> {
  const { control, memory, registry, meter, publication, source, timing } = options;
  const copies: TableCopying[] = [];
  for (const table of await describeTables(control, publication)) {
    const name = qualifiedName(table);
    const book = memory.tables[name];
    if (book === undefined || book.oid !== table.oid || !registry.isToCopy(name, book)) continue;
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
  await memory.save();
  return copies;
}
