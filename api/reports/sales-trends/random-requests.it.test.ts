import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { exactParse } from '../../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../../fixture/modelled-shop.ts';
import { putOrders } from './awkward-orders.ts';
import { plainTrends, readPlainFacts } from './plain-trends.ts';
import { addressOf, randomRequest } from './random-request.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const REQUESTS = 150;
const random = createRandom(SEED);

let shop: ModelledShop;
beforeAll(async () => {
  shop = await openModelledShop(random);
  putOrders(shop.shop, random);
  await shop.publish(500);
  await shop.publish(100);
});
afterAll(() => shop?.close());

test(`equals plain arithmetic over the facts for random requests (seed ${SEED})`, async () => {
  const facts = await readPlainFacts(shop.warehouse.client);
  let rows = 0;
  let counted = 0;
  for (let n = 0; n < REQUESTS; n++) {
    const asked = randomRequest(random);
    const address = addressOf(asked);
    const answer = await shop.app.inject(address);
    expect(answer.statusCode, `seed ${SEED}: ${address}\n${answer.body}`).toBe(200);
    const { data, meta } = exactParse<{ data: Record<string, unknown>[]; meta: { published_at: string } }>(answer.body);
    expect(data, `seed ${SEED}: ${address}`).toEqual(plainTrends(facts, asked, meta.published_at));
    rows += data.length;
    counted += data.filter((row) => asked.measures.some((name) => Number(row[name]) !== 0)).length;
  }
  console.info(`seed ${SEED}: ${REQUESTS} requests, ${rows} rows, ${counted} of them not empty`);
  expect(counted).toBeGreaterThan(REQUESTS);
  expect(await shop.heldAnswers()).toBeGreaterThan(REQUESTS / 20);
}, 120_000);

interface ForecastAnswer {
  data: { period: string; units: number | null; forecast: { value: number; lower: number; upper: number } | null }[];
  meta: { forecast: { series: { method: string | null; reason?: string; backtest?: { periods: number } }[] } };
}

async function ask<T>(query: string): Promise<T> {
  const answer = await shop.app.inject(`/v1/reports/sales-trends?${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

test('goes on behind the range, counts what is forecast, and says how well', async () => {
  const query =
    'grain=month&from=2023-01-15&to=2025-03-31&by=channel&measures=units&of=units&forecast=4&anomalies=true';
  const { data, meta } = await ask<ForecastAnswer>(query);
  const series = meta.forecast.series.length;
  expect(series).toBeGreaterThan(2);
  expect(data).toHaveLength(series * (27 + 4));
  const behind = data.slice(-4 * series);
  expect([...new Set(behind.map(({ period }) => period))]).toEqual([
    '2025-04-01',
    '2025-05-01',
    '2025-06-01',
    '2025-07-01',
  ]);
  for (const { units, forecast } of behind) {
    expect(units).toBeNull();
    expect(forecast?.lower).toBeGreaterThanOrEqual(0);
    expect(forecast?.upper).toBeGreaterThanOrEqual(forecast?.value as number);
  }
  expect(data.slice(0, -4 * series).every(({ forecast }) => forecast === null)).toBe(true);
  expect(meta.forecast.series[0]).toMatchObject({ method: expect.any(String), backtest: { periods: 6 } });
});

test('expects of a period that is cut what it will be, and has no forecast of too little', async () => {
  const { data } = await ask<ForecastAnswer>(
    'grain=month&from=2023-01-01&to=2025-03-10&measures=units&of=units&forecast=2',
  );
  expect(data.slice(-3).map(({ period, units, forecast }) => [period, units === null, forecast === null])).toEqual([
    ['2025-02-01', false, true],
    ['2025-03-01', false, false],
    ['2025-04-01', true, false],
  ]);
  const few = await ask<ForecastAnswer>('grain=year&from=2023-01-01&to=2024-12-31&forecast=3');
  expect(few.data).toHaveLength(5);
  expect(few.data.every(({ forecast }) => forecast === null)).toBe(true);
  expect(few.meta.forecast.series[0]?.reason).toContain('at least 8');
  const many = await shop.app.inject('/v1/reports/sales-trends?by=product,channel,region&forecast=1');
  expect(many.json()).toMatchObject({ status: 422, code: 'API_REPORT_TOO_LARGE' });
});

test('names what it is in, and what could not be converted', async () => {
  const { meta } = await ask<{ meta: { currency: string; unconverted_lines: number } }>('grain=year');
  const result = await shop.warehouse.client.query({
    query: `select countIf(exchange_rate is null) as lines from marts.sales_fact`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ lines: string | number }>();
  expect(meta.currency).toBe('USD');
  expect(meta.unconverted_lines).toBe(Number(row?.lines));
  expect(meta.unconverted_lines).toBeGreaterThan(0);
  expect((await ask<{ meta: object }>('grain=year&currency=EUR')).meta).toMatchObject({ currency: 'EUR' });
});

test('names all that is wrong at once', async () => {
  const wrong =
    'by=region,region&time_zone=Mars/Olympus&currency=euro&compare=2024-02-02..2024-01-01&forecast=0&subtotals=2&top=0';
  const answer = await shop.app.inject(
    `/v1/reports/sales-trends?${wrong}&fiscal_year_start=13&week_start=noday&of=customers`,
  );
  expect(
    answer
      .json()
      .errors.map(({ parameter }: { parameter: string }) => parameter)
      .sort(),
  ).toEqual(
    [
      'by',
      'compare',
      'currency',
      'fiscal_year_start',
      'forecast',
      'of',
      'subtotals',
      'time_zone',
      'top',
      'week_start',
    ].sort(),
  );
  const together = await shop.app.inject('/v1/reports/sales-trends?top=3&top_of=channel&from=2024-02-01&to=2024-01-01');
  expect(together.json().errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
    'to',
    'top',
    'top_of',
  ]);
});
