import type { ExportFormat } from './exportable.ts';

/** Counts the rows of a file while it is written. */
export interface RowCount {
  add(chunk: Uint8Array): void;
  /** Whole ones until now; null: the format does not tell before its end. */
  rows(): number | null;
}

const LINE_FEED = 0x0a;
const QUOTATION_MARK = 0x22;

export function countRows(format: ExportFormat): RowCount {
  if (format === 'arrow' || format === 'parquet') return { add: () => {}, rows: () => null };
  const isCsv = format === 'csv';
  let lines = 0;
  let isQuoted = false;
  return {
    add(chunk) {
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i];
        // A quotation mark that is doubled opens again what it closed.
        if (byte === QUOTATION_MARK) isQuoted = isCsv && !isQuoted;
        else if (byte === LINE_FEED && !isQuoted) lines++;
      }
    },
    // The names of the columns are no row.
    rows: () => (isCsv ? Math.max(0, lines - 1) : lines),
  };
}
