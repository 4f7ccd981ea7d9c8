import type { TextRow } from '../../warehouse-reader.ts';
import type { Dimension } from './dimension.ts';
import type { Raw } from './measures.ts';
import { type Window, windowKey } from './windows.ts';

/** A combination of values; null stands for all that are not among the top. */
export interface Member {
  readonly keys: readonly (string | null)[];
  /** Of a product. */
  readonly sku: string | null;
  readonly product: string | null;
}

/** Measures of a cell as the warehouse printed them; what is not there is zero. */
export type Cell = Readonly<Partial<Record<Raw, string>>>;

/** Cells by the first so many dimensions of a report: all of them, or those of a subtotal. */
export interface Level {
  readonly dimensions: readonly Dimension[];
  readonly members: ReadonlyMap<string, Member>;
  /** By window and member. */
  cellOf(window: Window, member: string): Cell | undefined;
  /** Keys of those that occur in a window. */
  within(window: Window): Iterable<string>;
}

/** Rows of several queries over the same cells, put together. */
export function levelOf(options: {
  dimensions: readonly Dimension[];
  measures: readonly Raw[];
  answers: readonly { readonly layer: readonly Window[]; readonly rows: readonly TextRow[] }[];
}): Level {
  const { dimensions, measures, answers } = options;
  const members = new Map<string, Member>();
  const windows = new Map<string, Map<string, Partial<Record<Raw, string>>>>();
  for (const { layer, rows } of answers) {
    const byStart = new Map(layer.map((window) => [String(window.from), windowKey(window)]));
    for (const row of rows) {
      const keys = dimensions.map((_, index) => row[`key_${index}`] ?? null);
      const member = memberKey(keys);
      if (!members.has(member)) members.set(member, { keys, sku: row.sku ?? null, product: row.product ?? null });
      const window = byStart.get(row.bucket ?? '') ?? '';
      let cells = windows.get(window);
      if (cells === undefined) {
        cells = new Map();
        windows.set(window, cells);
      }
      let cell = cells.get(member);
      if (cell === undefined) {
        cell = {};
        cells.set(member, cell);
      }
      for (const measure of measures) {
        const value = row[measure];
        if (value !== undefined && value !== null) cell[measure] = value;
      }
    }
  }
  return {
    dimensions,
    members,
    cellOf: (window, member) => windows.get(windowKey(window))?.get(member),
    within: (window) => windows.get(windowKey(window))?.keys() ?? [],
  };
}

export function memberKey(keys: readonly (string | null)[]): string {
  return JSON.stringify(keys);
}

/**
 * Order of rows within a period: as the dimensions are, numbers as numbers, texts by code units; the top ones by rank and what is
 * not among them last; a subtotal behind what it sums up.
 */
export function compareMembers(
  left: Member,
  right: Member,
  order: readonly { readonly isNumber: boolean; readonly ranks: ReadonlyMap<string, number> | null }[],
): number {
  for (const [index, { isNumber, ranks }] of order.entries()) {
    const [a, b] = [left.keys[index], right.keys[index]];
    if (a === b) continue;
    if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
    if (a === null || b === null) return a === null ? 1 : -1;
    if (ranks !== null) return (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0);
    if (isNumber) return BigInt(a) < BigInt(b) ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}
