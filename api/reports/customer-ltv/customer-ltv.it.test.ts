import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import { buildApp } from '../../app.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { randomFacts } from '../../fixture/fixture-schema.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../../fixture/fixture-warehouse.ts';
import { MEASURES } from '../measures.ts';

interface Answer {
  data: Record<string, string | null>[];
  meta: { grain: string; rows: string; parameters: Record<string, unknown> };
}

const SEED = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() % 1_000_000);

let warehouse: FixtureWarehouse;
let app: FastifyInstance;

beforeAll(async () => {
  console.info(`seed ${SEED}; MILLRACE_TEST_SEED=${SEED} replays it`);
  warehouse = await startFixtureWarehouse();
  await warehouse.run(...randomFacts(SEED, 2000));
  await warehouse.publish(1);
  app = await buildApp({ client: warehouse.client, logger: createLogger({ name: 'api' }) });
});

afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
});

async function report(query: string): Promise<Answer> {
  const response = await app.inject(`/v1/reports/customer-ltv?${query}`);
  expect(response.statusCode, `${query}\n${response.body}`).toBe(200);
  return exactParse<Answer>(response.body);
}

const ISO = '%Y-%m-%dT%H:%i:%S.%fZ';
const AMOUNTS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'];
/** Over whole facts `f`: not how the API does it. */
const MEASURES_SQL = `
  ${AMOUNTS.map((amount) => `toDecimalString(sum(f.${amount}), 2) as ${amount}`).join(', ')},
  toString(count(distinct f.order_id)) as orders, toString(sum(f.units)) as units,
  toString(count(distinct f.customer_id)) as customers,
  toDecimalString(round(toDecimal256(sum(f.net_revenue), 12) / count(distinct f.order_id), 2), 2) as average_order_value,
  '0' as unconverted_lines,
  formatDateTime(min(f.ordered_at), '${ISO}') as first_order_at, formatDateTime(max(f.ordered_at), '${ISO}') as last_order_at`;

const CUSTOMERS_SQL = `
  select toString(f.customer_id) as customer_id, toString(toStartOfMonth(min(f.order_date))) as acquisition_month,
    ${MEASURES_SQL}, toString(dateDiff('day', min(f.order_date), max(f.order_date))) as tenure_days
  from fixture.sales_fact as f
  group by f.customer_id`;

describe('customers', () => {
  it('equal plain SQL over the facts, in the order of any measure', async () => {
    const expected = await warehouse.ask(CUSTOMERS_SQL);
    for (const measure of MEASURES) {
      for (const direction of ['asc', 'desc']) {
        const { data } = await report(`order_by=${measure}&direction=${direction}&limit=1000`);
        const factor = direction === 'asc' ? 1 : -1;
        const sorted = expected.toSorted(
          (left, right) =>
            factor * (Number(left[measure]) - Number(right[measure])) ||
            Number(left.customer_id) - Number(right.customer_id),
        );
        expect(data, `seed ${SEED}: ${measure} ${direction}`).toEqual(sorted);
      }
    }
  });

  it('are the 100 of highest net revenue when nothing is said, or as many as asked for', async () => {
    const open = await report('');
    expect(open.meta.parameters).toEqual({
      customer_id: null,
      by: null,
      order_by: 'net_revenue',
      direction: 'desc',
      limit: '100',
    });
    expect((await report('limit=3')).data).toEqual(open.data.slice(0, 3));
    expect((await report('top=3')).data).toEqual(open.data.slice(0, 3));
  });

  it('are one when one is asked for', async () => {
    const [first] = (await report('limit=1')).data;
    expect((await report(`customer_id=${first?.customer_id}`)).data).toEqual([first]);
  });

  it('are zeros when the one asked for has not ordered anything', async () => {
    const { data } = await report('customer_id=60');
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ customer_id: '60', orders: '0', net_revenue: '0.00', customers: '0' });
    expect(data[0]).toMatchObject({ average_order_value: null, first_order_at: null, tenure_days: null });
  });

  it('are a problem when the one asked for does not exist', async () => {
    for (const id of ['61', '-1', '9223372036854775807']) {
      const response = await app.inject(`/v1/reports/customer-ltv?customer_id=${id}`);
      expect(response.statusCode).toBe(404);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json()).toMatchObject({ code: 'API_CUSTOMER_UNKNOWN', detail: `customer_id ${id} is not known` });
    }
  });
});

describe('groups', () => {
  const groups = (key: string, name: string) =>
    warehouse.ask(`
      select ${key} as ${name}, ${MEASURES_SQL},
        toDecimalString(round(toDecimal256(sum(f.net_revenue), 12) / count(distinct f.customer_id), 2), 2) as net_revenue_per_customer,
        toDecimalString(round(toDecimal256(sum(f.margin), 12) / count(distinct f.customer_id), 2), 2) as margin_per_customer
      from fixture.sales_fact as f
      left join fixture.customer_dimension as c on c.customer_id = f.customer_id
      left join (select customer_id, toStartOfMonth(min(order_date)) as acquired from fixture.sales_fact group by customer_id) as a
        on a.customer_id = f.customer_id
      group by ${key}
      order by ${key}`);

  it('by segment equal plain SQL, with those of no segment under a name', async () => {
    const { data, meta } = await report('by=segment');
    expect(data, `seed ${SEED}`).toEqual(await groups(`if(c.segment = '', '(unknown)', c.segment)`, 'segment'));
    expect(data.map((row) => row.segment)).toEqual(['(unknown)', 'gold', 'silver']);
    expect(meta.grain).toBe('segment');
  });

  it('by the channel that brought them equal plain SQL', async () => {
    const channel = `['search', 'friends', ''][c.customer_id % 3 + 1]`;
    const { data } = await report('by=acquisition_channel');
    expect(data, `seed ${SEED}`).toEqual(
      await groups(`if(c.customer_id = 0 or ${channel} = '', '(unknown)', ${channel})`, 'acquisition_channel'),
    );
    expect(data.map((row) => row.acquisition_channel)).toEqual(['(unknown)', 'friends', 'search']);
  });

  it('by month of first order equal plain SQL', async () => {
    const { data } = await report('by=acquisition_month');
    expect(data, `seed ${SEED}`).toEqual(await groups('toString(a.acquired)', 'acquisition_month'));
  });

  it('come in the order of any measure', async () => {
    for (const measure of MEASURES) {
      const { data } = await report(`by=acquisition_month&order_by=${measure}&limit=5`);
      const values = data.map((row) => Number(row[measure]));
      expect(values, measure).toEqual(values.toSorted((left, right) => right - left));
    }
  });
});

it('refuses combinations that contradict each other', async () => {
  const response = await app.inject('/v1/reports/customer-ltv?customer_id=1&by=segment&limit=1&top=2');
  expect(response.statusCode).toBe(400);
  expect(response.json().errors.map((error: { parameter: string }) => error.parameter)).toEqual(['by', 'top']);
});
