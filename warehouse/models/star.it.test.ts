import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../clickhouse/connect.ts';
import { ensureBookkeeping } from '../load/bookkeeping.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { openProjectModeller } from '../testing/project-modeller.ts';
import { openShop, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import type { Modeller } from './modeller.ts';
import { readProject } from './project/read-project.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const logger = createLogger({ name: 'test', level: 'fatal' });

let warehouse: TemporaryWarehouse;
let shop: Shop;
let modeller: Modeller;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await shop.commit();
  const { client } = warehouse;
  await ensureBookkeeping(client);
  await ensureModelBookkeeping(client);
  modeller = await openProjectModeller({ ...warehouse, project: await readProject(MODELS), logger });
});
afterAll(async () => {
  await modeller?.close();
  await shop?.close();
  await warehouse?.stop();
});

/** Commits what was put and comes up to it. */
async function modelled(): Promise<void> {
  await shop.commit();
  await modeller.advance(await readPositions(warehouse.client));
  expect(modeller.failures()).toEqual([]);
}

const ask = (query: string) => queryText(warehouse.client, query);

/** Orders whose sales the last batch changed. */
const changedOrders = () =>
  ask(`select arraySort(groupUniqArray(order_id)) from store.sales_fact__g1
    where _from = (select max(watermark) from millrace.watermarks)`);

function putOrder(id: string, currency: string, day: string): void {
  shop.put('orders', [id, '7', 'paid', 'web', 'north', 'DE', currency, `${day} 12:00:00+00`]);
  shop.put('order_items', [id, id, '3', '2', '1.0000', '10.05', '0.00', '1.00', '5.0250']);
}

test('a rate changes the sales of the days on which it holds, and no others', async () => {
  shop.put('exchange_rates', ['EUR', '2024-03-01', '1.1000000000']);
  shop.put('exchange_rates', ['EUR', '2024-03-15', '1.2000000000']);
  putOrder('1', 'EUR', '2024-03-05');
  putOrder('2', 'EUR', '2024-03-20');
  putOrder('3', 'USD', '2024-03-05');
  putOrder('4', 'EUR', '2024-02-29');
  putOrder('5', 'EUR', '2024-04-14');
  putOrder('6', 'EUR', '2024-04-15');
  await modelled();
  const rates = () =>
    ask('select order_id, exchange_rate, reporting_net_revenue from marts.sales_fact order by order_id');
  // Of the last two, one is on the last day on which the rate holds, and one on the day after.
  expect(await rates()).toBe(
    ['1\t1.1\t11.06', '2\t1.2\t12.06', '3\t1\t10.05', '4\t\\N\t\\N', '5\t1.2\t12.06', '6\t\\N\t\\N', ''].join('\n'),
  );
  const cell = () =>
    ask(`select month, sum(reporting_net_revenue), sum(unconverted_lines) from marts.monthly_sales_cube
      group by month order by month`);
  expect(await cell()).toBe('2024-02-01\t0\t1\n2024-03-01\t33.17\t0\n2024-04-01\t12.06\t1\n');

  shop.put('exchange_rates', ['EUR', '2024-03-01', '1.5000000000']);
  await modelled();
  expect(await changedOrders()).toBe('[1]\n');
  expect(await cell()).toBe('2024-02-01\t0\t1\n2024-03-01\t37.19\t0\n2024-04-01\t12.06\t1\n');
  expect(await ask('select customer_id, reporting_net_revenue from marts.customer_ltv_analysis')).toBe('7\t49.25\n');

  // One that comes late, between the two.
  shop.put('exchange_rates', ['EUR', '2024-03-05', '2.0000000000']);
  await modelled();
  expect(await changedOrders()).toBe('[1]\n');

  shop.remove('exchange_rates', 'EUR', '2024-03-15');
  await modelled();
  expect(await changedOrders()).toBe('[2,5]\n');
  expect(await rates()).toBe(
    ['1\t2\t20.1', '2\t2\t20.1', '3\t1\t10.05', '4\t\\N\t\\N', '5\t\\N\t\\N', '6\t\\N\t\\N', ''].join('\n'),
  );
});

test('what has no customer or product yet is unknown, and has its names once they are there', async () => {
  const names = () => ask('select distinct customer_segment, product, category_path from bi.sales');
  expect(await names()).toBe('unknown\tunknown\tunknown\n');
  shop.put('products', ['3', 'SKU', 'Pan', '2', '10.00', '1.00', 't']);
  shop.put('users', ['7', 'a@example.com', 'active', '2024-01-01 00:00:00+00']);
  shop.put('profiles', ['7', 'Ada', 'Bauer', 'Berlin', 'north', 'DE', 'gold', 'web']);
  await modelled();
  expect(await names()).toBe('gold\tPan\tunknown\n');
  shop.put('categories', ['2', '1', 'Cookware']);
  await modelled();
  expect(await names()).toBe('gold\tPan\tCookware\n');
  shop.put('categories', ['1', null, 'Kitchen']);
  await modelled();
  expect(await names()).toBe('gold\tPan\tKitchen > Cookware\n');
});

test('a dimension keeps its unknown member, unless the source has a row of that key', async () => {
  const unknown = () => ask('select product_id, name from marts.product_dimension where product_id = 0');
  expect(await unknown()).toBe('0\tunknown\n');
  shop.put('products', ['0', 'ZERO', 'Nothing', null, '1.00', '1.00', 't']);
  await modelled();
  expect(await unknown()).toBe('0\tNothing\n');
  shop.put('products', ['4', 'SKU4', 'Pot', null, '1.00', '1.00', 't']);
  await modelled();
  expect(await unknown()).toBe('0\tNothing\n');
  shop.remove('products', '0');
  await modelled();
  expect(await unknown()).toBe('0\tunknown\n');
});

test('parents that form a circle do not keep the tree from being climbed', async () => {
  shop.put('categories', ['1', '2', 'Kitchen']);
  await modelled();
  expect(
    await ask('select category_id, path, level from marts.category_dimension where category_id > 0 order by 1'),
  ).toBe('1\tCookware > Kitchen\t2\n2\tKitchen > Cookware\t2\n');
});

test('every view answers, and read models are not for the user bi', async () => {
  const { models } = await readProject(MODELS);
  const views = models.filter(({ materialized, layer }) => materialized === 'view' && layer !== 'staging');
  for (const { schema, name } of views) {
    await expect(ask(`select * from ${schema}.${name} limit 1`), name).resolves.toBeDefined();
  }
  const bi = await connect({ config: warehouse.config, role: 'bi', logger });
  try {
    await expect(queryText(bi, 'select * from bi.sales limit 1')).resolves.not.toBe('');
    await expect(queryText(bi, 'select * from read_models.user_profile')).rejects.toMatchObject({ code: '497' });
  } finally {
    await bi.close();
  }
});

test('sales show customers and products as they are, and as they were when it was ordered', async () => {
  const versions: string[] = [];
  for (const segment of ['basic', 'silver', 'gold']) {
    shop.put('users', ['77', 'a@example.com', 'active', '2020-01-01 00:00:00+00']);
    shop.put('profiles', ['77', 'A', 'B', 'Bonn', 'west', 'DE', segment, 'search']);
    shop.put('products', ['78', 'S-78', `Pan ${segment}`, null, '9.00', '1.00', 't']);
    await modelled();
    const [since = ''] = (
      await ask('select max(valid_from) from marts.customer_dimension_history where customer_id = 77')
    ).split('\n');
    versions.push(since);
  }
  const [first, second, third] = versions as [string, string, string];
  // Before the first version, as each of them begins (to the microsecond), after all of them.
  const times = ['2001-01-01 00:00:00', first, second, third, '2030-01-01 00:00:00'];
  for (const [n, at] of times.entries()) {
    const id = String(770 + n);
    shop.put('orders', [id, '77', 'paid', 'web', 'north', 'DE', 'USD', `${at}+00`]);
    shop.put('order_items', [id, id, '78', '1', '1.0000', '10.00', '0.00', '1.00', '10.0000']);
  }
  await modelled();
  const shown = (view: string) =>
    ask(`select order_id, customer_segment, product from bi.${view} where customer_id = 77 order by order_id`);
  expect(await shown('sales')).toBe(times.map((_, n) => `${770 + n}\tgold\tPan gold\n`).join(''));
  const was = ['basic', 'basic', 'silver', 'gold', 'gold'];
  expect(await shown('sales_as_was')).toBe(
    was.map((segment, n) => `${770 + n}\t${segment}\tPan ${segment}\n`).join(''),
  );
  expect(await ask('select count() = (select count() from marts.sales_fact) from bi.sales_as_was')).toBe('1\n');
});

test('the calendar has ISO weeks, 4-4-5 periods and holidays for every day', async () => {
  const rows = (
    await ask(`select date, iso_year, iso_week, week_start, fiscal_year, fiscal_month, year_445, quarter_445, period_445,
      week_445, holiday, is_holiday, is_working_day from marts.time_dimension order by date`)
  ).trimEnd();
  const expected = Array.from({ length: 20_454 }, (_, day) => calendarRow(Date.UTC(1995, 0, 1) + day * DAY_MS));
  expect(rows).toBe(expected.join('\n'));
});

const DAY_MS = 86_400_000;
const text = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const HOLIDAYS: Readonly<Record<string, string>> = {
  '01-01': "New Year\\'s Day",
  '12-25': 'Christmas Day',
  '12-26': 'Boxing Day',
};

/** With a fiscal year from January the 4-4-5 year is the ISO year. */
function calendarRow(ms: number): string {
  const weekday = (new Date(ms).getUTCDay() + 6) % 7;
  const thursday = new Date(ms + (3 - weekday) * DAY_MS);
  const isoYear = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(isoYear, 0, 1)) / DAY_MS / 7) + 1;
  // 4, 4 and 5 weeks make a quarter; the last week of a year of 53 stays in the last period.
  const lasts = [4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47, 53];
  const period = lasts.findIndex((last) => week <= last) + 1;
  const holiday = HOLIDAYS[text(ms).slice(5)] ?? '';
  const date = new Date(ms);
  return [
    ...[text(ms), isoYear, week, text(ms - weekday * DAY_MS), date.getUTCFullYear(), date.getUTCMonth() + 1],
    ...[isoYear, Math.ceil(period / 3), period, week, holiday, Number(holiday !== '')],
    Number(holiday === '' && weekday < 5),
  ].join('\t');
}
