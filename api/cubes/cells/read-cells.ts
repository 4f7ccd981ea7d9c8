import { quoteIdentifier } from '../../../warehouse/clickhouse/quote.ts';
import { columnListsQuery, readColumnLists } from '../../held/column-lists.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { kindOf, scaleOf } from '../column-kind.ts';
import { textValueSql } from '../compile-question.ts';
import { type CellRows, MAX_UNITS } from './cells.ts';
import type { HeldColumns } from './summable.ts';

/** A query of one row: each column of all rows as one list, dimensions first. */
export function cellsQuery(options: { columns: HeldColumns; relation: string; maxRows: number }): {
  sql: string;
  parameters: Record<string, unknown>;
} {
  const { columns, relation, maxRows } = options;
  const dimensions = columns.dimensions.map(({ name, type }) => {
    const text = `toString(c.${quoteIdentifier(name)})`;
    return kindOf(type) === 'text' ? textValueSql(text) : text;
  });
  const measures = columns.measures.map(({ name }) => `toFloat64(c.${quoteIdentifier(name)})`);
  return columnListsQuery([...dimensions, ...measures], { relation, alias: 'c', maxRows });
}

/** Null where there are more rows than the most, or values that cannot be summed up exactly. */
export function readCells(row: TextRow, { dimensions, measures }: HeldColumns, maxRows: number): CellRows | null {
  const lists = readColumnLists(row, maxRows);
  if (lists === null) return null;
  const units = measures.map(({ type }, i) =>
    unitsOf(lists.list<number | null>(dimensions.length + i), 10 ** (scaleOf(type) ?? 0)),
  );
  if (units.includes(null)) return null;
  return {
    rows: lists.count,
    dimensions: new Map(dimensions.map(({ name }, i) => [name, lists.list<string>(i)])),
    measures: new Map(measures.map(({ name }, i) => [name, units[i] as number[]])),
  };
}

/** Doubles of decimals as whole numbers of their last place: exact up to `MAX_UNITS`, since what is lost is far less than a half. */
function unitsOf(values: readonly (number | null)[], factor: number): number[] | null {
  const units = values.map((value) => Math.round((value ?? Number.NaN) * factor));
  return units.every((each) => Math.abs(each) <= MAX_UNITS) ? units : null;
}
