import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShopUnderTest, type ShopUnderTest } from './harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const PAUSES = 4;
const STEPS = 250;

let shop: ShopUnderTest;
beforeAll(async () => {
  shop = await openShopUnderTest({ seed: SEED, connections: 4, interleaving: 'seeded' });
});
afterAll(() => shop?.stop());

test(`replicas, facts and cubes equal the sources at every pause of a random workload (seed ${SEED})`, async () => {
  expect(await shop.differences()).toEqual([]);
  for (let pause = 0; pause < PAUSES; pause++) {
    await shop.workload.run({ steps: STEPS });
    expect(await shop.differences(), `pause ${pause}, seed ${SEED}`).toEqual([]);
  }
  const query =
    'select (select count() from marts.sales_fact) as facts, (select count() from marts.monthly_sales_cube) as cells';
  const result = await shop.system().client.query({ query, format: 'JSONEachRow' });
  const [counts] = await result.json<{ facts: string; cells: string }>();
  expect(Number(counts?.facts)).toBeGreaterThan(0);
  expect(Number(counts?.cells)).toBeGreaterThan(0);
});
