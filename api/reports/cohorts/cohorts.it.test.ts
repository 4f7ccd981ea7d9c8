import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const random = createRandom(SEED);

let shop: ModelledShop;
beforeAll(async () => {
  shop = await openModelledShop(random);
});
afterAll(() => shop?.close());

type Row = Record<string, string | boolean | null>;

async function ask(query = ''): Promise<{ data: Row[]; meta: { parameters: Record<string, string | null> } }> {
  const answer = await shop.app.inject(`/v1/reports/cohorts${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return exactParse(answer.body);
}

/** Straight from the facts: sums of each cohort's months in which somebody bought. */
async function plainly(maxAge: number, where = '1'): Promise<Map<string, Row>> {
  const result = await shop.warehouse.client.query({
    query: `
      with bought as (
        select customer_id, toStartOfMonth(order_date) as month, order_id, units,
          ifNull(reporting_net_revenue, 0) as revenue, ifNull(reporting_margin, 0) as margin
        from marts.sales_fact
      ), first as (select customer_id, min(month) as cohort from bought group by customer_id)
      select toString(cohort) as acquisition_month, toString(dateDiff('month', cohort, month)) as age_months,
        toString(uniqExact(customer_id)) as customers, toString(uniqExact(order_id)) as orders, toString(sum(units)) as units,
        toDecimalString(sum(revenue), 2) as reporting_net_revenue, toDecimalString(sum(margin), 2) as reporting_margin
      from bought inner join first using (customer_id)
      where dateDiff('month', cohort, month) <= ${maxAge} and ${where}
      group by cohort, month`,
    format: 'JSONEachRow',
  });
  return new Map((await result.json<Row>()).map((row) => [`${row.acquisition_month} ${row.age_months}`, row]));
}

test('without orders there are no cohorts', async () => {
  const answer = await shop.app.inject('/v1/reports/cohorts');
  expect(answer.json()).toMatchObject({ status: 503, code: 'API_NOTHING_PUBLISHED' });
  await shop.publish(0);
  expect(await ask()).toMatchObject({ data: [], meta: { parameters: { until: null } } });
});

test(`retention and revenue are those of the facts, for every month that was observed (seed ${SEED})`, async () => {
  await shop.publish(900);
  await shop.publish(150);
  // The first answer is the warehouse's, the others are from memory.
  const first = await ask('?until=2030-01-01');
  const { data, meta } = await ask();
  expect(await shop.heldAnswers()).toBeGreaterThan(0);
  expect((await ask('?until=2030-01-01&max_age=1200')).data).toEqual(expect.arrayContaining(first.data));
  const plain = await plainly(24);
  const last = meta.parameters.until as string;
  const expected = new Map<string, number>();
  for (const { acquisition_month: cohort } of plain.values()) {
    const [year, month] = String(cohort).split('-').map(Number) as [number, number];
    const [lastYear, lastMonth] = last.split('-').map(Number) as [number, number];
    expected.set(String(cohort), (lastYear - year) * 12 + lastMonth - month);
  }
  expect(data.length, `seed ${SEED}`).toBe(
    [...expected.values()].reduce((sum, ages) => sum + Math.min(24, ages) + 1, 0),
  );
  const sums = new Map<string, number>();
  for (const row of data) {
    const cohort = String(row.acquisition_month);
    const found = plain.get(`${cohort} ${row.age_months}`);
    for (const name of ['customers', 'orders', 'units', 'reporting_net_revenue', 'reporting_margin']) {
      const nothing = name.startsWith('reporting') ? '0.00' : '0';
      expect(row[name], `seed ${SEED}: ${cohort} ${row.age_months} ${name}`).toBe(found?.[name] ?? nothing);
    }
    const size = Number(plain.get(`${cohort} 0`)?.customers);
    expect(Number(row.cohort_customers)).toBe(size);
    expect(Number(row.retention)).toBeCloseTo(Number(row.customers) / size, 4);
    sums.set(cohort, (sums.get(cohort) ?? 0) + Number(row.reporting_net_revenue));
    expect(Number(row.cumulative_reporting_net_revenue)).toBeCloseTo(sums.get(cohort) as number, 2);
    expect(row.is_partial).toBe(row.month === `${last.slice(0, 7)}-01` && !/-(3[01]|28|29)$/.test(last));
  }
});

test('a range of cohorts, ages, and how long was observed', async () => {
  const { data } = await ask('?from=2024-03-15&to=2024-05-01&max_age=2&until=2024-06-30');
  expect(new Set(data.map(({ acquisition_month }) => acquisition_month))).toEqual(
    new Set(
      [...(await plainly(2, "cohort between '2024-03-01' and '2024-05-31'")).values()].map(
        (row) => row.acquisition_month,
      ),
    ),
  );
  const ages = (cohort: string) => data.filter((row) => row.acquisition_month === cohort).map((row) => row.age_months);
  // Of what comes behind June nothing is known.
  for (const [cohort, observed] of [
    ['2024-03-01', ['0', '1', '2']],
    ['2024-04-01', ['0', '1', '2']],
    ['2024-05-01', ['0', '1']],
  ] as const) {
    const isThere = data.some((row) => row.acquisition_month === cohort);
    expect(ages(cohort), `seed ${SEED}`).toEqual(isThere ? observed : []);
  }
  expect(data.every(({ is_partial: isPartial }) => isPartial === false)).toBe(true);
  const cut = await ask('?from=2024-03-15&to=2024-05-01&max_age=2&until=2024-06-29');
  expect(cut.data.filter(({ is_partial: isPartial }) => isPartial).every(({ month }) => month === '2024-06-01')).toBe(
    true,
  );
  const wrong = await shop.app.inject('/v1/reports/cohorts?from=2024-03-01&to=2024-02-28&max_age=-1&until=x');
  expect(wrong.json().errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(['until', 'max_age']);
});
