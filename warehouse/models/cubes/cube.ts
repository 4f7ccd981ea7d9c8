/** Lengths of time that a cube's days can be put together to. Weeks are ISO weeks. */
export const CUBE_GRAINS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type CubeGrain = (typeof CUBE_GRAINS)[number];

/** What can be asked of a cube, as its YAML says: recorded when readers see it, so that whoever reads needs no folder. */
export interface Cube {
  /** A model of `marts`. */
  readonly name: string;
  readonly description: string;
  /**
   * Of an additive cube, whose rows are read as `store.<cube>_parts_at`: the measure that is 0 where there is no cell. Null
   * where each row of the model is one.
   */
  readonly rowCount: string | null;
  readonly dimensions: readonly CubeDimension[];
  readonly measures: readonly CubeMeasure[];
  /** The dimension that a range of time is about unless another is named; null where there is none. */
  readonly time: string | null;
}

/** A column of the cube, or of the dimension table that a column of it points to. */
export interface CubeDimension {
  /** `column`, or `column.attribute`. */
  readonly name: string;
  readonly description: string;
  /** As the warehouse names it. */
  readonly type: string;
  readonly attribute: CubeAttribute | null;
  /** Of a day or a moment: the shortest length of time that it tells apart. */
  readonly grain: CubeGrain | null;
}

export interface CubeAttribute {
  /** The cube's column, and the model and its key that it points to. */
  readonly column: string;
  readonly model: string;
  readonly key: string;
  readonly attribute: string;
}

export const AGGREGATES = ['sum', 'min', 'max'] as const;

export interface CubeMeasure {
  readonly name: string;
  readonly description: string;
  /** As the warehouse names it; of a count and a ratio the type that it is given. */
  readonly type: string;
  readonly aggregate: (typeof AGGREGATES)[number] | 'count' | 'ratio';
  /** Columns over which it does not add up: each has to be asked for as a dimension, or held to one value. */
  readonly notOver: readonly string[];
  /** Of a ratio: one measure divided by another, rounded to so many places. */
  readonly ratio: { readonly of: string; readonly by: string; readonly scale: number } | null;
}
