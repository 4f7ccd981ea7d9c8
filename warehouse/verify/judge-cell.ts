import type { Cell } from './compare-cells.ts';
import type { Example } from './result.ts';

/** Whether a cell is what its SQL gives: each side's rows, in any order, are the other's. */
export function isEqualCell({ full, kept }: Pick<Cell, 'full' | 'kept'>): boolean {
  if (full.length !== kept.length) return false;
  const texts = (rows: Cell['full']): string[] => rows.map((row) => JSON.stringify(row)).sort();
  const [one, other] = [texts(full), texts(kept)];
  return one.every((text, i) => text === other[i]);
}

/** Names what is wrong with a cell; with values only where they are asked for. */
export function exampleOfCell(options: {
  cell: Cell;
  keyNames: readonly string[];
  columns: readonly string[];
  showValues: boolean;
}): Example {
  const { cell, keyNames, columns, showValues } = options;
  const [full] = cell.full;
  const [kept] = cell.kept;
  const kind =
    kept === undefined ? 'missing' : full === undefined ? 'extra' : cell.kept.length > 1 ? 'doubled' : 'changed';
  const isWhole = full !== undefined && kept !== undefined;
  const differing = columns.flatMap((column, i) => {
    if (full?.[i] === kept?.[i] || (!isWhole && !showValues)) return [];
    if (!showValues) return { column };
    return {
      column,
      ...(full !== undefined && { expected: full[i] ?? null }),
      ...(kept !== undefined && { found: kept[i] ?? null }),
    };
  });
  return {
    key: Object.fromEntries(keyNames.map((name, i) => [name, cell.key[i] as string])),
    kind,
    columns: differing,
  };
}
