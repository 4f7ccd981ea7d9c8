import { isoSql } from '../../../warehouse/clickhouse/moment.ts';
import { modelAt } from '../../../warehouse/published/published.ts';
import type { RowsHeld } from '../../held/keyed-rows.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { type Measure, SUMS, type Sum, sumText } from '../measures.ts';
import { UNKNOWN } from '../unknown.ts';
import type { LtvGroup } from './parameters.ts';

type Direction = 'asc' | 'desc';

/** Attributes of customers as they are now. */
const known = (attribute: string) => `ifNull(nullIf(c.${attribute}, ''), '${UNKNOWN}')`;

/** Amounts of different currencies are never added: all are in the reporting one. */
function columnOf(sum: Sum): string {
  return sum === 'units' ? 'units' : `reporting_${sum}`;
}

/** Exact, and rounded as it is answered: hundredths, half away from zero; 38 digits of sums leave room in 256 bits. */
function averageOrderValue(netRevenue: string, orders: string): string {
  return `if(${orders} = 0, null,
        sign(${netRevenue}) * intDiv(
          abs(toInt256(${netRevenue} * 100)) * 2 + toInt256(${orders}), toInt256(${orders}) * 2))`;
}

function customerOrder(measure: Measure): string {
  switch (measure) {
    case 'average_order_value':
      return averageOrderValue('l.reporting_net_revenue', 'l.orders');
    case 'customers':
      return 'l.orders > 0';
    case 'orders':
      return 'l.orders';
    default:
      return `l.${columnOf(measure)}`;
  }
}

/** What is told of a customer, over the row `l`. */
const CUSTOMER_COLUMNS: RowsHeld['columns'] = [
  ['customer_id_text', `toString(l.customer_id)`],
  ['acquisition_month_text', `toString(l.acquisition_month)`],
  ...SUMS.map((sum) => [sum, sumText(sum, `l.${columnOf(sum)}`)] as const),
  ['unconverted', `toString(l.unconverted_lines)`],
  ['orders', `toString(l.orders)`],
  ['customers', `if(l.orders > 0, '1', '0')`],
  ['first_order', isoSql(`l.first_order_at`)],
  ['last_order', isoSql(`l.last_order_at`)],
  ['tenure', `toString(l.tenure_days)`],
];
const SELECTED = CUSTOMER_COLUMNS.map(([name, sql]) => `${sql} as ${name}`).join(',\n        ');

/** The same of all customers, to be held in memory. */
export const CUSTOMER_ROWS: RowsHeld = {
  model: 'customer_ltv_analysis',
  key: 'customer_id',
  alias: 'l',
  columns: CUSTOMER_COLUMNS,
};

/** The first customers in the order of a measure; ties by customer_id, customers without a value last. */
export function topCustomersQuery(options: {
  watermark: string;
  orderBy: Measure;
  direction: Direction;
  limit: number;
}): ReaderQuery {
  return {
    name: 'customer_ltv_top',
    sql: `
      select ${SELECTED}
      from ${modelAt('customer_ltv_analysis')} as l
      order by ${customerOrder(options.orderBy)} ${options.direction} nulls last, l.customer_id
      limit {limit:UInt64}`,
    parameters: { watermark: options.watermark, limit: options.limit },
  };
}

export function oneCustomerQuery(watermark: string, customerId: bigint): ReaderQuery {
  return {
    name: 'customer_ltv_one',
    sql: `
      select ${SELECTED}
      from ${modelAt('customer_ltv_analysis')} as l
      where l.customer_id = {customer_id:Int64}`,
    parameters: { watermark, customer_id: customerId },
  };
}

/** All customers that there are, to be held in memory. */
export const KNOWN_CUSTOMERS: RowsHeld = {
  model: 'customer_dimension',
  key: 'customer_id',
  alias: 'c',
  columns: [],
};

/** Is there such a customer, though perhaps without orders? */
export function customerExistsQuery(watermark: string, customerId: bigint): ReaderQuery {
  return {
    name: 'customer_exists',
    sql: `
      select toString(c.customer_id) as customer_id_text
      from ${modelAt('customer_dimension')} as c
      where c.customer_id = {customer_id:Int64}
      limit 1`,
    parameters: { watermark, customer_id: customerId },
  };
}

const GROUP_KEYS: Readonly<Record<LtvGroup, string>> = {
  segment: known('segment'),
  acquisition_month: 'l.acquisition_month',
  acquisition_channel: known('acquisition_channel'),
};

function groupOrder(measure: Measure): string {
  switch (measure) {
    case 'orders':
      return 'sum(l.orders)';
    case 'customers':
      return 'countIf(l.orders > 0)';
    case 'average_order_value':
      return averageOrderValue('sum(l.reporting_net_revenue)', 'sum(l.orders)');
    default:
      return `sum(l.${columnOf(measure)})`;
  }
}

/** Customers with orders by segment or channel (as they are now) or month of their first order. Orders add up: one has one customer. */
export function groupsQuery(options: {
  watermark: string;
  by: LtvGroup;
  orderBy: Measure | null;
  direction: Direction;
  limit: number;
}): ReaderQuery {
  const { by, orderBy, direction } = options;
  const key = GROUP_KEYS[by];
  const attributes = `
      left any join (select customer_id, segment, acquisition_channel from ${modelAt('customer_dimension')}) as c
        on c.customer_id = l.customer_id`;
  const order = orderBy === null ? `${key} ${direction}` : `${groupOrder(orderBy)} ${direction} nulls last, ${key}`;
  return {
    name: 'customer_ltv_groups',
    sql: `
      select
        toString(${key}) as group_text,
        ${SUMS.map((sum) => `${sumText(sum, `sum(l.${columnOf(sum)})`)} as ${sum}`).join(',\n        ')},
        toString(sum(l.unconverted_lines)) as unconverted,
        toString(sum(l.orders)) as orders,
        toString(countIf(l.orders > 0)) as customers,
        ${isoSql('minIf(l.first_order_at, l.orders > 0)')} as first_order,
        ${isoSql('maxIf(l.last_order_at, l.orders > 0)')} as last_order
      from ${modelAt('customer_ltv_analysis')} as l${by === 'acquisition_month' ? '' : attributes}
      group by ${key}
      order by ${order}
      limit {limit:UInt64}`,
    parameters: { watermark: options.watermark, limit: options.limit },
  };
}
