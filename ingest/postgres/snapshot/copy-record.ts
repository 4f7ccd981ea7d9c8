import { parseLsn } from '../../../changelog/lsn.ts';
import type { CaptureMemory } from '../tables/capture-memory.ts';
import { type PublishedTable, relationOfTable, shapeOf } from '../tables/catalog.ts';
import type { TableCopying } from './table-copying.ts';

/** Nobody paused the table, or began it again, since its copy was planned. */
export function isWanted(memory: CaptureMemory, { name, build }: Pick<TableCopying, 'name' | 'build'>): boolean {
  const book = memory.tables[name];
  return book !== undefined && book.stop === null && (book.rebuild?.id ?? null) === (build?.id ?? null);
}

/**
 * Writes into the book how far a copy has come; saving it is up to the caller. `copiedLsn`: every chunk was durable, and
 * so read, when the source stood there (LSN text); null while some are to come.
 */
export function recordCopy(
  memory: CaptureMemory,
  copying: Pick<TableCopying, 'name' | 'build' | 'copy'>,
  copiedLsn: string | null,
): void {
  const complete = copiedLsn !== null;
  const book = memory.tables[copying.name];
  if (book === undefined || !isWanted(memory, copying)) return;
  const { rebuild } = book;
  // What is built beside is complete only after the exchange.
  const done =
    rebuild === null
      ? { complete, copiedLsn: later(book.copiedLsn, copiedLsn) }
      : { rebuild: { ...rebuild, copied: complete } };
  memory.setTable(copying.name, { ...book, ...done, copy: complete ? null : copying.copy });
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return parseLsn(a) > parseLsn(b) ? a : b;
}

/** Equal as long as block numbers mean the same rows, and rows the same columns. */
export function fingerprintOf(source: string, table: PublishedTable): string {
  return `${table.storage} ${table.rowFilterMark ?? ''} ${shapeOf(relationOfTable(source, table))}`;
}
