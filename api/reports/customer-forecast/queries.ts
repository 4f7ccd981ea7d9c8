import { historiesSql } from '../../../warehouse/forecasts/history-sql.ts';
import { modelAt } from '../../../warehouse/published/published.ts';
import type { ReaderQuery } from '../../warehouse-reader.ts';
import { UNKNOWN } from '../unknown.ts';
import type { ForecastGroup } from './parameters.ts';

/** Rows of an answer of the warehouse, each with as many customers as there are. */
const BUCKETS = 64;

/** The first day of the forecast is the one behind this one: the last day with an order of a customer. */
export function lastDayQuery(watermark: string): ReaderQuery {
  return {
    name: 'customer_forecast_last_day',
    sql: `
      select toString(count()) as orders, toString(max(order_date)) as last
      from ${modelAt('sales_fact')}
      where customer_id != 0`,
    parameters: { watermark },
  };
}

/**
 * What the models have to know of customers, columns of JSON instead of rows: a million customers are no million objects. The
 * month of acquisition follows from the age.
 */
export function historiesQuery(options: {
  watermark: string;
  end: number;
  customerId: bigint | null;
  by: ForecastGroup | null;
}): ReaderQuery {
  const { watermark, end, customerId, by } = options;
  const attribute = by === 'segment' || by === 'acquisition_channel' ? by : null;
  const join = `
      left any join (select customer_id, ${attribute} as attribute from ${modelAt('customer_dimension')}) as c
        on c.customer_id = h.customer_id`;
  return {
    name: 'customer_forecast_histories',
    sql: `
      select
        toJSONString(groupArray(toString(h.customer_id))) as customer_ids,
        toJSONString(groupArray(toInt32(h.frequency))) as frequencies,
        toJSONString(groupArray(toInt32(h.recency_days))) as recencies,
        toJSONString(groupArray(toInt32(h.age_days))) as ages,
        toJSONString(groupArray(toInt32(h.spending_purchases))) as spending_purchases,
        toJSONString(groupArray(toDecimalString(h.spending_value, 2))) as spending_values,
        ${attribute === null ? `'[]'` : `toJSONString(groupArray(ifNull(nullIf(c.attribute, ''), '${UNKNOWN}')))`} as attributes
      from (${historiesSql({ ofOneCustomer: customerId !== null })}) as h${attribute === null ? '' : join}
      group by cityHash64(h.customer_id) % ${BUCKETS}`,
    parameters: { watermark, end, observed: end, ...(customerId !== null && { customer_id: customerId }) },
  };
}
