import { visibleRows } from '../access/caller.ts';
import type { ApiMetrics } from '../metrics.ts';
import type { TextRow } from '../warehouse-reader.ts';
import type { HeldTables } from './held-tables.ts';
import { holdRows, type RowsHeld } from './keyed-rows.ts';

/** All rows of a model at a state, by the text of their key; null: there is none. */
export type RowOf = (key: string) => TextRow | null;

/**
 * Rows of small models that are kept by key, in memory: one of them is found without a query, and attributes of dimension tables are
 * joined to held cells. Only for those who may see all rows.
 */
export interface HeldRows {
  /** Null: the warehouse has to be asked. */
  at(what: RowsHeld, watermark: string): Promise<RowOf | null>;
}

export function createHeldRows(options: { tables: HeldTables; maxRows: number; metrics: ApiMetrics }): HeldRows {
  const { tables, maxRows, metrics } = options;
  return {
    async at(what, watermark) {
      if (visibleRows() !== null) return null;
      const rows = await tables.at(holdRows(what, maxRows), watermark);
      if (rows === null) return null;
      metrics.heldAnswers.inc({ model: what.model });
      return (key) => rows.row(key, watermark);
    },
  };
}
