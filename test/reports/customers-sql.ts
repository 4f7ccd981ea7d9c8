import type { Random } from '../../warehouse/testing/random.ts';

/** A question about customers, and the SQL that answers it: a JSON list of rows, every number as text. */
export interface PlainQuestion {
  readonly address: string;
  readonly sql: string;
  /** The rows are in an order that the documentation names. */
  readonly isOrdered: boolean;
  /** What of the answer's rows is compared; left out: everything. */
  readonly only?: readonly string[];
}

const AMOUNTS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'];
const MEASURES = [...AMOUNTS, 'orders', 'units', 'customers', 'average_order_value'];
const DAY = `(ordered_at at time zone 'UTC')::date`;
const moment = (value: string) => `to_char((${value}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Of sales that are grouped. */
const SUMS = [
  ...AMOUNTS.map((name) => `coalesce(sum(r_${name}), 0)::numeric(38, 2) as ${name}`),
  'count(distinct order_id) as orders',
  'sum(units) as units',
  'count(distinct customer_id) as customers',
  'quotient(coalesce(sum(r_net_revenue), 0), count(distinct order_id), 2) as average_order_value',
  'count(*) filter (where is_unconverted) as unconverted_lines',
  `min(ordered_at) as first_at`,
  `max(ordered_at) as last_at`,
].join(', ');
const SHOWN = [
  ...[...MEASURES, 'unconverted_lines'].map((name) => `'${name}', ${name}::text`),
  `'first_order_at', ${moment('first_at')}`,
  `'last_order_at', ${moment('last_at')}`,
].join(', ');

export function randomLtv(random: Random): PlainQuestion {
  const { pick, below } = random;
  const by = pick([null, 'segment', 'acquisition_month', 'acquisition_channel']);
  const orderBy = by !== null && below(2) === 0 ? null : pick(MEASURES);
  const direction = pick(['asc', 'desc']);
  const limit = 1 + below(40);
  const query = new URLSearchParams({ direction, limit: String(limit) });
  if (by !== null) query.set('by', by);
  if (orderBy !== null) query.set('order_by', orderBy);
  const key = by ?? 'customer_id';
  const fields =
    by === null
      ? `'customer_id', customer_id::text, 'acquisition_month', to_char(date_trunc('month', first_at), 'YYYY-MM-DD'),
        'tenure_days', ((last_at at time zone 'UTC')::date - (first_at at time zone 'UTC')::date)::text`
      : `'${by}', ${key}, 'net_revenue_per_customer', quotient(net_revenue, customers, 2)::text,
        'margin_per_customer', quotient(margin, customers, 2)::text`;
  const tie = by === null ? 'customer_id' : `${key} collate "C"`;
  const order = orderBy === null ? `${tie} ${direction}` : `${orderBy} ${direction} nulls last, ${tie}`;
  return {
    address: `/v1/reports/customer-ltv?${query}`,
    isOrdered: true,
    sql: `
      select coalesce(json_agg(row order by no), '[]')::text
      from (
        select json_build_object(${fields}, ${SHOWN}) as row, row_number() over (order by ${order}) as no
        from (
          select ${key}, ${SUMS}
          from (select *, to_char(date_trunc('month', first_order_at), 'YYYY-MM-DD') as acquisition_month from sold) as s
          group by ${key}
        ) as grouped
      ) as rows
      where no <= ${limit}`,
  };
}

export function randomCohorts(random: Random): PlainQuestion {
  const { pick, below } = random;
  const monthEnd = () => new Date(Date.UTC(2024, 1 + below(30), 0)).toISOString().slice(0, 10);
  const maxAge = below(30);
  const until = pick([null, monthEnd()]);
  const [from, to] = [pick([null, '2024-02-10']), pick([null, '2025-06-02'])];
  const query = new URLSearchParams({ max_age: String(maxAge) });
  for (const [name, value] of Object.entries({ from, to, until })) if (value !== null) query.set(name, value);
  return {
    address: `/v1/reports/cohorts?${query}`,
    isOrdered: false,
    sql: `
      with own as (
        select *, date_trunc('month', first_order_at)::date as cohort, date_trunc('month', ordered_at)::date as month from sold
      ),
      observed as (select ${until === null ? `max(${DAY}) as until from sold` : `date '${until}' as until`}),
      cohorts as (
        select cohort, count(distinct customer_id) as size from own
        where true ${from === null ? '' : `and cohort >= date_trunc('month', date '${from}')`} ${to === null ? '' : `and cohort <= date '${to}'`}
        group by cohort
      ),
      months as (
        select cohort, size, age, (cohort + make_interval(months => age))::date as month, until
        from cohorts cross join observed cross join generate_series(0, ${maxAge}) as age
        where cohort + make_interval(months => age) <= until
      ),
      counted as (
        select m.*, count(distinct customer_id) as customers, count(distinct order_id) as orders,
          coalesce(sum(units), 0) as units, coalesce(sum(r_net_revenue), 0)::numeric(38, 2) as net,
          coalesce(sum(r_margin), 0)::numeric(38, 2) as margin
        from months as m
        left join own as s on s.cohort = m.cohort and s.month = m.month
        group by m.cohort, size, age, m.month, until
      )
      select coalesce(json_agg(json_build_object(
        'acquisition_month', to_char(cohort, 'YYYY-MM-DD'), 'age_months', age::text, 'month', to_char(month, 'YYYY-MM-DD'),
        'is_partial', month + interval '1 month' - interval '1 day' > until,
        'cohort_customers', size::text, 'customers', customers::text, 'orders', orders::text, 'units', units::text,
        'retention', quotient(customers, size, 4)::text,
        'reporting_net_revenue', net::text, 'reporting_margin', margin::text,
        'cumulative_reporting_net_revenue', all_net::text, 'cumulative_reporting_margin', all_margin::text,
        'cumulative_reporting_net_revenue_per_customer', quotient(all_net, size, 2)::text
      )), '[]')::text
      from (
        select *, sum(net) over so_far as all_net, sum(margin) over so_far as all_margin
        from counted window so_far as (partition by cohort order by age)
      ) as rows`,
  };
}

const SEGMENTS = `case
  when r = 5 and fm >= 4 or r = 4 and fm = 5 then 'champions'
  when r = 4 and fm = 4 or r = 3 and fm >= 4 then 'loyal'
  when r >= 4 and fm in (2, 3) then 'potential_loyalists'
  when r = 5 then 'new'
  when r = 4 then 'promising'
  when r = 3 and fm = 3 then 'needs_attention'
  when r = 3 then 'about_to_sleep'
  when r = 1 and fm >= 4 then 'cannot_lose'
  when r = 2 and fm >= 3 or r = 1 and fm = 3 then 'at_risk'
  when r = 2 then 'hibernating'
  else 'lost'
end`;

export function randomRfm(random: Random): PlainQuestion {
  const { pick, below } = random;
  const by = pick([null, null, 'cell', 'segment']);
  const segment = pick([null, null, 'champions', 'at_risk', 'lost', 'loyal']);
  const orderBy = pick(['net_revenue', 'orders', 'recency_days']);
  const direction = pick(['asc', 'desc']);
  const limit = 1 + below(60);
  const query = new URLSearchParams(by === null ? { order_by: orderBy, direction, limit: String(limit) } : { by });
  if (segment !== null) query.set('segment', segment);
  const score = (value: string) =>
    `(1 + 5 * (select count(*) from bought as less where less.${value} < b.${value}) / (select count(*) from bought))`;
  const scores = "'recency_score', r::text, 'frequency_score', f::text, 'monetary_score', m::text";
  const grouped = by === 'cell' ? 'r, f, m, segment' : 'segment';
  return {
    address: `/v1/reports/rfm?${query}`,
    isOrdered: by === null,
    sql: `
      with bought as (
        select customer_id, max(${DAY}) as last_day, count(distinct order_id) as orders,
          coalesce(sum(r_net_revenue), 0)::numeric(38, 2) as net_revenue
        from sold group by customer_id
      ),
      scored as (
        select *, (select max(last_day) from bought) - last_day as recency_days,
          ${score('last_day')} as r, ${score('orders')} as f, ${score('net_revenue')} as m
        from bought as b
      ),
      named_scores as (
        select *, ${SEGMENTS} as segment from (select *, ceil((f + m) / 2.0) as fm from scored) as s
      ),
      chosen as (select * from named_scores ${segment === null ? '' : `where segment = '${segment}'`})
      ${
        by === null
          ? `select coalesce(json_agg(json_build_object('customer_id', customer_id::text, 'recency_days', recency_days::text,
          'orders', orders::text, 'net_revenue', net_revenue::text, ${scores}, 'segment', segment) order by no), '[]')::text
        from (select *, row_number() over (order by ${orderBy} ${direction}, customer_id) as no from chosen) as ranked
        where no <= ${limit}`
          : `select coalesce(json_agg(row), '[]')::text from (
          select json_build_object(${by === 'cell' ? `${scores}, ` : ''}'segment', segment, 'customers', count(*)::text,
            'orders', sum(orders)::text, 'net_revenue', sum(net_revenue)::text,
            'net_revenue_per_customer', quotient(sum(net_revenue), count(*), 2)::text,
            'mean_recency_days', quotient(sum(recency_days), count(*), 1)::text) as row
          from chosen group by ${grouped}
        ) as rows`
      }`,
  };
}
