import type { Cube, CubeDimension, CubeMeasure } from '../../../warehouse/models/cubes/cube.ts';
import { kindOf } from '../column-kind.ts';
import type { CubeFilter, CubeQuestion } from '../question.ts';

/** What of a cube is held in memory. */
export interface HeldColumns {
  readonly dimensions: readonly CubeDimension[];
  readonly measures: readonly CubeMeasure[];
}

/** Columns of its own whose values compare here as they do in the warehouse, and sums of whole units. */
export function heldColumns(cube: Cube): HeldColumns {
  return {
    dimensions: cube.dimensions.filter(isHeld),
    measures: cube.measures.filter(({ aggregate, type }) => aggregate === 'sum' && isExact(type)),
  };
}

/** Whether a question is one about what is held; every other is the warehouse's. */
export function isSummable(cube: Cube, { measures, dimensions, filters, timeRange }: CubeQuestion): boolean {
  const isFound = (dimension: CubeDimension): boolean => isHeld(dimension) || isHeldAttribute(cube, dimension);
  const sums = new Set(heldColumns(cube).measures.map(({ name }) => name));
  const isSum = ({ name, ratio }: CubeMeasure): boolean =>
    ratio === null ? sums.has(name) : sums.has(ratio.of) && sums.has(ratio.by);
  return (
    cube.rowCount !== null &&
    sums.has(cube.rowCount) &&
    measures.every(isSum) &&
    dimensions.every(({ dimension }) => isFound(dimension)) &&
    filters.every((filter) => filter.dimension !== null && isFound(filter.dimension) && isCompared(filter)) &&
    (timeRange === null || (isHeld(timeRange.dimension) && kindOf(timeRange.dimension.type) === 'day'))
  );
}

function isHeld({ attribute, type }: CubeDimension): boolean {
  const kind = kindOf(type);
  // What is no text and may be missing has no place among texts.
  return attribute === null && (kind === 'text' || ((kind === 'integer' || kind === 'day') && !/Nullable/.test(type)));
}

function isExact(type: string): boolean {
  return ['integer', 'decimal'].includes(kindOf(type)) && !/Nullable/.test(type);
}

/** A text of a dimension table that a held column of whole numbers points to. */
export function isHeldAttribute(cube: Cube, { attribute, type }: CubeDimension): boolean {
  if (attribute === null || kindOf(type) !== 'text') return false;
  const column = cube.dimensions.find(({ name }) => name === attribute.column);
  return column !== undefined && isHeld(column) && kindOf(column.type) === 'integer';
}

function isCompared({ dimension, operator }: CubeFilter): boolean {
  if (operator === 'equals' || operator === 'not_equals') return true;
  return kindOf(dimension?.type ?? '') !== 'text' && /^(?:greater|less)(?:_or_equal)?$/.test(operator);
}
