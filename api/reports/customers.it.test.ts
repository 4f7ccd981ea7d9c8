import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buyingModel } from '../../warehouse/forecasts/buying-models.ts';
import { expectedValue } from '../../warehouse/forecasts/gamma-gamma.ts';
import { runFit } from '../../warehouse/forecasts/run-fit.ts';
import { putSale } from '../../warehouse/testing/put-sale.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';

/** Of customers and their currencies: the reports on customers over real models, against plain sums of the facts. */
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const random = createRandom(SEED);
const FORECAST = '/v1/reports/customer-forecast';

let shop: ModelledShop;
let validators: ReadonlyMap<string, (body: unknown) => boolean>;
beforeAll(async () => {
  console.info(`seed ${SEED}; MILLRACE_SEED=${SEED} replays it`);
  shop = await openModelledShop(random);
  validators = readSchemas();
});
afterAll(() => shop?.close());

type Row = Record<string, number | string | null>;
interface Answer {
  data: Row[];
  meta: {
    watermark: number;
    currency: string | null;
    parameters: Row;
    fit: { fit: string; state: string; flags: string[]; parameters: Record<string, number>; holdout: Row | null };
    spending_fit: { parameters: { p: number; q: number; v: number } } | null;
  };
}

/** An answer, which is as its schema says. */
async function ask(path: string): Promise<Answer> {
  const response = await shop.app.inject(path);
  expect(response.statusCode, response.body).toBe(200);
  const body = response.json<Answer>();
  const report = path.split('?')[0] as string;
  expect(validators.get(report)?.(body), `seed ${SEED}: ${path} is not as its schema says`).toBe(true);
  return body;
}

async function refusal(path: string): Promise<{ status: number; code: string; detail: string }> {
  return (await shop.app.inject(path)).json();
}

function readSchemas(): ReadonlyMap<string, (body: unknown) => boolean> {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const { paths } = shop.app.swagger() as unknown as {
    paths: Record<string, { get?: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
  };
  return new Map(
    Object.entries(paths)
      .filter(([path]) => path.startsWith('/v1/reports/'))
      .map(([path, { get }]) => [path, ajv.compile(get?.responses['200']?.content['application/json']?.schema ?? {})]),
  );
}

async function plainly<T>(query: string): Promise<T[]> {
  const result = await shop.warehouse.client.query({ query, format: 'JSONEachRow' });
  return result.json<T>();
}

async function refit(until: number | null = null) {
  const done = await runFit({ client: shop.warehouse.client, until, signal: new AbortController().signal });
  if (typeof done === 'string') throw new Error(done);
  return done;
}

let orders = 1_000;
function buy(customer: number, day: number, cents: number): void {
  const at = `${new Date(day * 86_400_000).toISOString().slice(0, 10)} 10:00:00+00`;
  const currency = random.pick(['USD', 'EUR']);
  putSale(shop.shop, { id: ++orders, customer, currency, at, amount: (cents / 100).toFixed(2) });
}

const START = Date.UTC(2024, 0, 1) / 86_400_000;
const DAYS = 250;

test('a forecast says why there is none', async () => {
  expect(await refusal(FORECAST)).toMatchObject({ status: 503, code: 'API_NOTHING_PUBLISHED' });
  // A rate for all days of the test, but not for those of random orders in yen.
  for (let month = 1; month <= 9; month++) shop.shop.put('exchange_rates', ['EUR', `2024-0${month}-01`, `1.${month}`]);
  for (let customer = 100; customer < 130; customer++) buy(customer, START + random.below(40), 1_000);
  await shop.publish(0);
  expect(await refusal(FORECAST)).toMatchObject({ status: 409, code: 'API_FORECAST_MISSING' });
  const done = await refit();
  expect(done.fitted.map(({ state, flags }) => [state, ...flags])).toEqual([
    ['unusable', 'no_repeat_purchases'],
    ['unusable', 'no_repeat_purchases'],
    ['unusable', 'no_repeat_purchases'],
  ]);
  expect(await refusal(FORECAST)).toMatchObject({
    status: 409,
    code: 'API_FORECAST_UNUSABLE',
    detail: expect.stringContaining('no_repeat_purchases'),
  });
});

test(`customers are scored with the newest fit, as plain SQL and the models say (seed ${SEED})`, async () => {
  for (let customer = 100; customer < 400; customer++) {
    const first = START + random.below(120);
    const [rate, leaves, spends] = [-Math.log(1 - random.next()) / 25, random.next() ** 3, 500 + random.below(9_000)];
    buy(customer, first, spends);
    for (let day = first; random.next() > leaves; ) {
      day += 1 + Math.floor(-Math.log(1 - random.next()) / rate);
      if (day > START + DAYS) break;
      buy(customer, day, 1 + Math.floor(spends * (0.5 + random.next())));
      if (random.below(4) === 0) buy(customer, day, 100); // one purchase with the other of that day
    }
  }
  shop.shop.put('users', ['900', 'x@example.com', 'active', '2023-01-01 00:00:00+00']);
  for (let customer = 100; customer < 200; customer++) {
    const segment = random.pick(['gold', 'basic', '']);
    shop.shop.put('profiles', [
      String(customer),
      'a',
      'b',
      'c',
      'd',
      'DE',
      segment,
      random.pick(['ads', 'friends']),
      null,
    ]);
  }
  await shop.publish(600);
  const done = await refit();
  expect(done.fitted[0], `seed ${SEED}`).toMatchObject({
    model: 'bg_nbd',
    state: expect.not.stringContaining('unus'),
  });

  for (const name of ['bg_nbd', 'pareto_nbd'] as const) {
    const { data, meta } = await ask(`${FORECAST}?limit=10000&horizon_days=100&discount_rate=0.2&model=${name}`);
    expect(meta.fit.fit).toBe(done.run.fit);
    expect(meta.fit.parameters).toEqual(done.fitted.find(({ model }) => model === name)?.parameters);
    expect(meta).toMatchObject({ currency: 'USD', parameters: { until: expect.any(String) } });
    const model = buyingModel(name, meta.fit.parameters);
    const plain = await plainHistories(String(meta.parameters.until));
    expect(data.length).toBe(plain.size);
    const values = data.map((row) => row.expected_lifetime_value as number);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    for (const row of data) {
      const of = plain.get(Number(row.customer_id)) as PlainHistory;
      const where = `seed ${SEED}: ${name} ${row.customer_id}`;
      expect(row, where).toMatchObject({ purchases: of.days, recency_days: of.recency, age_days: of.age });
      expect(row.mean_purchase_value, where).toBe(of.known === 0 ? null : Math.round(of.mean * 100 + 1e-7) / 100);
      const customer = { frequency: of.days - 1, recency: of.recency / 7, age: of.age / 7 };
      const alive = model.probabilityAlive(customer);
      expect(row.probability_alive, where).toBeCloseTo(alive, 4);
      expect(row.expected_purchases, where).toBeCloseTo(alive * model.ifAlive(customer, 100 / 7), 3);
      const value = expectedValue(meta.spending_fit?.parameters as never, of.known, Math.max(0, of.mean)) as number;
      expect(row.expected_purchase_value, where).toBeCloseTo(value, 1);
      let worth = 0;
      for (let step = 1; step <= 4; step++) {
        const [from, to] = [(25 * (step - 1)) / 7, (25 * step) / 7];
        worth += (model.ifAlive(customer, to) - model.ifAlive(customer, from)) / 1.2 ** ((25 * step) / 365);
      }
      expect(row.expected_lifetime_value, where).toBeCloseTo(worth * alive * value, 1);
    }
  }
});

interface PlainHistory {
  days: number;
  recency: number;
  age: number;
  /** Repeat days without an item of unknown worth. */
  known: number;
  mean: number;
}

/** From the facts, in words of its own. */
async function plainHistories(until: string): Promise<Map<number, PlainHistory>> {
  const rows = await plainly<{ customer: string; day: string; known: number; value: number }>(`
    select toString(customer_id) as customer, toString(order_date) as day, min(exchange_rate is not null) as known,
      toFloat64(sum(reporting_net_revenue)) as value
    from marts.sales_fact where customer_id <> 0 and order_date <= '${until}'
    group by customer_id, order_date order by order_date`);
  const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;
  return new Map(
    [...Map.groupBy(rows, ({ customer }) => Number(customer))].map(([customer, all]) => {
      const first = (all[0] as { day: string }).day;
      const repeat = all.slice(1).filter(({ known }) => known === 1);
      const sum = repeat.reduce((total, { value }) => total + value, 0);
      const history = {
        days: all.length,
        recency: days(first, (all.at(-1) as { day: string }).day),
        age: days(first, until),
        known: repeat.length,
        mean: repeat.length === 0 ? 0 : sum / repeat.length,
      };
      return [customer, history];
    }),
  );
}

test('groups are sums of their customers', async () => {
  const customers = (await ask(`${FORECAST}?limit=10000`)).data;
  const attributes = await plainly<{ id: string; segment: string; acquisition_channel: string }>(
    'select toString(customer_id) as id, segment, acquisition_channel from marts.customer_dimension',
  );
  for (const by of ['segment', 'acquisition_channel', 'acquisition_month'] as const) {
    const groupOf = (row: Row) =>
      by === 'acquisition_month'
        ? String(row.acquisition_month)
        : attributes.find(({ id }) => id === String(row.customer_id))?.[by] || '(unknown)';
    const expected = Map.groupBy(customers, groupOf);
    const { data } = await ask(`${FORECAST}?by=${by}`);
    expect(data.map((row) => row[by])).toEqual([...expected.keys()].sort());
    for (const row of data) {
      const of = expected.get(String(row[by])) as Row[];
      const sum = (name: string) => of.reduce((total, each) => total + Number(each[name]), 0);
      expect(row.customers).toBe(of.length);
      expect(row.expected_active_customers).toBeCloseTo(sum('probability_alive'), 1);
      expect(row.expected_purchases).toBeCloseTo(sum('expected_purchases'), 1);
      expect(Math.abs(Number(row.expected_lifetime_value) - sum('expected_lifetime_value'))).toBeLessThan(
        0.01 * of.length,
      );
    }
  }
});

test('an answer is unchanged until there is a newer fit, and a fit that only knows earlier days is tested by the others', async () => {
  const first = await shop.app.inject(FORECAST);
  const tag = String(first.headers.etag);
  const again = () => shop.app.inject({ url: FORECAST, headers: { 'if-none-match': tag } });
  expect((await again()).statusCode).toBe(304);
  const done = await refit(START + 150);
  const changed = await again();
  expect(changed.statusCode).toBe(200);
  const { meta } = changed.json<Answer>();
  expect(meta.fit.fit).toBe(done.run.fit);
  expect(meta.fit).toMatchObject({ calibration_end: dayText(START + 150), holdout: { from: dayText(START + 151) } });
  const { data, meta: whole } = await ask(`${FORECAST}?until=${dayText(START + 150)}&limit=10000`);
  const [actual] = await plainly<{ purchases: number }>(`
    select toInt32(count()) as purchases
    from (select distinct customer_id, order_date from marts.sales_fact
      where customer_id in (${data.map((row) => row.customer_id).join(',')}) and order_date > '${dayText(START + 150)}')`);
  expect(whole.fit.holdout).toMatchObject({ customers: data.length, actual_purchases: actual?.purchases });
});

function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

test('a state before the first fit has none', async () => {
  const { meta } = await ask('/v1/reports/rfm');
  const [fitted] = await plainly<{ first: string }>(
    'select toString(min(watermark)) as first from millrace.forecast_fits',
  );
  expect(Number(fitted?.first)).toBeLessThan(meta.watermark);
  const before = await refusal(`${FORECAST}?as_of=${Number(fitted?.first)}`);
  // The first fits of that state are of those who never came back.
  expect(before.code).toBe('API_FORECAST_UNUSABLE');
});

test('whoever is asked for alone, has not bought, or does not exist', async () => {
  const [first] = (await ask(`${FORECAST}?limit=1`)).data;
  expect((await ask(`${FORECAST}?customer_id=${first?.customer_id}`)).data).toEqual([first]);
  expect((await ask(`${FORECAST}?customer_id=900`)).data).toEqual([
    expect.objectContaining({
      customer_id: 900,
      purchases: 0,
      expected_purchases: null,
      expected_lifetime_value: null,
    }),
  ]);
  expect(await refusal(`${FORECAST}?customer_id=123456`)).toMatchObject({ status: 404, code: 'API_CUSTOMER_UNKNOWN' });
  const wrong = await shop.app.inject(
    `${FORECAST}?customer_id=1&by=segment&horizon_days=0&discount_rate=-1&model=x&until=2024-02-30&limit=0`,
  );
  expect(wrong.json().errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
    'horizon_days',
    'discount_rate',
    'model',
    'until',
    'limit',
  ]);
  expect((await refusal(`${FORECAST}?customer_id=1&by=segment`)).detail).toContain('by');
});

test('numbers stay within bounds for whoever bought every day, and whoever never came back', async () => {
  for (let day = 0; day < 200; day++) buy(950, START + 30 + day, 5_000);
  buy(951, START - 40, 99_999_999);
  await shop.publish(0);
  for (const query of ['horizon_days=3650&discount_rate=0', 'horizon_days=1&discount_rate=10', 'model=pareto_nbd']) {
    const { data } = await ask(`${FORECAST}?limit=10000&${query}`);
    expect(data.map(({ customer_id: id }) => id)).toEqual(expect.arrayContaining([950, 951]));
    for (const row of data) {
      for (const name of ['expected_purchases', 'expected_lifetime_value', 'expected_purchase_value']) {
        expect(Number.isFinite(row[name]) && Number(row[name]) >= 0, `${query} ${row.customer_id} ${name}`).toBe(true);
      }
      expect(Number(row.probability_alive) >= 0 && Number(row.probability_alive) <= 1).toBe(true);
    }
  }
  const { data } = await ask(`${FORECAST}?customer_id=950`);
  expect(data[0]).toMatchObject({ purchases: 200, recency_days: 199 });
});

test(`RFM scores are fifths by how many have less, equal values equally (seed ${SEED})`, async () => {
  const { data, meta } = await ask('/v1/reports/rfm?limit=10000');
  const facts = await plainly<{ id: string; day: number; orders: number; revenue: number }>(`
    select toString(customer_id) as id, toInt32(max(toDate(order_date))) as day, toInt32(uniqExact(order_id)) as orders,
      toFloat64(sum(ifNull(reporting_net_revenue, 0))) as revenue
    from marts.sales_fact where customer_id <> 0 group by customer_id`);
  expect(meta.currency).toBe('USD');
  expect(data.length).toBe(facts.length);
  const last = Math.max(...facts.map(({ day }) => day));
  const score = (values: number[], value: number) =>
    1 + Math.floor((5 * values.filter((each) => each < value - 1e-9).length) / values.length);
  const columns = (['day', 'orders', 'revenue'] as const).map((name) => facts.map((fact) => fact[name]));
  for (const row of data) {
    const fact = facts.find(({ id }) => id === String(row.customer_id)) as (typeof facts)[number];
    expect(row, `seed ${SEED}: ${row.customer_id}`).toMatchObject({
      recency_days: last - fact.day,
      orders: fact.orders,
      recency_score: score(columns[0] as number[], fact.day),
      frequency_score: score(columns[1] as number[], fact.orders),
      monetary_score: score(columns[2] as number[], fact.revenue),
    });
    expect(row.net_revenue).toBeCloseTo(fact.revenue, 2);
  }
  for (const by of ['cell', 'segment']) {
    const groups = (await ask(`/v1/reports/rfm?by=${by}`)).data;
    const sum = (rows: Row[], name: string) => rows.reduce((total, row) => total + Number(row[name] ?? 1), 0);
    expect(sum(groups, 'customers')).toBe(data.length);
    expect(sum(groups, 'net_revenue')).toBeCloseTo(sum(data, 'net_revenue'), 1);
    for (const { segment } of groups) {
      const those = (await ask(`/v1/reports/rfm?segment=${segment}&limit=10000`)).data;
      expect(those).toEqual(data.filter((row) => row.segment === segment));
      if (by === 'segment') expect(groups.find((row) => row.segment === segment)?.customers).toBe(those.length);
    }
  }
  expect((await ask('/v1/reports/rfm?customer_id=950')).data).toEqual(data.filter((row) => row.customer_id === 950));
  expect((await ask('/v1/reports/rfm?customer_id=900')).data[0]).toMatchObject({ orders: 0, segment: null });
  expect(await refusal('/v1/reports/rfm?customer_id=123456')).toMatchObject({ status: 404 });
});

test(`lifetime values are in one currency, whichever customers paid in (seed ${SEED})`, async () => {
  const currencies = await plainly<{ currency: string }>('select distinct currency from marts.sales_fact');
  expect(currencies.length).toBeGreaterThan(1);
  const groups = await plainly<Row>(`
    select if(c.acquisition_channel = '', '(unknown)', c.acquisition_channel) as acquisition_channel,
      toFloat64(sum(ifNull(f.reporting_gross_revenue, 0))) as gross_revenue, toFloat64(sum(ifNull(f.reporting_refunds, 0))) as refunds,
      toFloat64(sum(ifNull(f.reporting_discounts, 0))) as discounts, toFloat64(sum(ifNull(f.reporting_tax, 0))) as tax,
      toFloat64(sum(ifNull(f.reporting_cost, 0))) as cost, toFloat64(sum(ifNull(f.reporting_margin, 0))) as margin,
      toFloat64(sum(ifNull(f.reporting_net_revenue, 0))) as net_revenue,
      toInt32(uniqExact(f.order_id)) as orders, toInt32(uniqExact(f.customer_id)) as customers,
      toInt32(countIf(f.reporting_net_revenue is null)) as unconverted_lines
    from marts.sales_fact as f left join marts.customer_dimension as c on c.customer_id = f.customer_id
    group by acquisition_channel order by acquisition_channel`);
  const { data, meta } = await ask('/v1/reports/customer-ltv?by=acquisition_channel');
  expect(meta.currency).toBe('USD');
  expect(data.length).toBe(groups.length);
  for (const [i, group] of groups.entries()) expect(data[i], `seed ${SEED}`).toMatchObject(group);
});
