import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { type DayRange, dayOf, FIRST_DAY, type Grain, periodSql, splitByMonth, textOf } from '../calendar.ts';
import { type Measure, SUMS, type Sum, sumText } from '../measures.ts';
import { CATEGORY_SQL, CHANNEL_SQL, type Dimension, REGION_SQL } from './dimension.ts';

/** Which facts a report is about. */
export interface Selection {
  readonly watermark: string;
  readonly grain: Grain;
  readonly dimension: Dimension;
  readonly products: readonly bigint[];
  readonly categories: readonly string[];
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  /** At most this many cells are read. */
  readonly maxCells: number;
}

/** First and last day with an order, and how many such days there are. */
export function boundsQuery(watermark: string): ReaderQuery {
  return {
    name: 'sales_trends_bounds',
    sql: `
      select toString(count()) as days, toString(min(order_date)) as first, toString(max(order_date)) as last
      from (
        select order_date from ${partsAt('daily_sales_cube')} group by order_date having sum(order_lines) != 0
      )`,
    parameters: { watermark },
  };
}

/** Which measures come from the cubes, and which must be counted over the facts. */
export interface Sources {
  readonly sums: readonly Sum[];
  readonly ordersFromCube: boolean;
  readonly ordersFromFacts: boolean;
  readonly customers: boolean;
}

/**
 * An order has one day, region and channel, so its cells add up over those; but it may have several products. So the
 * cubes' orders add up only within one product. Customers are distinct over everything.
 */
export function sourcesOf(measures: readonly Measure[], selection: Selection, byProduct: boolean): Sources {
  const average = measures.includes('average_order_value');
  const orders = average || measures.includes('orders');
  const withinProduct = byProduct || selection.products.length === 1;
  return {
    sums: SUMS.filter((sum) => measures.includes(sum) || (average && sum === 'net_revenue')),
    ordersFromCube: orders && withinProduct,
    ordersFromFacts: orders && !withinProduct,
    customers: measures.includes('customers'),
  };
}

/** Sums of the days of a range by period and dimension: whole months from the monthly cube where periods allow it. */
export function cubeQuery(selection: Selection, sources: Sources, range: DayRange): ReaderQuery {
  const { grain } = selection;
  const split = grain === 'day' || grain === 'week' ? { months: null, days: [range] } : splitByMonth(range);
  const columns = [
    'product_id',
    'channel',
    'region',
    'order_lines',
    ...sources.sums,
    ...(sources.ordersFromCube ? ['orders'] : []),
  ];
  const ranges: Record<string, string> = {};
  const scans: string[] = [];
  if (split.months !== null) scans.push(scan('monthly_sales_cube', 'month', split.months, 'months'));
  for (const [index, days] of split.days.entries()) {
    scans.push(scan('daily_sales_cube', 'order_date', days, `days_${index}`));
  }
  return cellsQuery({
    name: 'sales_trends_cube',
    selection,
    scan: scans.join('\n        union all\n'),
    having: 'sum(s.order_lines) != 0',
    ranges,
    measures: [
      ...sources.sums.map((sum) => `${sumText(sum, `sum(s.${sum})`)} as ${sum}`),
      ...(sources.ordersFromCube ? ['toString(sum(s.orders)) as orders'] : []),
    ],
  });

  function scan(model: string, date: string, days: DayRange, name: string): string {
    ranges[`${name}_from`] = textOf(Math.max(days.from, dayOf(FIRST_DAY) ?? 0));
    ranges[`${name}_to`] = textOf(Math.max(days.to, dayOf(FIRST_DAY) ?? 0));
    return `
          select ${periodSql(grain, date)} as period, ${columns.join(', ')}
          from ${partsAt(model)}
          where ${date} between {${name}_from:Date32} and {${name}_to:Date32}`;
  }
}

/** Distinct orders and customers of the days of a range by period and dimension. */
export function distinctQuery(selection: Selection, sources: Sources, range: DayRange): ReaderQuery {
  return cellsQuery({
    name: 'sales_trends_distinct',
    selection,
    scan: `
          select ${periodSql(selection.grain, 'order_date')} as period,
            order_id, customer_id, product_id, channel, region
          from ${modelAt('sales_fact')}
          where order_date between {facts_from:Date32} and {facts_to:Date32}`,
    ranges: {
      facts_from: textOf(Math.max(range.from, dayOf(FIRST_DAY) ?? 0)),
      facts_to: textOf(Math.max(range.to, dayOf(FIRST_DAY) ?? 0)),
    },
    measures: [
      ...(sources.ordersFromFacts ? ['toString(uniqExact(s.order_id)) as orders'] : []),
      ...(sources.customers ? ['toString(uniqExact(s.customer_id)) as customers'] : []),
    ],
  });
}

function cellsQuery(parts: {
  name: string;
  selection: Selection;
  scan: string;
  /** Of cells that are there; all of them where it is left out. */
  having?: string;
  ranges: Readonly<Record<string, string>>;
  measures: readonly string[];
}): ReaderQuery {
  const { selection } = parts;
  const { dimension } = selection;
  const filters = [
    ...(selection.products.length > 0 ? ['has({products:Array(Int64)}, s.product_id)'] : []),
    ...(selection.categories.length > 0 ? [`has({categories:Array(String)}, ${CATEGORY_SQL})`] : []),
    ...(selection.regions.length > 0 ? [`has({regions:Array(String)}, ${REGION_SQL})`] : []),
    ...(selection.channels.length > 0 ? [`has({channels:Array(String)}, ${CHANNEL_SQL})`] : []),
  ];
  const products = `
      left any join (select product_id, sku, name, category from ${modelAt('product_dimension')}) as p
        on p.product_id = s.product_id`;
  const columns = [
    'toString(s.period) as period_number',
    ...dimension.fields.map((field) => `${field.sql} as key_${field.name}`),
    ...parts.measures,
  ];
  const sql = `
      select ${columns.join(',\n        ')}
      from (${parts.scan}
      ) as s${dimension.needsProducts || selection.categories.length > 0 ? products : ''}
      ${filters.length > 0 ? `where ${filters.join(' and ')}` : ''}
      group by s.period${dimension.key === '' ? '' : `, ${dimension.key}`}
      ${parts.having === undefined ? '' : `having ${parts.having}`}
      limit {max_cells:UInt64}`;
  return {
    name: parts.name,
    sql,
    parameters: {
      watermark: selection.watermark,
      products: selection.products,
      categories: selection.categories,
      regions: selection.regions,
      channels: selection.channels,
      max_cells: selection.maxCells,
      ...parts.ranges,
    },
  };
}
