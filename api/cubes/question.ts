import {
  CUBE_GRAINS,
  type Cube,
  type CubeDimension,
  type CubeGrain,
  type CubeMeasure,
} from '../../warehouse/models/cubes/cube.ts';
import { quoteShort } from '../parameters/parameter.ts';
import { dayOf, firstDayOf, periodOf, textOf } from '../reports/calendar.ts';
import { type BodyReader, createBodyReader } from './body-reader.ts';
import { isTime, kindOf, readValue, VALUES_OF } from './column-kind.ts';

const LIST_OPERATORS = ['equals', 'not_equals'] as const;
const ORDER_OPERATORS = ['greater', 'greater_or_equal', 'less', 'less_or_equal'] as const;
const TEXT_OPERATORS = ['contains', 'starts_with'] as const;
const NULL_OPERATORS = ['is_null', 'is_not_null'] as const;
export const OPERATORS = [...LIST_OPERATORS, ...ORDER_OPERATORS, ...TEXT_OPERATORS, ...NULL_OPERATORS] as const;
export type Operator = (typeof OPERATORS)[number];

export const MAX_MEMBERS = 20;
export const MAX_FILTERS = 20;
export const MAX_VALUES = 1_000;
export const DEFAULT_LIMIT = 1_000;

/** What is asked of a cube, as understood: every name is one of the cube's. */
export interface CubeQuestion {
  readonly measures: readonly CubeMeasure[];
  readonly dimensions: readonly AskedDimension[];
  readonly filters: readonly CubeFilter[];
  readonly timeRange: TimeRange | null;
  readonly order: readonly { readonly name: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number;
}

export interface AskedDimension {
  readonly dimension: CubeDimension;
  /** Days and moments are put together to periods; null: as they are. */
  readonly grain: CubeGrain | null;
}

export type CubeFilter = { readonly operator: Operator; readonly values: readonly string[] } & (
  | { readonly dimension: CubeDimension; readonly measure: null }
  | { readonly measure: CubeMeasure; readonly dimension: null }
);

/** Days, both of which belong to it; null: open on that side. */
export interface TimeRange {
  readonly dimension: CubeDimension;
  readonly from: string | null;
  readonly to: string | null;
}

export interface RowLimits {
  readonly max: number;
  /** A file is all there is, unless less is asked for. */
  readonly isFile: boolean;
}

/**
 * Reads the body of a question. Throws API_PARAMETERS_INVALID that names everything wrong at once by its place
 * (`filters[1].values`) with what is allowed.
 */
export function readQuestion(cube: Cube, body: unknown, rows: RowLimits): CubeQuestion {
  const read = createBodyReader();
  const members = ['measures', 'dimensions', 'filters', 'time_range', 'order', 'limit'];
  const asked = read.object(body, '', members) ?? {};
  const measures = read
    .list(asked.measures, 'measures', MAX_MEMBERS)
    .flatMap((name, i) => read.named(cube.measures, name, `measures[${i}]`) ?? []);
  const dimensions = read
    .list(asked.dimensions, 'dimensions', MAX_MEMBERS)
    .flatMap((item, i) => readDimension(read, cube, item, `dimensions[${i}]`) ?? []);
  const names = [...measures.map(({ name }) => name), ...dimensions.map(({ dimension }) => dimension.name)];
  for (const [i, name] of names.entries()) {
    const place = i < measures.length ? 'measures' : 'dimensions';
    if (names.indexOf(name) < i) read.wrong(place, `${name} is there twice`, 'each name once');
  }
  if (names.length === 0 && read.isRight()) {
    read.wrong('measures', 'nothing is asked for', [
      'a measure or a dimension',
      ...cube.measures.map(({ name }) => name),
    ]);
  }
  const question: CubeQuestion = {
    measures,
    dimensions,
    filters: read
      .list(asked.filters, 'filters', MAX_FILTERS)
      .flatMap((item, i) => readFilter(read, cube, item, `filters[${i}]`) ?? []),
    timeRange: readTimeRange(read, cube, asked.time_range),
    order: read
      .list(asked.order, 'order', MAX_MEMBERS)
      .flatMap((item, i) => readOrder(read, names, item, `order[${i}]`) ?? []),
    limit: (asked.limit ?? (rows.isFile ? rows.max : Math.min(DEFAULT_LIMIT, rows.max))) as number,
  };
  const { limit } = question;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= rows.max)) {
    read.wrong('limit', `${quoteShort(String(limit))} is not such a number`, `a whole number from 1 to ${rows.max}`);
  }
  if (read.isRight()) refuseOvercounting(read, question);
  read.end();
  return question;
}

/** The lengths of time that a dimension can be asked by; none for what is no time. */
export function grainsOf({ type, grain }: CubeDimension): readonly CubeGrain[] {
  if (!isTime(kindOf(type))) return [];
  // Whole months and longer are behind weeks in the list: weeks do not fit into them.
  return CUBE_GRAINS.slice(CUBE_GRAINS.indexOf(grain ?? 'day'));
}

function readDimension(read: BodyReader, cube: Cube, item: unknown, place: string): AskedDimension | null {
  const given = typeof item === 'string' ? { name: item } : read.object(item, place, ['name', 'grain']);
  if (given === null) return null;
  const dimension = read.named(cube.dimensions, given.name, typeof item === 'string' ? place : `${place}.name`);
  if (dimension === null) return null;
  const grains = grainsOf(dimension);
  const grain = grains.find((each) => each === given.grain) ?? null;
  if (grain !== null || given.grain === undefined || given.grain === null) return { dimension, grain };
  const problem = `${dimension.name} cannot be asked by ${quoteShort(String(given.grain))}`;
  read.wrong(`${place}.grain`, problem, grains.length > 0 ? grains : 'no grain');
  return null;
}

function readFilter(read: BodyReader, cube: Cube, item: unknown, place: string): CubeFilter | null {
  const given = read.object(item, place, ['name', 'operator', 'values']);
  if (given === null) return null;
  const member = read.named([...cube.dimensions, ...cube.measures], given.name, `${place}.name`);
  if (member === null) return null;
  const kind = kindOf(member.type);
  const allowed = kind === 'text' ? OPERATORS : OPERATORS.filter((each) => !isOneOf(TEXT_OPERATORS, each));
  const operator = allowed.find((each) => each === (given.operator ?? 'equals'));
  if (operator === undefined) {
    const problem = `${quoteShort(String(given.operator))} cannot be asked of ${member.name}`;
    read.wrong(`${place}.operator`, problem, allowed);
    return null;
  }
  const values = read.list(given.values, `${place}.values`, MAX_VALUES);
  const wanted = valuesWanted(operator);
  if (!wanted.holds(values.length)) {
    read.wrong(`${place}.values`, `${values.length} values with ${operator}`, wanted.text);
    return null;
  }
  const texts = values.flatMap((value, i) => {
    const text = readValue(kind, value);
    if (text === null) {
      read.wrong(`${place}.values[${i}]`, `${quoteShort(String(value))} is no such value`, VALUES_OF[kind]);
    }
    return text ?? [];
  });
  const dimension = cube.dimensions.find((each) => each === member);
  const filter = { operator, values: texts };
  return dimension !== undefined
    ? { ...filter, dimension, measure: null }
    : { ...filter, measure: member as CubeMeasure, dimension: null };
}

function valuesWanted(operator: Operator): { text: string; holds: (count: number) => boolean } {
  if (isOneOf(LIST_OPERATORS, operator)) return { text: 'one or more values', holds: (count) => count > 0 };
  if (isOneOf(NULL_OPERATORS, operator)) return { text: 'no values', holds: (count) => count === 0 };
  return { text: 'one value', holds: (count) => count === 1 };
}

function isOneOf(operators: readonly Operator[], operator: Operator): boolean {
  return operators.includes(operator);
}

function readTimeRange(read: BodyReader, cube: Cube, given: unknown): TimeRange | null {
  if (given === undefined || given === null) return null;
  const range = read.object(given, 'time_range', ['name', 'from', 'to']);
  if (range === null) return null;
  const times = cube.dimensions.filter(({ type }) => isTime(kindOf(type)));
  const dimension = read.named(times, range.name ?? cube.time, 'time_range.name');
  if (dimension === null) return null;
  const [from, to] = (['from', 'to'] as const).map((which) => readBound(read, dimension, range[which], which));
  if (from && to && from > to) read.wrong('time_range.to', `${to} is before ${from}`, 'a day from `from` on');
  return { dimension, from: from ?? null, to: to ?? null };
}

function readBound(read: BodyReader, { grain }: CubeDimension, text: unknown, which: 'from' | 'to'): string | null {
  if (text === undefined || text === null) return null;
  const day = typeof text === 'string' ? dayOf(text) : null;
  if (day === null) {
    const problem = `${quoteShort(String(text))} is no such day`;
    read.wrong(`time_range.${which}`, problem, 'a day that exists, as YYYY-MM-DD');
    return null;
  }
  // A cell is a whole period: a range that cuts one would count it in full, or not at all.
  const period = periodOf(grain ?? 'day', day);
  const bound = which === 'from' ? firstDayOf(grain ?? 'day', period) : firstDayOf(grain ?? 'day', period + 1) - 1;
  if (bound !== day) {
    const allowed = `the ${which === 'from' ? 'first' : 'last'} day of a ${grain}: ${textOf(bound)}`;
    read.wrong(`time_range.${which}`, `${text} is within a ${grain}`, allowed);
  }
  return text as string;
}

function readOrder(
  read: BodyReader,
  names: readonly string[],
  item: unknown,
  place: string,
): CubeQuestion['order'][number] | null {
  const given = read.object(item, place, ['name', 'direction']);
  if (given === null) return null;
  const direction = (['asc', 'desc'] as const).find((each) => each === (given.direction ?? 'asc'));
  if (direction === undefined) {
    read.wrong(`${place}.direction`, `${quoteShort(String(given.direction))} is no direction`, ['asc', 'desc']);
    return null;
  }
  const name = names.find((each) => each === given.name);
  if (name !== undefined) return { name, direction };
  read.wrong(`${place}.name`, `${quoteShort(String(given.name))} is not asked for`, names);
  return null;
}

/** Measures that would count something several times, since they do not add up over what is not asked for. */
function refuseOvercounting(read: BodyReader, { measures, dimensions, filters }: CubeQuestion): void {
  const held = new Set([
    ...dimensions.filter(({ grain }) => grain === null).map(({ dimension }) => dimension.name),
    ...filters.flatMap(({ dimension, operator, values }) =>
      dimension !== null && operator === 'equals' && values.length === 1 ? [dimension.name] : [],
    ),
  ]);
  for (const measure of [...measures, ...filters.flatMap((filter) => filter.measure ?? [])]) {
    const open = measure.notOver.filter((column) => !held.has(column)).join(' and ');
    if (open === '') continue;
    const allowed = `${measure.name} with ${open} as a dimension, or a filter that equals one value of it`;
    read.wrong('measures', `${measure.name} does not add up over ${open}`, allowed);
  }
}
