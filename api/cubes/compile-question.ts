import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { Cube, CubeDimension, CubeMeasure } from '../../warehouse/models/cubes/cube.ts';
import { modelAt, partsAt } from '../../warehouse/published/published.ts';
import { dayOf, periodSql } from '../reports/calendar.ts';
import { UNKNOWN } from '../reports/unknown.ts';
import type { ReaderQuery } from '../warehouse-reader.ts';
import { comparedSql, kindOf, scaleOf, textSql, valuesSql } from './column-kind.ts';
import type { AskedDimension, CubeFilter, CubeQuestion } from './question.ts';

/** Places beyond those that a ratio is rounded to: what is cut off behind them cannot turn a half. */
const SPARE_PLACES = 4;

/** How a question's rows are written, and how many of them at most. */
export interface QuestionShape {
  /** What is selected of the columns `q.d0, q.d1, ..., q.m0, q.m1, ...`. */
  readonly shape: (question: CubeQuestion) => string;
  readonly rows: number;
  /** For those who only count them it does not matter. */
  readonly isOrdered?: boolean;
}

/** Text columns `d0, d1, ..., m0, m1, ...`; a dimension with a grain is the period's number. */
function shownAsTexts({ dimensions, measures }: CubeQuestion): string {
  return [
    ...dimensions.map(
      ({ dimension, grain }, i) => `${textSql(grain === null ? shownType(dimension) : 'Int32', `q.d${i}`)} as d${i}`,
    ),
    ...measures.map(({ type }, i) => `${textSql(type, `q.m${i}`)} as m${i}`),
  ].join(', ');
}

/**
 * A question as one query of text columns `d0, d1, ..., m0, m1, ...`, at most one row more than its limit. Names come from the
 * cube, values are parameters. A dimension with a grain is the period's number (`periodSql`).
 */
export function compileQuestion(
  cube: Cube,
  question: CubeQuestion,
  watermark: string,
  { shape, rows, isOrdered = true }: QuestionShape = { shape: shownAsTexts, rows: question.limit + 1 },
): ReaderQuery {
  const { measures, dimensions, filters, timeRange, order } = question;
  const parameters: Record<string, unknown> = { watermark };
  const joins = createJoins();
  const keys = dimensions.map((asked, i) => `${dimensionSql(asked, joins)} as d${i}`);
  const values = measures.map((measure, i) => `${measureSql(cube, measure)} as m${i}`);
  const where: string[] = [];
  const having: string[] = [];
  for (const [i, filter] of filters.entries()) {
    const parameter = `f${i}`;
    parameters[parameter] = [...filter.values];
    if (filter.dimension === null) having.push(filterSql(filter, measureSql(cube, filter.measure), parameter));
    else where.push(filterSql(filter, valueSql(filter.dimension, joins), parameter));
  }
  if (timeRange !== null) {
    const day = `toDate32(${valueSql(timeRange.dimension, joins)})`;
    for (const [bound, operator] of [
      ['from', '>='],
      ['to', '<='],
    ] as const) {
      const text = timeRange[bound];
      if (text === null) continue;
      parameters[bound] = dayOf(text);
      where.push(`toInt32(${day}) ${operator} {${bound}:Int32}`);
    }
  }
  // Without dimensions there is one row, of nothing too.
  if (cube.rowCount !== null && dimensions.length > 0) having.push(`sum(c.${quoteIdentifier(cube.rowCount)}) != 0`);
  const columnOf = (name: string): string => {
    const d = dimensions.findIndex(({ dimension }) => dimension.name === name);
    return d >= 0 ? `q.d${d}` : `q.m${measures.findIndex((measure) => measure.name === name)}`;
  };
  const ordered = new Set(order.map(({ name }) => name));
  const ordering = [
    ...order.map(({ name, direction }) => `${columnOf(name)} ${direction}`),
    // The same question has the same order.
    ...dimensions
      .filter(({ dimension }) => !ordered.has(dimension.name))
      .map(({ dimension }) => columnOf(dimension.name)),
  ];
  const source = cube.rowCount === null ? modelAt(cube.name) : partsAt(cube.name);
  return {
    name: 'cube_query',
    sql: [
      `select ${shape(question)}`,
      'from (',
      `  select ${[...keys, ...values].join(', ')}`,
      `  from ${source} as c`,
      ...joins.all().map((join) => `  ${join}`),
      ...(where.length > 0 ? [`  where ${where.join(' and ')}`] : []),
      ...(dimensions.length > 0 ? [`  group by ${dimensions.map((_, i) => `d${i}`).join(', ')}`] : []),
      ...(having.length > 0 ? [`  having ${having.join(' and ')}`] : []),
      ') as q',
      ...(isOrdered && ordering.length > 0 ? [`order by ${ordering.join(', ')}`] : []),
      `limit ${rows}`,
    ].join('\n'),
    parameters,
  };
}

interface Joins {
  /** Name of the dimension table that a column points to. */
  of(attribute: NonNullable<CubeDimension['attribute']>): string;
  all(): readonly string[];
}

/** One join for each column whose attributes are asked for. */
function createJoins(): Joins {
  const joins = new Map<string, { alias: string; sql: string }>();
  return {
    of({ column, model, key }) {
      let join = joins.get(column);
      if (join === undefined) {
        const alias = `j${joins.size}`;
        const on = `${alias}.${quoteIdentifier(key)} = c.${quoteIdentifier(column)}`;
        join = { alias, sql: `left join (select *, true as _is_there from ${modelAt(model)}) as ${alias} on ${on}` };
        joins.set(column, join);
      }
      return join.alias;
    },
    all: () => [...joins.values()].map(({ sql }) => sql),
  };
}

function dimensionSql({ dimension, grain }: AskedDimension, joins: Joins): string {
  const value = valueSql(dimension, joins);
  return grain === null ? value : periodSql(grain, `toDate32(${value})`);
}

/** What is text is never empty or null: it has a name that filters can use. */
function valueSql({ name, type, attribute }: CubeDimension, joins: Joins): string {
  const isText = kindOf(type) === 'text';
  const own = (value: string) => (isText ? `toString(${value})` : value);
  let value = own(`c.${quoteIdentifier(name)}`);
  if (attribute !== null) {
    const alias = joins.of(attribute);
    value = `if(${alias}._is_there, toNullable(${own(`${alias}.${quoteIdentifier(attribute.attribute)}`)}), null)`;
  }
  return isText ? textValueSql(value) : value;
}

/** What is missing has a name. */
export function textValueSql(value: string): string {
  return `ifNull(nullIf(${value}, ''), '${UNKNOWN}')`;
}

/** Text columns are made text above. */
export function shownType({ type }: CubeDimension): string {
  return kindOf(type) === 'text' ? 'String' : type;
}

function measureSql(cube: Cube, { name, aggregate, ratio }: CubeMeasure): string {
  if (aggregate === 'count') return 'count()';
  // Of no cells there is no least and no greatest.
  if (ratio === null) return `${aggregate === 'sum' ? 'sum' : `${aggregate}OrNull`}(c.${quoteIdentifier(name)})`;
  const [of, by] = [ratio.of, ratio.by].map((part) => {
    const measure = cube.measures.find((each) => each.name === part) as CubeMeasure;
    return `toDecimal256(${measureSql(cube, measure)}, ${scaleOf(measure.type) ?? 0})`;
  });
  const quotient = `divideDecimal(${of}, ${by}, ${ratio.scale + SPARE_PLACES})`;
  return `if(${by} = 0, null, toDecimal128(round(${quotient}, ${ratio.scale}), ${ratio.scale}))`;
}

function filterSql({ operator, dimension, measure }: CubeFilter, value: string, parameter: string): string {
  const { type } = dimension ?? measure;
  const kind = kindOf(type);
  const values = valuesSql(kind, parameter);
  const compared = comparedSql(kind, value);
  switch (operator) {
    case 'equals':
      return `has(${values}, ${compared})`;
    case 'not_equals':
      return `not has(${values}, ${compared})`;
    case 'greater':
      return `${compared} > ${values}[1]`;
    case 'greater_or_equal':
      return `${compared} >= ${values}[1]`;
    case 'less':
      return `${compared} < ${values}[1]`;
    case 'less_or_equal':
      return `${compared} <= ${values}[1]`;
    case 'contains':
      return `positionCaseInsensitiveUTF8(${compared}, ${values}[1]) > 0`;
    case 'starts_with':
      return `startsWith(${compared}, ${values}[1])`;
    case 'is_null':
      return kind === 'text' ? `${value} = '${UNKNOWN}'` : `isNull(${value})`;
    case 'is_not_null':
      return kind === 'text' ? `${value} != '${UNKNOWN}'` : `isNotNull(${value})`;
  }
}
