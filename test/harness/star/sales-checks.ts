import { SALES } from '../compare-marts.ts';
import type { Check } from './check.ts';
import { RATE } from './order-checks.ts';

/** Sales in both currencies, with the measures converted one by one. */
const CONVERTED = `${SALES},
  rated as (
    select s.*, o.currency, ${RATE} as rate
    from sales as s
    join orders as o on o.id = s.order_id
  ),
  converted as (
    select r.*, round(gross_amount * rate, 2) as r_gross, round(discount_amount * rate, 2) as r_discount,
      round(refunds * rate, 2) as r_refunds, round(tax_amount * rate, 2) as r_tax, round(cost * rate, 2) as r_cost,
      round(gross_amount * rate, 2) - round(discount_amount * rate, 2) - round(refunds * rate, 2) as r_net,
      date_trunc('month', ordered_at)::date as month
    from rated as r
  )`;

const REPORTING = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'].map(
  (measure) => `reporting_${measure}`,
);
const sums = (measures: readonly string[]) => measures.map((sum) => `coalesce(sum(${sum}), 0)`).join(', ');
const ALL_SUMS = sums(['r_gross', 'r_discount', 'r_refunds', 'r_net', 'r_tax', 'r_cost', 'r_net - r_cost']);
const UNCONVERTED = 'count(*) filter (where rate is null)';

function cube(model: string, date: string, expression: string): Check {
  const key = ['product_id', 'channel', 'region', 'country', 'currency'];
  return {
    model,
    columns: [date, ...key, 'units', 'net_revenue', ...REPORTING, 'unconverted_lines', 'orders', 'order_lines'],
    postgres: `${CONVERTED}
      select ${expression}, ${key.join(', ')}, sum(quantity), sum(net - refunds), ${ALL_SUMS}, ${UNCONVERTED},
        count(distinct order_id), count(*)
      from converted
      group by ${expression}, ${key.join(', ')}`,
  };
}

/** Needs a connection that has `refunds` beside the order service's tables. */
export const SALES_CHECKS: readonly Check[] = [
  {
    model: 'sales_fact',
    columns: ['order_item_id', 'currency', 'exchange_rate', ...REPORTING],
    postgres: `${CONVERTED}
      select id, currency, rate, r_gross, r_discount, r_refunds, r_net, r_tax, r_cost, r_net - r_cost from converted`,
  },
  cube('daily_sales_cube', 'order_date', 'ordered_at::date'),
  cube('monthly_sales_cube', 'month', 'month'),
  {
    model: 'customer_ltv_analysis',
    columns: [
      ...[
        'customer_id',
        'reporting_gross_revenue',
        'reporting_discounts',
        'reporting_refunds',
        'reporting_net_revenue',
      ],
      ...['reporting_tax', 'reporting_cost', 'reporting_margin', 'unconverted_lines'],
    ],
    postgres: `${CONVERTED}
      select customer_id, ${sums(['r_gross', 'r_discount', 'r_refunds', 'r_net', 'r_tax', 'r_cost', 'r_net - r_cost'])},
        ${UNCONVERTED}
      from converted
      group by customer_id`,
  },
  {
    model: 'customer_month_fact',
    columns: ['customer_id', 'month', 'acquisition_month', 'age_months', 'orders', 'units', 'reporting_net_revenue'],
    postgres: `${CONVERTED}
      select customer_id, month, first, (extract(year from age(month, first)) * 12 + extract(month from age(month, first)))::int,
        count(distinct order_id), sum(quantity), ${sums(['r_net'])}
      from converted
      join (select customer_id, min(month) as first from converted group by 1) as f using (customer_id)
      group by customer_id, month, first`,
  },
  {
    model: 'cohort_cube',
    columns: ['acquisition_month', 'age_months', 'customers', 'orders', 'reporting_net_revenue', 'unconverted_lines'],
    postgres: `${CONVERTED}
      select first, (extract(year from age(month, first)) * 12 + extract(month from age(month, first)))::int,
        count(distinct customer_id), count(distinct order_id), ${sums(['r_net'])}, ${UNCONVERTED}
      from converted
      join (select customer_id, min(month) as first from converted group by 1) as f using (customer_id)
      group by month, first`,
  },
  ...(['product_pair_fact', 'product_affinity'] as const).map((model): Check => {
    const isFact = model === 'product_pair_fact';
    return {
      model,
      columns: isFact ? ['order_id', 'product_a', 'product_b'] : ['product_a', 'product_b', 'orders'],
      postgres: `${SALES},
        bought as (select distinct order_id, product_id from sales)
        select ${isFact ? 'a.order_id, a.product_id, b.product_id' : 'a.product_id, b.product_id, count(*)'}
        from bought as a
        join bought as b on b.order_id = a.order_id and b.product_id > a.product_id
        where (select count(*) from bought as c where c.order_id = a.order_id) <= 30
        ${isFact ? '' : 'group by a.product_id, b.product_id'}`,
    };
  }),
];
