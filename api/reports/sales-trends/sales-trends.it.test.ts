import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import { buildApp } from '../../app.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { randomFacts } from '../../fixture/fixture-schema.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../../fixture/fixture-warehouse.ts';
import { MEASURES } from '../measures.ts';

type Row = Record<string, string | null> & { previous: Record<string, string | null> };
interface Answer {
  data: Row[];
  meta: Record<string, unknown> & { rows: string; partial_periods: string[]; range: Record<string, string | null> };
}

const SEED = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() % 1_000_000);
const ORDERS = 3000;

let warehouse: FixtureWarehouse;
let app: FastifyInstance;

beforeAll(async () => {
  warehouse = await startFixtureWarehouse();
  app = await buildApp({ client: warehouse.client, logger: createLogger({ name: 'api' }) });
});

afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
});

async function report(query: string): Promise<Answer> {
  const response = await app.inject(`/v1/reports/sales-trends?${query}`);
  expect(response.statusCode, `${query}\n${response.body}`).toBe(200);
  return exactParse<Answer>(response.body);
}

/** Not how the API does it: whole facts, ClickHouse's own calendar, one query for each half. */
const CALENDAR = {
  day: ['toDate(order_date)', 'toIntervalDay'],
  week: ['toMonday(order_date)', 'toIntervalWeek'],
  month: ['toStartOfMonth(order_date)', 'toIntervalMonth'],
  quarter: ['toStartOfQuarter(order_date)', 'toIntervalQuarter'],
  year: ['toStartOfYear(order_date)', 'toIntervalYear'],
} as const;
type Grain = keyof typeof CALENDAR;

const KEYS = {
  product: 'toString(f.product_id)',
  category: `if(d.category = '', '(unknown)', d.category)`,
  region: `if(f.region = '', '(unknown)', f.region)`,
  channel: 'f.channel',
} as const;
type By = keyof typeof KEYS;

const AMOUNTS = ['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'];
const MEASURES_SQL = `
  ${AMOUNTS.map((amount) => `toDecimalString(sum(f.${amount}), 2) as ${amount}`).join(', ')},
  toString(sum(f.units)) as units, toString(count(distinct f.order_id)) as orders,
  toString(count(distinct f.customer_id)) as customers,
  toDecimalString(round(toDecimal256(sum(f.net_revenue), 12) / count(distinct f.order_id), 2), 2) as average_order_value`;

interface Question {
  from: string;
  to: string;
  grain: Grain;
  by: By | null;
  filter: string;
}

async function expected({ from, to, grain, by, filter }: Question): Promise<Row[]> {
  const [period, interval] = CALENDAR[grain];
  const key = by === null ? `''` : KEYS[by];
  const facts = (where: string) =>
    warehouse.ask(`
      select toString(${period}) as period, ${key} as key, ${MEASURES_SQL}
      from fixture.sales_fact as f left join fixture.product_dimension as d on d.product_id = f.product_id
      where ${filter} and ${where}
      group by period, key`);
  const [current, whole, periods] = await Promise.all([
    facts(`f.order_date between '${from}' and '${to}'`),
    facts('true'),
    warehouse.ask(`
      with toDate32('${from}') as order_date, toDate32(${period}) as first
      select toString(first + ${interval}(number)) as period, toString(first + ${interval}(number) - ${interval}(1)) as before
      from numbers(2000)
      where first + ${interval}(number) <= toDate32('${to}')
      order by first + ${interval}(number)`),
  ]);
  const keys = by === null ? [''] : [...new Set(current.map((row) => row.key ?? ''))];
  keys.sort(by === 'product' ? (left, right) => Number(left) - Number(right) : undefined);
  const measuresOf = (rows: typeof current, at: string | null | undefined, key: string) => {
    const found = rows.find((row) => row.period === at && row.key === key);
    return Object.fromEntries(
      MEASURES.map((measure) => [
        measure,
        found !== undefined
          ? (found[measure] ?? null)
          : measure === 'average_order_value'
            ? null
            : ['orders', 'units', 'customers'].includes(measure)
              ? '0'
              : '0.00',
      ]),
    );
  };
  return periods.flatMap(({ period: at, before }) =>
    keys.map((key) => ({
      key,
      period: at ?? '',
      ...measuresOf(current, at, key),
      previous: measuresOf(whole, before, key),
    })),
  ) as unknown as Row[];
}

function keyed(rows: readonly Row[], by: By | null): unknown[] {
  return rows.map(({ sku: _sku, product: _product, ...row }) => {
    const field = by === 'product' ? 'product_id' : by;
    const { [field ?? '']: key, ...rest } = row;
    return { key: key ?? '', ...rest };
  });
}

it('answers without a range, and with one, when there are no facts at all', async () => {
  await warehouse.publish(0);
  const open = await report('');
  expect(open.data).toEqual([]);
  expect(open.meta.range).toMatchObject({ from: null, to: null });
  const closed = await report('from=2000-02-01&to=2000-03-31');
  expect(closed.data.map((row) => [row.period, row.net_revenue, row.average_order_value])).toEqual([
    ['2000-02-01', '0.00', null],
    ['2000-03-01', '0.00', null],
  ]);
  expect((await report('from=2000-02-01&to=2000-03-31&by=region')).data).toEqual([]);
  expect((await report('from=2000-02-01')).meta.range).toMatchObject({ from: '2000-02-01', to: '2000-02-01' });
});

describe(`over random facts of seed ${SEED}`, () => {
  beforeAll(async () => {
    console.info(`seed ${SEED}; MILLRACE_TEST_SEED=${SEED} replays it`);
    await warehouse.run(...randomFacts(SEED, ORDERS));
    await warehouse.publish(1);
  });

  it('equals straightforward SQL over the facts for random questions', async () => {
    const next = random(SEED);
    const pick = <T>(values: readonly T[]): T => values[next() % values.length] as T;
    const pad = (value: number) => String(value).padStart(2, '0');
    const someDay = () => `${1996 + (next() % 5)}-${pad(1 + (next() % 12))}-${pad(1 + (next() % 28))}`;
    const filters = [
      ['', 'true'],
      ['', 'true'],
      ['&region=EU', `f.region = 'EU'`],
      ['&region=(unknown)&region=US', `f.region in ('', 'US')`],
      ['&channel=web&region=EU', `f.channel = 'web' and f.region = 'EU'`],
      ['&product_id=3', 'f.product_id = 3'],
      ['&product_id=3&product_id=4&product_id=14', 'f.product_id in (3, 4, 14)'],
      ["&category=it's&category=Tools", `d.category in ('it''s', 'Tools')`],
      ['&category=(unknown)', `d.category = ''`],
      ['&category=nowhere', 'false'],
      ['&product_id=7&category=Tools', `f.product_id = 7 and d.category = 'Tools'`],
    ] as const;
    for (let round = 0; round < 30; round++) {
      const aligned = next() % 3 === 0;
      let [from, to] = [someDay(), someDay()].sort() as [string, string];
      if (aligned) [from, to] = [`${from.slice(0, 4)}-01-01`, `${to.slice(0, 4)}-12-31`];
      const grain = pick(Object.keys(CALENDAR) as Grain[]);
      const by = pick([null, 'product', 'category', 'region', 'channel'] as const);
      const [filterQuery, filter] = pick(filters);
      if (grain === 'day' && by !== null && !aligned) to = `${from.slice(0, 8)}28`;
      const query = `from=${from}&to=${to}&grain=${grain}${by === null ? '' : `&by=${by}`}${filterQuery}`;
      const answer = await report(query.replaceAll(' ', '%20'));
      expect(keyed(answer.data, by), `seed ${SEED}: ${query}`).toEqual(
        (await expected({ from, to, grain, by, filter })) as unknown[],
      );
      expect(answer.meta.rows).toBe(String(answer.data.length));
    }
  });

  it('equals the facts over all time when no range is given', async () => {
    const answer = await report('grain=year');
    const [all] = await warehouse.ask(`
      select toDecimalString(sum(net_revenue), 2) as net, toString(min(order_date)) as first, toString(max(order_date)) as last,
        toString(uniqExact(order_id)) as orders from fixture.sales_fact`);
    const hundredths = answer.data.reduce((sum, row) => sum + BigInt((row.net_revenue ?? '').replace('.', '')), 0n);
    expect(hundredths).toBe(BigInt((all?.net ?? '').replace('.', '')));
    expect(answer.data.reduce((sum, row) => sum + Number(row.orders), 0)).toBe(Number(all?.orders));
    expect(answer.meta.range).toMatchObject({ from: all?.first, to: all?.last });
  });

  it('counts the days asked for in a cut period, and the whole one as previous', async () => {
    const { data, meta } = await report('from=1998-01-15&to=1998-02-10');
    expect(meta.partial_periods).toEqual(['1998-01-01', '1998-02-01']);
    const [part, whole] = await Promise.all(
      ['1998-01-15', '1998-01-01'].map(async (from) => {
        const [row] = await warehouse.ask(
          `select toString(sum(units)) as units from fixture.sales_fact where order_date between '${from}' and '1998-01-31'`,
        );
        return row?.units;
      }),
    );
    expect(data[0]?.units).toBe(part);
    expect(data[1]?.previous.units).toBe(whole);
  });

  it('has the leap day in its day, its week and its month', async () => {
    const [day] = (await report('from=2000-02-29&to=2000-02-29&grain=day')).data;
    const [month] = (await report('from=2000-02-01&to=2000-02-29')).data;
    const [before] = (await report('from=2000-02-01&to=2000-02-28')).data;
    const [week] = (await report('from=2000-02-28&to=2000-03-05&grain=week')).data;
    expect(day?.period).toBe('2000-02-29');
    expect(Number(day?.units)).toBeGreaterThan(0); // the first order of the fixture is on that day
    expect(Number(month?.units) - Number(before?.units)).toBe(Number(day?.units));
    expect(week?.period).toBe('2000-02-28');
  });

  it('answers only the measures asked for', async () => {
    const { data } = await report('grain=year&from=1997-01-01&to=1997-12-31&measures=average_order_value,units');
    expect(Object.keys(data[0] ?? {})).toEqual(['period', 'units', 'average_order_value', 'previous']);
    const [all] = (await report('grain=year&from=1997-01-01&to=1997-12-31')).data;
    expect(data[0]?.average_order_value).toBe(all?.average_order_value);
  });

  it('names products that nobody knows, and the fields of those that are known', async () => {
    const { data } = await report('grain=year&from=1997-01-01&to=1997-12-31&by=product');
    expect(data.find((row) => row.product_id === '14')).toMatchObject({ sku: '(unknown)', product: '(unknown)' });
    expect(data.find((row) => row.product_id === '9')).toMatchObject({ sku: 'SKU-9', product: 'product "9" \\ é' });
  });

  it('refuses more rows than one answer may have', async () => {
    for (const query of [
      'grain=day&from=1900-01-01&to=2299-12-31',
      'grain=day&by=product&from=1980-01-01&to=2000-12-31',
    ]) {
      const response = await app.inject(`/v1/reports/sales-trends?${query}`);
      expect(response.statusCode, query).toBe(422);
      expect(response.json()).toMatchObject({ code: 'API_REPORT_TOO_LARGE' });
    }
  });
});

it('prints decimals and integers beyond 2^53 digit by digit', async () => {
  await warehouse.run(`
    insert into fixture.sales_fact
    select number + 9000000, 9007199254740993 + number, 9007199254740993, 9007199254740995,
      toDateTime64('2020-06-0' || toString(number + 1) || ' 23:59:59.999999', 6, 'UTC'), toDate32('2020-06-01') + toIntervalDay(number),
      'web', 'EU', 'DE', 'paid', 9007199254740993,
      toDecimal128('12345678901234567.89', 2), 0, 0, toDecimal128('12345678901234567.89', 2), 0, 0,
      toDecimal128('-12345678901234567.89', 2), 2
    from numbers(3)`);
  await warehouse.publish(2);
  const { data } = await report('from=2020-06-01&to=2020-06-30&by=product');
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    product_id: '9007199254740995',
    net_revenue: '37037036703703703.67',
    margin: '-37037036703703703.67',
    units: '27021597764222979',
    average_order_value: '12345678901234567.89',
  });
});

it('reads at the published watermark only', async () => {
  await warehouse.run(`
    insert into fixture.sales_fact
    select 9100000, 9100000, 1, 1, toDateTime64('2021-06-01', 6, 'UTC'), toDate32('2021-06-01'), 'web', 'EU', 'DE', 'paid',
      1, 5, 0, 0, 5, 0, 0, 5, 3`);
  const query = 'from=2021-06-01&to=2021-06-30';
  expect((await report(query)).data[0]).toMatchObject({ orders: '0', units: '0', customers: '0' });
  await warehouse.publish(3);
  expect((await report(query)).data[0]).toMatchObject({ orders: '1', units: '1', customers: '1' });
});

it('knows days before 1970 and after 2149', async () => {
  await warehouse.run(`
    insert into fixture.sales_fact
    select 9200000 + number, 9200000 + number, 1, 1, toDateTime64('2021-06-01', 6, 'UTC'),
      toDate32(['1901-02-28', '2299-12-31'][number + 1]), 'web', 'EU', 'DE', 'paid', 1, 5, 0, 0, 5, 0, 0, 5, 4
    from numbers(2)`);
  await warehouse.publish(4);
  for (const grain of ['day', 'week', 'month', 'quarter', 'year']) {
    expect((await report(`from=1901-02-25&to=1901-02-28&grain=${grain}`)).data.at(-1)?.units, grain).toBe('1');
    expect((await report(`from=2299-12-31&to=2299-12-31&grain=${grain}`)).data.at(-1)?.units, grain).toBe('1');
  }
  expect((await report('from=1900-01-01&to=1901-12-31&grain=year')).data.map((row) => row.units)).toEqual(['0', '1']);
});

/** Small and repeatable (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
