import type { Check } from './check.ts';

/** As `rate_holds_days` says. */
const HOLDS_DAYS = 31;

export const ORDER_CHECKS: readonly Check[] = [
  {
    model: 'exchange_rate_day',
    columns: ['currency', 'date', 'rate', 'quoted_on'],
    postgres: `
      select distinct on (currency, day) currency, day::date, rate, valid_from
      from exchange_rates, generate_series(valid_from, valid_from + ${HOLDS_DAYS - 1}, interval '1 day') as day
      order by currency, day, valid_from desc`,
  },
  {
    model: 'order_fact',
    columns: [
      ...['order_id', 'customer_id', 'order_status', 'channel', 'region', 'country', 'currency', 'ordered_at'],
      ...['order_date', 'line_count', 'units', 'gross_amount', 'discount_amount', 'tax_amount', 'total_amount'],
      ...['paid_at', 'shipped_at', 'delivered_at', 'cancelled_at', 'items'],
    ],
    postgres: `
      select o.id, customer_id, status, channel, region, country, currency, ordered_at, ordered_at::date,
        count(i.id), coalesce(sum(quantity), 0), coalesce(sum(gross_amount), 0), coalesce(sum(discount_amount), 0),
        coalesce(sum(tax_amount), 0), coalesce(sum(gross_amount - discount_amount + tax_amount), 0),
        ${['paid', 'shipped', 'delivered', 'cancelled']
          .map(
            (state) =>
              `(select min(changed_at) from order_status_history where order_id = o.id and to_status = '${state}')`,
          )
          .join(', ')},
        '[' || coalesce(string_agg(
          '(' || concat_ws(',', i.id, product_id, quantity, trim_scale(unit_price), trim_scale(gross_amount),
            trim_scale(discount_amount), trim_scale(tax_amount)) || ')', ',' order by i.id
        ) filter (where i.id is not null), '') || ']'
      from orders as o
      left join order_items as i on i.order_id = o.id
      group by o.id`,
  },
];

/** The sale's rate: none is needed for the reporting currency. */
export const RATE = `
  case when o.currency = 'USD' then 1.0 else (
    select rate from exchange_rates as e
    where e.currency = o.currency and e.valid_from <= o.ordered_at::date
      and e.valid_from > o.ordered_at::date - ${HOLDS_DAYS}
    order by e.valid_from desc limit 1
  ) end`;
