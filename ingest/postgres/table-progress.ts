import type { ErrorDefinition } from '../../runtime/errors.ts';
import type { TableProgress } from '../progress.ts';
import type { SnapshotCounts } from './snapshot.ts';
import type { TableBook, TableCopy } from './snapshot-book.ts';

/** One entry for each table that is captured or left out, by name. */
export function tableProgress(
  tables: Readonly<Record<string, TableBook>>,
  excluded: ReadonlyMap<string, ErrorDefinition>,
  counts: SnapshotCounts,
): TableProgress[] {
  const names = [...new Set([...Object.keys(tables), ...excluded.keys()])].sort();
  return names.flatMap((name): TableProgress[] => {
    const reason = excluded.get(name);
    const book = tables[name];
    if (reason === undefined && book?.left === true) return [];
    const phase =
      reason !== undefined ? 'excluded' : book?.complete ? 'streaming' : book?.copy ? 'snapshotting' : 'waiting';
    return [
      {
        name,
        phase,
        code: reason?.code ?? null,
        remedy: reason?.remedy ?? null,
        snapshotRows: counts.tableRows.get(name) ?? 0,
        snapshotDone: book?.complete ? 1 : book?.copy ? doneShare(book.copy) : 0,
      },
    ];
  });
}

/** Durable blocks of all blocks, 0 to 1. */
export function doneShare(copy: Pick<TableCopy, 'blocks' | 'done'>): number {
  if (copy.blocks === 0) return 1;
  return copy.done.reduce((sum, [from, to]) => sum + to - from, 0) / copy.blocks;
}
