import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ReplayedDemo, startReplayedDemo } from './harness/replayed-demo.ts';

/** 69,659 real purchases (Fader and Hardie's CDNOW data); no part of the project. */
const FILE = process.env.CDNOW_FILE ?? join(import.meta.dirname, '../../shared/data/cdnow/CDNOW_master.txt');
if (!existsSync(FILE)) console.warn(`skipped: no purchase log at ${FILE} (set CDNOW_FILE)`);

describe.skipIf(!existsSync(FILE))('a real purchase log, replayed through the services', () => {
  let demo: ReplayedDemo;
  let ready: ReplayedDemo['ready'];
  let order: Client;

  beforeAll(async () => {
    demo = await startReplayedDemo(FILE);
    ready = demo.ready;
    order = new Client({ connectionString: ready.sources.order });
    await order.connect();
  });

  afterAll(async () => {
    await order?.end();
    await demo?.stop();
  });

  /** Fields of the only row of a query on the warehouse. */
  async function warehouse(query: string): Promise<string[]> {
    return (await warehouseRows(query))[0] ?? [];
  }

  async function warehouseRows(query: string): Promise<string[][]> {
    const url = new URL(ready.warehouse);
    const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
    const response = await fetch(url.origin, { method: 'POST', body: query, headers: { authorization } });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  }

  async function report(path: string): Promise<{ data: Record<string, unknown>[]; text: string }> {
    const response = await fetch(`${ready.api}${path}`);
    const text = await response.text();
    expect(response.status, text.slice(0, 500)).toBe(200);
    return { ...(JSON.parse(text) as { data: Record<string, unknown>[] }), text };
  }

  test('has the same totals, to the cent, at every joint of the line', async () => {
    const totals = ['69659', '23570', '167881', '2500315.63'];
    const source = await order.query<{ row: string[] }>(
      `select array[count(distinct o.id)::text, count(distinct customer_id)::text, sum(quantity)::text, sum(gross_amount)::text] as row
       from orders o join order_items i on i.order_id = o.id`,
    );
    expect(source.rows[0]?.row).toEqual(totals);
    expect(
      await warehouse(
        `select uniqExact(o.id), uniqExact(o.customer_id), sum(i.quantity), sum(i.gross_amount)
         from raw.order__orders as o final inner join raw.order__order_items as i final on i.order_id = o.id`,
      ),
    ).toEqual(totals);
    expect(
      await warehouse(
        'select uniqExact(order_id), uniqExact(customer_id), sum(units), sum(net_revenue) from marts.sales_fact',
      ),
    ).toEqual(totals);
    expect(await warehouse('select sum(orders), sum(units), sum(net_revenue) from marts.monthly_sales_cube')).toEqual([
      '69659',
      '167881',
      '2500315.63',
    ]);
    expect(
      await warehouse('select sum(orders), count(), sum(units), sum(net_revenue) from marts.customer_ltv_analysis'),
    ).toEqual(totals);
    const { text } = await report('/v1/reports/sales-trends?grain=year&from=1997-01-01&to=1998-12-31');
    const revenues = [...text.matchAll(/"period":"\d{4}-01-01","gross_revenue":([\d.]+)/g)].map(
      (match) => match[1] as string,
    );
    const cents = revenues.map((revenue) => BigInt(revenue.replace('.', ''))).reduce((a, b) => a + b, 0n);
    expect(revenues.length).toBe(2);
    expect(cents).toBe(250031563n);
  });

  test('has the revenue, orders, units and customers of every month', async () => {
    const expected = await order.query<{ row: string }>(
      `select concat_ws(' ', to_char(date_trunc('month', ordered_at at time zone 'UTC'), 'YYYY-MM-DD'), sum(gross_amount),
         count(distinct o.id), sum(quantity), count(distinct customer_id)) as row
       from orders o join order_items i on i.order_id = o.id
       group by date_trunc('month', ordered_at at time zone 'UTC') order by 1`,
    );
    const { data } = await report('/v1/reports/sales-trends?grain=month&from=1997-01-01&to=1998-06-30');
    const actual = data.map(
      (row) => `${row.period} ${Number(row.net_revenue).toFixed(2)} ${row.orders} ${row.units} ${row.customers}`,
    );
    expect(actual).toEqual(expected.rows.map(({ row }) => row));
  });

  test('has the lifetime value, orders, first and last order of every customer', async () => {
    const expected = await order.query<{ row: string[] }>(
      `select array[customer_id::text, count(distinct o.id)::text, trim_scale(sum(gross_amount))::text,
         to_char(min(ordered_at at time zone 'UTC'), 'YYYY-MM-DD HH24:MI:SS.US'),
         to_char(max(ordered_at at time zone 'UTC'), 'YYYY-MM-DD HH24:MI:SS.US')] as row
       from orders o join order_items i on i.order_id = o.id group by customer_id order by customer_id`,
    );
    const actual = await warehouseRows(
      'select customer_id, orders, net_revenue, first_order_at, last_order_at from marts.customer_ltv_analysis order by customer_id',
    );
    expect(actual.length).toBe(23_570);
    expect(actual).toEqual(expected.rows.map(({ row }) => row));
    const { data } = await report(`/v1/reports/customer-ltv?customer_id=${actual[0]?.[0]}`);
    expect(data[0]).toMatchObject({ customer_id: Number(actual[0]?.[0]), orders: Number(actual[0]?.[1]) });
  });
});
