import { isoSql } from '../../warehouse/clickhouse/moment.ts';
import { quoteIdentifier, quoteString } from '../../warehouse/clickhouse/quote.ts';
import { kindOf, textSql } from '../cubes/column-kind.ts';
import type { FileQuery } from '../warehouse-reader.ts';
import { CSV_LINE_END, csvFieldSql, csvLine } from './csv.ts';
import type { Format } from './format.ts';

/** A column of a file that the warehouse writes: SQL of its value, and the type that the SQL gives. */
export interface ShownColumn {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  /** Where lines of JSON have something else than the other formats. */
  readonly jsonValue?: string;
}

/** How the warehouse writes rows in a format. */
export interface ColumnShape {
  readonly format: FileQuery['format'];
  /** What is selected. */
  readonly shape: (columns: readonly ShownColumn[]) => string;
  /** What comes before the first row. */
  readonly head: (columns: readonly ShownColumn[]) => string;
}

/** Columns of their types under their names. */
function typed(columns: readonly ShownColumn[]): string {
  return columns.map(({ name, value }) => `${value} as ${quoteIdentifier(name)}`).join(', ');
}

/** The same, with moments as they are in JSON. */
function printable(columns: readonly ShownColumn[]): string {
  return columns
    .map(({ name, type, value, jsonValue }) => {
      const shown = jsonValue ?? (kindOf(type) === 'moment' ? isoSql(value) : value);
      return `${shown} as ${quoteIdentifier(name)}`;
    })
    .join(', ');
}

/** A line a row: no setting says how values are printed, which a read-only user might not change. */
function csvLines(columns: readonly ShownColumn[]): string {
  const fields = columns.map(({ type, value }) => csvFieldSql(textSql(type, value), kindOf(type) === 'text'));
  return `concat(${[fields.join(`, ',', `), quoteString(CSV_LINE_END)].join(', ')})`;
}

const nothing = (): string => '';

export const COLUMN_SHAPES: Readonly<Record<Exclude<Format, 'json'>, ColumnShape>> = {
  csv: {
    format: 'RawBLOB',
    shape: csvLines,
    head: (columns) => csvLine(columns.map(({ name }) => name)) + CSV_LINE_END,
  },
  ndjson: { format: 'JSONEachRow', shape: printable, head: nothing },
  arrow: { format: 'ArrowStream', shape: typed, head: nothing },
  parquet: { format: 'Parquet', shape: typed, head: nothing },
};
