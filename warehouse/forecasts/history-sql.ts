import { modelAt } from '../published/published.ts';

/** Customers are watched in days; the models' unit of time is a week, as in the literature. */
export const DAYS_PER_UNIT = 7;
export const UNIT = 'week';

/**
 * A row for each customer who bought until the day `end`: what the models have to know of them. Days are numbers since 1970; a
 * purchase is a day with an order. The parameters are `watermark`, `end` and `observed`, up to which purchases behind `end` are counted.
 *
 * A day that holds an amount without an exchange rate tells nothing of spending, and the first purchase is not part of it, as in
 * the literature. Whoever has no customer (0) is none. `ofOneCustomer`: of the parameter `customer_id` alone.
 */
export function historiesSql({ ofOneCustomer = false } = {}): string {
  return `
    select
      d.customer_id as customer_id,
      min(d.day) as first_day,
      toInt64(countIf(d.day <= {end:Int32})) - 1 as frequency,
      maxIf(d.day, d.day <= {end:Int32}) - min(d.day) as recency_days,
      {end:Int32} - min(d.day) as age_days,
      toInt64(countIf(d.day > {end:Int32})) as later_purchases,
      toInt64(countIf(d.is_known and d.day <= {end:Int32})) - toInt64(argMin(d.is_known, d.day)) as spending_purchases,
      sumIf(d.value, d.is_known and d.day <= {end:Int32}) - argMin(if(d.is_known, d.value, 0), d.day) as spending_value
    from (
      select
        f.customer_id as customer_id,
        toInt32(f.order_date) as day,
        sum(ifNull(f.reporting_net_revenue, 0)) as value,
        countIf(f.reporting_net_revenue is null) = 0 as is_known
      from ${modelAt('sales_fact')} as f
      where f.customer_id != 0 and toInt32(f.order_date) <= {observed:Int32}${ofOneCustomer ? ' and f.customer_id = {customer_id:Int64}' : ''}
      group by customer_id, day
    ) as d
    group by d.customer_id
    having first_day <= {end:Int32}`;
}
