import { modelAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import type { RfmOrder } from './parameters.ts';

/** Five parts of those who bought, by how many of them have less. Equal values have equally many below: the same score. */
const score = (order: string) =>
  `1 + intDiv(5 * (toInt64(rank() over (order by ${order})) - 1), toInt64(count() over ()))`;

/** Who bought, with their scores. A customer whose orders have none (0) is none. */
const SCORED = `
      select
        l.customer_id as customer_id,
        toInt32(toDate32(l.last_order_at)) as last_day,
        max(last_day) over () - last_day as recency_days,
        l.orders as orders,
        l.reporting_net_revenue as net_revenue,
        ${score('last_day')} as recency_score,
        ${score('l.orders')} as frequency_score,
        ${score('l.reporting_net_revenue')} as monetary_score,
        toUInt16(recency_score * 100 + frequency_score * 10 + monetary_score) as cell
      from ${modelAt('customer_ltv_analysis')} as l
      where l.customer_id != 0 and l.orders > 0`;

/** Null: all cells. */
function isIn(cells: readonly number[] | null): string {
  return cells === null ? '1' : 'has({cells:Array(UInt16)}, s.cell)';
}

export function rfmCustomersQuery(options: {
  watermark: string;
  customerId: bigint | null;
  cells: readonly number[] | null;
  orderBy: RfmOrder;
  direction: 'asc' | 'desc';
  limit: number;
}): ReaderQuery {
  const { watermark, customerId, cells, orderBy, direction, limit } = options;
  return {
    name: 'rfm_customers',
    sql: `
      select toString(s.customer_id) as customer, toString(s.recency_days) as recency, toString(s.orders) as orders_text,
        toDecimalString(s.net_revenue, 2) as revenue, toString(s.cell) as cell_text
      from (${SCORED}) as s
      where ${isIn(cells)} and ${customerId === null ? '1' : 's.customer_id = {customer_id:Int64}'}
      order by s.${orderBy} ${direction}, s.customer_id
      limit {limit:UInt64}`,
    parameters: {
      watermark,
      limit,
      ...(cells !== null && { cells }),
      ...(customerId !== null && { customer_id: customerId }),
    },
  };
}

/** A row for each cell that has customers, the best first. */
export function rfmCellsQuery(watermark: string, cells: readonly number[] | null): ReaderQuery {
  return {
    name: 'rfm_cells',
    sql: `
      select toString(s.cell) as cell_text, toString(count()) as customers, toString(sum(s.orders)) as orders_text,
        toDecimalString(sum(s.net_revenue), 2) as revenue, toString(sum(s.recency_days)) as recency
      from (${SCORED}) as s
      where ${isIn(cells)}
      group by s.cell
      order by s.cell desc`,
    parameters: { watermark, ...(cells !== null && { cells }) },
  };
}
