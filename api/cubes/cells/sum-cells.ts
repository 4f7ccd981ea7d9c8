import type { Cube, CubeDimension, CubeMeasure } from '../../../warehouse/models/cubes/cube.ts';
import { dayOf, periodOf } from '../../reports/calendar.ts';
import { decimalText, divided } from '../../reports/decimal.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { kindOf, scaleOf } from '../column-kind.ts';
import type { AskedDimension, CubeFilter, CubeQuestion } from '../question.ts';
import type { HeldDimensions } from './held-attributes.ts';
import type { HeldState } from './held-cells.ts';
import { type Condition, type GroupKey, type SummedGroup, sumGroups } from './sum-groups.ts';

/** The rows of `compileQuestion`, from the first `rows` of what is held; null where that cannot be. Precondition: `isSummable`. */
export function sumCells(
  cube: Cube,
  question: CubeQuestion,
  { cells, rows }: HeldState,
  found: HeldDimensions,
): TextRow[] | null {
  const { measures, dimensions } = question;
  const rowCount = cube.rowCount as string;
  const summed = sumGroups({
    cells,
    rows,
    keys: dimensions.map((dimension) => keyOf(dimension, found)),
    conditions: conditionsOf(question, found),
    measures: new Set([...measures.flatMap(partsOfMeasure), rowCount]),
  });
  if (summed === null) return null;
  const { texts, groups } = summed;
  const scales = new Map(cube.measures.map(({ name, type }) => [name, scaleOf(type) ?? 0]));
  const valuesOf = (group: SummedGroup) =>
    measures.map(({ name, ratio }) => (ratio === null ? group.of(name) : ratioOf(ratio, group, scales)));
  // Without dimensions there is one row, of nothing too.
  const shown = dimensions.length > 0 ? groups.filter((group) => group.of(rowCount) !== 0n) : [groups[0] ?? NOTHING];
  const totals = shown.map((group) => ({ parts: group.parts, values: valuesOf(group) }));
  totals.sort(orderOf(question, texts));
  return totals.slice(0, question.limit + 1).map(({ parts, values }) => ({
    ...Object.fromEntries(parts.map((part, i) => [`d${i}`, texts[i]?.[part] ?? null])),
    ...Object.fromEntries(
      values.map((units, i) => [`m${i}`, units === null ? null : decimalText(units, placesOf(measures[i]))]),
    ),
  }));
}

const NOTHING: SummedGroup = { parts: [], of: () => 0n };

function placesOf(measure: CubeMeasure | undefined): number {
  return measure?.ratio?.scale ?? scaleOf(measure?.type ?? '') ?? 0;
}

function partsOfMeasure({ name, ratio }: CubeMeasure): string[] {
  return ratio === null ? [name] : [ratio.of, ratio.by];
}

/** Rounded half away from zero; null where it divides by 0. */
function ratioOf(
  { of, by, scale }: NonNullable<CubeMeasure['ratio']>,
  group: SummedGroup,
  scales: ReadonlyMap<string, number>,
): bigint | null {
  const divisor = group.of(by) * 10n ** BigInt(scales.get(of) ?? 0);
  return divisor === 0n ? null : divided(group.of(of) * 10n ** BigInt(scale + (scales.get(by) ?? 0)), divisor);
}

function keyOf({ dimension, grain }: AskedDimension, found: HeldDimensions): GroupKey {
  const { column, of } = found(dimension);
  return {
    dimension: column,
    groupOf: (value) => (grain === null ? of(value) : String(periodOf(grain, dayOf(of(value)) as number))),
  };
}

function conditionsOf({ filters, timeRange }: CubeQuestion, found: HeldDimensions): Condition[] {
  const conditions = filters.map((filter): Condition => {
    const { column, of } = found(filter.dimension as CubeDimension);
    return { dimension: column, holds: (value) => isMet(filter, of(value)) };
  });
  if (timeRange === null) return conditions;
  const { dimension, from, to } = timeRange;
  const holds = (day: string): boolean => (from === null || day >= from) && (to === null || day <= to);
  return [...conditions, { dimension: dimension.name, holds }];
}

function isMet({ operator, values, dimension }: CubeFilter, value: string): boolean {
  if (operator === 'equals') return values.includes(value);
  if (operator === 'not_equals') return !values.includes(value);
  const isNumber = kindOf(dimension?.type ?? '') === 'integer';
  const [one, other] = isNumber ? [BigInt(value), BigInt(values[0] ?? 0)] : [value, values[0] ?? ''];
  switch (operator) {
    case 'greater':
      return one > other;
    case 'greater_or_equal':
      return one >= other;
    case 'less':
      return one < other;
    case 'less_or_equal':
      return one <= other;
    default:
      throw new Error(`not compared here: ${operator}`);
  }
}

interface Found {
  readonly parts: readonly number[];
  readonly values: readonly (bigint | null)[];
}

/** As `compileQuestion` orders: what is asked for, then the other dimensions; null is last either way. */
function orderOf(
  { order, dimensions, measures }: CubeQuestion,
  texts: readonly (readonly (string | null)[])[],
): (a: Found, b: Found) => number {
  const ranks = dimensions.map(({ dimension, grain }, i) => {
    const isText = grain === null && kindOf(dimension.type) !== 'integer';
    return ranksOf(texts[i] as string[], isText);
  });
  const byDimension = (i: number) => (a: Found, b: Found) =>
    (ranks[i]?.[a.parts[i] as number] as number) - (ranks[i]?.[b.parts[i] as number] as number);
  const byMeasure = (i: number, sign: number) => (a: Found, b: Found) => {
    const [one, other] = [a.values[i] ?? null, b.values[i] ?? null];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return sign * compare(one, other);
  };
  const named = new Set(order.map(({ name }) => name));
  const comparisons = [
    ...order.map(({ name, direction }) => {
      const sign = direction === 'desc' ? -1 : 1;
      const i = dimensions.findIndex(({ dimension }) => dimension.name === name);
      const measure = measures.findIndex((each) => each.name === name);
      return i < 0 ? byMeasure(measure, sign) : (a: Found, b: Found) => sign * byDimension(i)(a, b);
    }),
    ...dimensions.flatMap(({ dimension }, i) => (named.has(dimension.name) ? [] : [byDimension(i)])),
  ];
  return (a, b) => {
    for (const comparison of comparisons) {
      const found = comparison(a, b);
      if (found !== 0) return found;
    }
    return 0;
  };
}

/** The place of each text in their order. */
function ranksOf(texts: readonly string[], isText: boolean): Int32Array {
  const text = (number: number): string => texts[number] as string;
  const sorted = [...texts.keys()].sort((a, b) =>
    isText ? Buffer.compare(Buffer.from(text(a)), Buffer.from(text(b))) : compare(BigInt(text(a)), BigInt(text(b))),
  );
  const ranks = new Int32Array(texts.length);
  for (const [place, number] of sorted.entries()) ranks[number] = place;
  return ranks;
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
