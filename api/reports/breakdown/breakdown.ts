import type { JsonText } from '../../http/exact-json.ts';
import type { TextRow } from '../../warehouse-reader.ts';

/** A field that a dimension adds to each row. */
export interface BreakdownField {
  readonly name: string;
  readonly kind: 'text' | 'integer';
  /** Text over the relation `f` (and what `join` adds), grouped by the dimension's key. */
  readonly sql: string;
  readonly description: string;
}

/** What rows can be told apart by. */
export interface BreakdownDimension {
  /** Over the relation `f`. */
  readonly key: string;
  readonly fields: readonly BreakdownField[];
  /** A join to `f` that the fields need. */
  readonly join?: string;
  /** The cube does not have it. */
  readonly onlyFacts?: true;
}

/** A column of the query: text expressions that aggregate the cube's parts, and the facts. */
export interface BreakdownColumn {
  /** Left out where the cube does not have it. */
  readonly cube?: string;
  readonly facts: string;
}

export interface BreakdownMeasure {
  /** The columns that it is made of. */
  readonly of: readonly string[];
  readonly schema: object;
  /** `total` sums a column over all rows of the row's period. */
  text(row: TextRow, total: (column: string) => bigint): JsonText;
}

export interface BreakdownFilter {
  /** A condition over `f`; its values are in `parameters`. */
  readonly sql: string;
  readonly onlyFacts?: true;
}

export type BreakdownSource = 'cube' | 'facts';

/** Facts that are counted and summed by day, week, month, quarter or year, and by dimensions. Everything in it is ours, not a request's. */
export interface Breakdown {
  /** Names its queries. */
  readonly name: string;
  /** A Date32 of `f`. */
  readonly date: string;
  /** What `f` is. */
  readonly relation: Readonly<{ cube?: string; facts: string }>;
  /** True for a group of the cube's parts that has rows: what was taken away again is no row. */
  readonly occursInCube?: string;
  readonly dimensions: Readonly<Record<string, BreakdownDimension>>;
  readonly columns: Readonly<Record<string, BreakdownColumn>>;
  readonly measures: Readonly<Record<string, BreakdownMeasure>>;
}

/** The cube, as long as it has everything that is asked for. */
export function sourceOf(
  breakdown: Breakdown,
  asked: { by: readonly string[]; measures: readonly string[]; filters: readonly BreakdownFilter[] },
): BreakdownSource {
  const isInCube =
    breakdown.relation.cube !== undefined &&
    asked.by.every((name) => breakdown.dimensions[name]?.onlyFacts !== true) &&
    asked.filters.every(({ onlyFacts }) => onlyFacts !== true) &&
    columnsOf(breakdown, asked.measures).every((name) => breakdown.columns[name]?.cube !== undefined);
  return isInCube ? 'cube' : 'facts';
}

/** Each column once, in the order of the breakdown. */
export function columnsOf(breakdown: Breakdown, measures: readonly string[]): readonly string[] {
  const needed = new Set(measures.flatMap((name) => breakdown.measures[name]?.of ?? []));
  return Object.keys(breakdown.columns).filter((name) => needed.has(name));
}
