import { quoteIdentifier } from '../../../warehouse/clickhouse/quote.ts';
import type { Cube, CubeAttribute, CubeDimension } from '../../../warehouse/models/cubes/cube.ts';
import type { HeldRows, RowOf } from '../../held/held-rows.ts';
import type { RowsHeld } from '../../held/keyed-rows.ts';
import { UNKNOWN } from '../../reports/unknown.ts';
import { textValueSql } from '../compile-question.ts';
import type { CubeQuestion } from '../question.ts';
import { isHeldAttribute } from './summable.ts';

/** The column of a cube that a dimension is found from, and its text for a value of that column. */
export interface HeldDimension {
  readonly column: string;
  readonly of: (value: string) => string;
}
export type HeldDimensions = (dimension: CubeDimension) => HeldDimension;

/**
 * How the dimensions of a question are found from held cells, those of dimension tables from their rows in memory; null: the warehouse
 * has to be asked. Precondition: `isSummable`.
 */
export async function heldDimensions(
  cube: Cube,
  { dimensions, filters }: CubeQuestion,
  { keyedRows, watermark }: { keyedRows: HeldRows; watermark: string },
): Promise<HeldDimensions | null> {
  const rows = new Map<string, RowOf>();
  const asked = [...dimensions.map(({ dimension }) => dimension), ...filters.map(({ dimension }) => dimension)];
  for (const attribute of asked.map((dimension) => dimension?.attribute ?? null)) {
    if (attribute === null || rows.has(attribute.column)) continue;
    const found = await keyedRows.at(rowsOf(cube, attribute), watermark);
    if (found === null) return null;
    rows.set(attribute.column, found);
  }
  return ({ name, attribute }) => {
    if (attribute === null) return { column: name, of: (value) => value };
    const row = rows.get(attribute.column) as RowOf;
    return { column: attribute.column, of: (value) => row(value)?.[attribute.attribute] ?? UNKNOWN };
  };
}

/** All texts that a cube has of a dimension table: questions about any of them share one. */
function rowsOf(cube: Cube, { model, key }: CubeAttribute): RowsHeld {
  const names = new Set(
    cube.dimensions
      .filter((dimension) => isHeldAttribute(cube, dimension) && dimension.attribute?.model === model)
      .map(({ attribute }) => attribute?.attribute as string),
  );
  return {
    model,
    key,
    alias: 'd',
    columns: [...names].sort().map((name) => [name, textValueSql(`toString(d.${quoteIdentifier(name)})`)]),
  };
}
