import { isoSql } from '../../../warehouse/clickhouse/moment.ts';
import { modelAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { type Measure, SUMS, sumText } from '../measures.ts';
import { UNKNOWN } from '../unknown.ts';
import type { LtvGroup } from './parameters.ts';

type Direction = 'asc' | 'desc';

const SEGMENT = `ifNull(nullIf(c.segment, ''), '${UNKNOWN}')`;

/** Exact order of quotients: the model's average order value is rounded as ours is. */
function customerOrder(measure: Measure): string {
  if (measure === 'average_order_value') return 'if(l.orders = 0, null, l.average_order_value)';
  return measure === 'customers' ? 'l.orders > 0' : `l.${measure}`;
}

const CUSTOMER_COLUMNS = [
  'toString(l.customer_id) as customer_id_text',
  'toString(l.acquisition_month) as acquisition_month_text',
  ...SUMS.map((sum) => `${sumText(sum, `l.${sum}`)} as ${sum}`),
  'toString(l.orders) as orders',
  `if(l.orders > 0, '1', '0') as customers`,
  `${isoSql('l.first_order_at')} as first_order`,
  `${isoSql('l.last_order_at')} as last_order`,
  'toString(l.tenure_days) as tenure',
].join(',\n        ');

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
      select ${CUSTOMER_COLUMNS}
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
      select ${CUSTOMER_COLUMNS}
      from ${modelAt('customer_ltv_analysis')} as l
      where l.customer_id = {customer_id:Int64}`,
    parameters: { watermark, customer_id: customerId },
  };
}

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
  segment: SEGMENT,
  acquisition_month: 'l.acquisition_month',
};

function groupOrder(measure: Measure): string {
  switch (measure) {
    case 'orders':
      return 'sum(l.orders)';
    case 'customers':
      return 'countIf(l.orders > 0)';
    case 'average_order_value':
      // Hundredths, rounded half away from zero; 38 digits of sums leave room in 256 bits.
      return `if(sum(l.orders) = 0, null,
        sign(sum(l.net_revenue)) * intDiv(
          abs(toInt256(sum(l.net_revenue) * 100)) * 2 + toInt256(sum(l.orders)), toInt256(sum(l.orders)) * 2))`;
    default:
      return `sum(l.${measure})`;
  }
}

/** Customers with orders by segment (as it is now) or month of their first order. Orders add up: one has one customer. */
export function groupsQuery(options: {
  watermark: string;
  by: LtvGroup;
  orderBy: Measure | null;
  direction: Direction;
  limit: number;
}): ReaderQuery {
  const { by, orderBy, direction } = options;
  const key = GROUP_KEYS[by];
  const segments = `
      left any join (select customer_id, segment from ${modelAt('customer_dimension')}) as c
        on c.customer_id = l.customer_id`;
  const order = orderBy === null ? `${key} ${direction}` : `${groupOrder(orderBy)} ${direction} nulls last, ${key}`;
  return {
    name: 'customer_ltv_groups',
    sql: `
      select
        toString(${key}) as group_text,
        ${SUMS.map((sum) => `${sumText(sum, `sum(l.${sum})`)} as ${sum}`).join(',\n        ')},
        toString(sum(l.orders)) as orders,
        toString(countIf(l.orders > 0)) as customers,
        ${isoSql('minIf(l.first_order_at, l.orders > 0)')} as first_order,
        ${isoSql('maxIf(l.last_order_at, l.orders > 0)')} as last_order
      from ${modelAt('customer_ltv_analysis')} as l${by === 'segment' ? segments : ''}
      group by ${key}
      order by ${order}
      limit {limit:UInt64}`,
    parameters: { watermark: options.watermark, limit: options.limit },
  };
}
