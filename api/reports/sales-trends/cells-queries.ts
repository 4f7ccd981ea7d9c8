import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { type DayRange, dayOf, FIRST_DAY, firstDayOf, LAST_DAY, periodOf, splitByMonth, textOf } from '../calendar.ts';
import { DIMENSION_SQL, type Dimension, type Joined, joinSql } from './dimension.ts';
import { placesOf, type Raw } from './measures.ts';
import { businessDaySql, type Selection } from './selection.ts';
import { bucketingOf, runsOf, type Window } from './windows.ts';

/** Cells of a layer of windows by dimensions. */
export interface CellsQuestion {
  readonly selection: Selection;
  readonly dimensions: readonly Dimension[];
  /** The values of a dimension that stay themselves. */
  readonly top: { readonly dimension: Dimension; readonly keys: readonly string[] } | null;
  readonly measures: readonly Raw[];
  /** Not empty. */
  readonly layer: readonly Window[];
  /** The first so many by a measure instead of all cells. */
  readonly highest?: { readonly by: Raw; readonly limit: number };
}

export interface CellsRead {
  readonly query: ReaderQuery;
  /** Its measures where it reads nothing but the sales cubes; otherwise none. */
  readonly ofCubes: readonly Raw[];
}

/**
 * The queries whose rows together are the cells. Sums come from the cubes where those tell apart what is asked for, distinct
 * counts from facts. An order has one day, region and channel, so it adds up over their cells; but it may have several
 * products: so the cubes' orders add up only within one product.
 */
export function cellsQueries(question: CellsQuestion): CellsRead[] {
  const { selection, dimensions, top, measures } = question;
  // Where days end there is nothing to read.
  if (keptRuns(question).length === 0) return [];
  const needsFacts = selection.needsFacts || dimensions.some(({ isOfFacts }) => isOfFacts);
  if (needsFacts) return [{ query: factsQuery(question, measures), ofCubes: [] }];
  const isByProduct = dimensions.some(({ name }) => name === 'product' && top?.dimension.name !== 'product');
  const withinProduct =
    isByProduct || selection.filters.some(({ name, values }) => name === 'product' && values.length === 1);
  const ofFacts = measures.filter((name) => name === 'customers' || (name === 'orders' && !withinProduct));
  const ofCube = measures.filter((name) => !ofFacts.includes(name));
  return [
    ...(ofCube.length > 0 ? [{ query: cubeQuery(question, ofCube), ofCubes: ofCube }] : []),
    ...(ofFacts.length > 0 ? [{ query: factsQuery(question, ofFacts), ofCubes: [] }] : []),
  ];
}

const KEYS = ['product_id', 'channel', 'region', 'country', 'currency'];

function cubeQuery(question: CellsQuestion, measures: readonly Raw[]): ReaderQuery {
  const { selection, layer } = question;
  const columns = [
    ...KEYS,
    'order_lines',
    ...measures.map((name) => `${amountColumn(name, selection)} as value_${name}`),
  ];
  const parameters: Record<string, unknown> = {};
  const scans: string[] = [];
  for (const run of keptRuns(question)) {
    // Of whole months there is a smaller cube, unless a period begins within one.
    const isOfMonths = layer.every(
      ({ from }) => from <= run.from || from > run.to || firstDayOf('month', periodOf('month', from)) === from,
    );
    const split = isOfMonths ? splitByMonth(run) : { months: null, days: [run] };
    if (split.months !== null) scans.push(scan('monthly_sales_cube', 'month', split.months));
    for (const days of split.days) scans.push(scan('daily_sales_cube', 'order_date', days));
  }
  return cellsQuery(question, {
    name: 'sales_trends_cube',
    scan: scans.join('\n        union all\n'),
    having: 'sum(s.order_lines) != 0',
    parameters,
    values: measures.map((name) => [name, `sum(s.value_${name})`]),
  });

  function scan(model: string, date: string, days: DayRange): string {
    const name = `scan_${scans.length}`;
    parameters[`${name}_from`] = dateText(days.from);
    parameters[`${name}_to`] = dateText(days.to);
    return `
          select toInt32(${date}) as point, ${columns.join(', ')}
          from ${partsAt(model)}
          where ${date} between {${name}_from:Date32} and {${name}_to:Date32}`;
  }
}

function factsQuery(question: CellsQuestion, measures: readonly Raw[]): ReaderQuery {
  const { selection } = question;
  const { timeZone, isHourly } = selection;
  const sums = measures.filter((name) => name !== 'orders' && name !== 'customers');
  const columns = [
    ...KEYS,
    'order_id',
    'customer_id',
    `${timeZone === 'UTC' ? 'toInt32(order_date)' : businessDaySql('ordered_at', timeZone)} as day`,
    ...sums.map((name) => `${factColumn(name, selection)} as value_${name}`),
  ];
  const parameters: Record<string, unknown> = {};
  const point = isHourly
    ? `intDiv(toUnixTimestamp64Micro(ordered_at) + ${EPOCH}, 1000000) - ${EPOCH / 1_000_000}`
    : 'day';
  const ranges = keptRuns(question).map(({ from, to }, index) => {
    const days = isHourly ? { from: Math.floor(from / 86_400), to: Math.floor(to / 86_400) } : { from, to };
    const around = timeZone === 'UTC' || isHourly ? 0 : 1; // a day elsewhere is at most two days of UTC
    parameters[`run_${index}_from`] = from;
    parameters[`run_${index}_to`] = to;
    parameters[`days_${index}_from`] = dateText(days.from - around);
    parameters[`days_${index}_to`] = dateText(days.to + around);
    return `(order_date between {days_${index}_from:Date32} and {days_${index}_to:Date32}
              and point between {run_${index}_from:Int64} and {run_${index}_to:Int64})`;
  });
  return cellsQuery(question, {
    name: 'sales_trends_facts',
    scan: `
          select ${columns.join(', ')}, ${point} as point
          from ${modelAt('sales_fact')}
          where ${ranges.join('\n            or ')}`,
    parameters,
    values: measures.map((name) => [name, factValue(name)]),
  });
}

/** Keeps moments before 1970 positive, which are to be rounded down. In microseconds. */
const EPOCH = 62_135_596_800_000_000;

function factValue(name: Raw): string {
  if (name === 'orders') return 'uniqExact(s.order_id)';
  if (name === 'customers') return 'uniqExact(s.customer_id)';
  return `sum(s.value_${name})`;
}

export function amountColumn(name: Raw, { currency }: Selection): string {
  return currency === null && placesOf(name) > 0 ? `reporting_${name}` : name;
}

function factColumn(name: Raw, selection: Selection): string {
  if (name === 'unconverted_lines') return 'toInt64(exchange_rate is null)';
  return placesOf(name) > 0 ? `ifNull(${amountColumn(name, selection)}, toDecimal128(0, 2))` : name;
}

function cellsQuery(
  question: CellsQuestion,
  parts: {
    name: string;
    scan: string;
    /** Of cells that are there; all of them where it is left out. */
    having?: string;
    parameters: Readonly<Record<string, unknown>>;
    values: readonly (readonly [name: Raw, sql: string])[];
  },
): ReaderQuery {
  const { selection, dimensions, top, layer, highest } = question;
  const { filters } = selection;
  const bucketing = bucketingOf(layer);
  const bucket =
    'starts' in bucketing
      ? 'roundDown(toInt64(s.point), {starts:Array(Int64)})'
      : '{first:Int64} + intDiv(s.point - {first:Int64}, {length:Int64}) * {length:Int64}';
  const needed = new Set<Joined>();
  for (const { needs } of [...dimensions, ...filters.map(({ name }) => DIMENSION_SQL[name])]) {
    if (needs !== null) needed.add(needs);
  }
  const isByProduct = dimensions.some(({ name }) => name === 'product');
  if (isByProduct) needed.add('p');
  const keys = dimensions.map(({ name, key }) =>
    top?.dimension.name === name ? `if(has({top:Array(String)}, ${key}), ${key}, null)` : `toNullable(${key})`,
  );
  const columns = [
    `toString(${bucket}) as bucket`,
    ...keys.map((key, index) => `${key} as key_${index}`),
    ...(isByProduct ? [`any(p.sku) as sku`, `any(p.name) as product`] : []),
    ...parts.values.map(([name, sql]) => `${valueText(name, sql)} as ${name}`),
  ];
  const wanted = filters.map(({ name, values }) =>
    values.length === 0 ? '' : `has({filter_${name}:Array(String)}, ${DIMENSION_SQL[name].key})`,
  );
  const where = [...(selection.currency === null ? [] : ['s.currency = {currency:String}']), ...wanted.filter(Boolean)];
  const ranked = highest === undefined ? undefined : parts.values.find(([name]) => name === highest.by);
  const sql = `
      select ${columns.join(',\n        ')}
      from (${parts.scan}
      ) as s
      ${[...needed].map((joined) => joinSql(joined, (moment) => businessDaySql(moment, selection.timeZone))).join('\n      ')}
      ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
      group by ${['bucket', ...keys.map((_, index) => `key_${index}`)].join(', ')}
      ${parts.having === undefined ? '' : `having ${parts.having}`}
      ${ranked === undefined ? '' : `order by ${ranked[1]} desc, ${keys.map((_, index) => `key_${index}`).join(', ')}`}
      limit {max_cells:UInt64}`;
  return {
    name: parts.name,
    sql,
    parameters: {
      watermark: selection.watermark,
      time_zone: selection.timeZone,
      max_cells: highest?.limit ?? selection.maxCells,
      ...bucketing,
      ...(top !== null && { top: top.keys }),
      ...(selection.currency !== null && { currency: selection.currency }),
      ...Object.fromEntries(filters.map(({ name, values }) => [`filter_${name}`, values])),
      ...parts.parameters,
    },
  };
}

function valueText(name: Raw, value: string): string {
  return placesOf(name) === 0 ? `toString(${value})` : `toDecimalString(${value}, 2)`;
}

const [MIN_DAY, MAX_DAY] = [dayOf(FIRST_DAY) ?? 0, dayOf(LAST_DAY) ?? 0];

/** Without those that Date32 has no day of. */
function keptRuns({ layer, selection: { isHourly } }: CellsQuestion): Window[] {
  const dayOfPoint = (point: number) => (isHourly ? Math.floor(point / 86_400) : point);
  return runsOf(layer).filter(({ from, to }) => dayOfPoint(to) >= MIN_DAY && dayOfPoint(from) <= MAX_DAY);
}

/** Date32 ends at both sides; there is nothing behind. */
function dateText(day: number): string {
  return textOf(Math.min(Math.max(day, MIN_DAY), MAX_DAY));
}
