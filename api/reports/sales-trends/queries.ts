import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { businessDaySql } from './selection.ts';

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

/** The same in business days of another time zone. */
export function zonedBoundsQuery(watermark: string, timeZone: string): ReaderQuery {
  const day = businessDaySql('ordered_at', timeZone);
  return {
    name: 'sales_trends_zoned_bounds',
    sql: `
      select toString(count()) as days, toString(toDate32(min(${day}))) as first, toString(toDate32(max(${day}))) as last
      from ${modelAt('sales_fact')}`,
    parameters: { watermark, time_zone: timeZone },
  };
}
