import type { ClickHouseClient } from '@clickhouse/client';
import { Client } from 'pg';

/** Sales as Postgres computes them from the services' own tables: written apart from the models, to check them. */
export const SALES = `
  with lines as (
    select i.id, i.order_id, i.product_id, o.customer_id, o.ordered_at, o.channel, o.region, o.country, i.quantity,
      i.gross_amount, i.discount_amount, i.tax_amount, round(i.unit_cost * i.quantity, 2) as cost,
      i.gross_amount - i.discount_amount as net,
      sum(i.gross_amount - i.discount_amount) over (partition by i.order_id) as order_net,
      sum(i.gross_amount - i.discount_amount) over (partition by i.order_id order by i.id) as running_net,
      row_number() over (partition by i.order_id order by i.id) as n,
      count(*) over (partition by i.order_id) as line_count
    from order_items as i
    join orders as o on o.id = i.order_id
    where o.status in ('paid', 'shipped', 'delivered')
  ),
  whole as (
    select order_id, sum(amount) as amount from pg_temp.refunds
    where status = 'completed' and order_item_id is null group by order_id
  ),
  single as (
    select order_id, order_item_id, sum(amount) as amount from pg_temp.refunds
    where status = 'completed' and order_item_id is not null group by order_id, order_item_id
  ),
  shared as (
    select l.id, l.n,
      case
        when l.n = l.line_count then w.amount
        when l.order_net = 0 then round(trunc(w.amount * l.n / l.line_count, 6), 2)
        else round(trunc(w.amount * l.running_net / l.order_net, 6), 2)
      end as up_to
    from lines as l join whole as w on w.order_id = l.order_id
  ),
  sales as (
    select l.*, coalesce(s.amount, 0) + coalesce(sh.up_to, 0) - coalesce(before.up_to, 0) as refunds
    from lines as l
    left join single as s on s.order_id = l.order_id and s.order_item_id = l.id
    left join shared as sh on sh.id = l.id
    left join (
      select l2.id, s2.up_to from shared as s2
      join lines as l1 on l1.id = s2.id
      join lines as l2 on l2.order_id = l1.order_id and l2.n = l1.n + 1
    ) as before on before.id = l.id
  )`;

const FACTS = `${SALES}
  select concat_ws('|', id, order_id, customer_id, product_id, to_char(ordered_at, 'YYYY-MM-DD HH24:MI:SS.US'), channel,
    region, country, quantity, trim_scale(gross_amount), trim_scale(discount_amount), trim_scale(refunds),
    trim_scale(net - refunds), trim_scale(tax_amount), trim_scale(cost), trim_scale(net - refunds - cost)) as row
  from sales`;

const MONTHS = `${SALES}
  select concat_ws('|', date_trunc('month', ordered_at)::date, product_id, channel, region, country, sum(quantity),
    trim_scale(sum(gross_amount)), trim_scale(sum(discount_amount)), trim_scale(sum(refunds)),
    trim_scale(sum(net - refunds)), trim_scale(sum(tax_amount)), trim_scale(sum(cost)),
    trim_scale(sum(net - refunds - cost)), count(distinct order_id), count(*)) as row
  from sales
  group by date_trunc('month', ordered_at), product_id, channel, region, country`;

const CUSTOMERS = `${SALES}
  select concat_ws('|', customer_id, count(distinct order_id), sum(quantity), trim_scale(sum(gross_amount)),
    trim_scale(sum(refunds)), trim_scale(sum(net - refunds)), trim_scale(sum(net - refunds - cost)),
    to_char(min(ordered_at), 'YYYY-MM-DD HH24:MI:SS.US'), to_char(max(ordered_at), 'YYYY-MM-DD HH24:MI:SS.US'),
    date_trunc('month', min(ordered_at))::date) as row
  from sales
  group by customer_id`;

const CHECKS: readonly { name: string; postgres: string; clickhouse: string }[] = [
  {
    name: 'sales_fact',
    postgres: FACTS,
    clickhouse: `select concat_ws('|', order_item_id, order_id, customer_id, product_id, ordered_at, channel, region,
      country, units, gross_revenue, discounts, refunds, net_revenue, tax, cost, margin) as row from marts.sales_fact`,
  },
  {
    name: 'monthly_sales_cube',
    postgres: MONTHS,
    // Over all currencies: they are told apart in `star/sales-checks.ts`.
    clickhouse: `select concat_ws('|', month, product_id, channel, region, country, sum(c.units), sum(c.gross_revenue),
      sum(c.discounts), sum(c.refunds), sum(c.net_revenue), sum(c.tax), sum(c.cost), sum(c.margin), sum(c.orders),
      sum(c.order_lines)) as row
      from marts.monthly_sales_cube as c group by month, product_id, channel, region, country`,
  },
  {
    name: 'customer_ltv_analysis',
    postgres: CUSTOMERS,
    clickhouse: `select concat_ws('|', customer_id, orders, units, gross_revenue, refunds, net_revenue, margin,
      first_order_at, last_order_at, acquisition_month) as row from marts.customer_ltv_analysis`,
  },
];

/** Rows of facts and cubes as text, by table. */
export type MartRows = ReadonlyMap<string, readonly string[]>;

/** Compares facts and cubes with what Postgres computes from the sources. Answers the differences, at most 10 a table. */
export async function martDifferences(options: {
  orderUrl: string;
  paymentUrl: string;
  client: ClickHouseClient;
}): Promise<string[]> {
  const postgres = new Client({ connectionString: options.orderUrl });
  const payment = new Client({ connectionString: options.paymentUrl });
  await Promise.all([postgres.connect(), payment.connect()]);
  try {
    // The refunds are in another service's database: a temporary copy lets one query see both.
    await useRefunds(postgres, await dumpRefunds(payment));
    return differencesOf(await computeMarts(postgres), await readMarts(options.client));
  } finally {
    await Promise.all([postgres.end(), payment.end()]);
  }
}

/** From whatever `orders`, `order_items` and `refunds` are on this connection. */
export async function computeMarts(postgres: Client): Promise<MartRows> {
  await postgres.query("set timezone to 'UTC'");
  const marts = new Map<string, string[]>();
  for (const { name, postgres: query } of CHECKS) {
    const { rows } = await postgres.query<{ row: string }>(query);
    marts.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return marts;
}

export async function readMarts(client: ClickHouseClient): Promise<MartRows> {
  const read = CHECKS.map(async ({ name, clickhouse: query }) => {
    const result = await client.query({ query, format: 'JSONEachRow' });
    return [name, (await result.json<{ row: string }>()).map(({ row }) => row)] as const;
  });
  return new Map(await Promise.all(read));
}

/** At most 10 of a table. */
export function differencesOf(expected: MartRows, actual: MartRows): string[] {
  return [...expected].flatMap(([name, rows]) => {
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
    for (const row of actual.get(name) ?? []) counts.set(row, (counts.get(row) ?? 0) - 1);
    const found = [...counts].filter(([, count]) => count !== 0).slice(0, 10);
    return found.map(([row, count]) => `${name}: ${count > 0 ? 'missing' : 'wrong'}: ${row}`);
  });
}

/** The payment service's refunds, as JSON. */
export async function dumpRefunds(payment: Client): Promise<string> {
  const { rows } = await payment.query<{ rows: string }>(
    `select coalesce(json_agg(json_build_object('order_id', order_id, 'order_item_id', order_item_id,
      'amount', amount::text, 'status', status) order by id), '[]')::text as rows from refunds`,
  );
  return rows[0]?.rows ?? '[]';
}

/** Replaces what this connection has as `refunds`. */
export async function useRefunds(postgres: Client, refunds: string): Promise<void> {
  await postgres.query('drop table if exists pg_temp.refunds');
  await postgres.query(
    `create temporary table refunds as
     select * from json_to_recordset($1::json) as r(order_id bigint, order_item_id bigint, amount numeric, status text)`,
    [refunds],
  );
}
