import type { ModelChanges } from '../maintain/by-key.ts';

/** Which versions end and which begin, as TabSeparated lines. */
export interface ChangedVersions {
  /** Keys alone. */
  readonly ended: readonly string[];
  /** Rows. */
  readonly begun: readonly string[];
}

/** Compares the rows of some keys as they were and as they are. */
export function changedVersions(options: {
  changes: ModelChanges;
  /** Indexes of columns: of the key, and of those in which a change makes a new version. */
  key: readonly number[];
  checked: readonly number[];
}): ChangedVersions {
  const { changes, key, checked } = options;
  const partOf = (row: string, columns: readonly number[]): string => {
    const fields = row.split('\t');
    return columns.map((i) => fields[i]).join('\t');
  };
  const former = new Map(changes.before.map((row) => [partOf(row, key), row]));
  const ended = new Set(former.keys());
  const begun: string[] = [];
  for (const row of changes.after) {
    const rowKey = partOf(row, key);
    const before = former.get(rowKey);
    if (before !== undefined && partOf(before, checked) === partOf(row, checked)) ended.delete(rowKey);
    else begun.push(row);
  }
  return { ended: [...ended], begun };
}
