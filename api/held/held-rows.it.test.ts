import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../warehouse/testing/random.ts';
import { exactParse } from '../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const STATES = 8;
const LTV = '/v1/reports/customer-ltv';

interface Answer {
  data: { customer_id: bigint | number }[];
  meta: { watermark: bigint | number };
}

let shop: ModelledShop;
beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  await shop.publish(600);
});
afterAll(() => shop?.close());

async function ask(query: string): Promise<Answer> {
  const answer = await shop.app.inject(`${LTV}?${query}`);
  expect(answer.statusCode, `seed ${SEED}: ${query}\n${answer.body}`).toBe(200);
  return exactParse<Answer>(answer.body);
}

/** How often rows were read that are held in memory. */
async function reads(): Promise<number> {
  const { body } = await shop.app.inject('/metrics');
  const [, count = '0'] = /^millrace_api_query_seconds_count\{[^}]*query="held_table"[^}]*\} (\d+)$/m.exec(body) ?? [];
  return Number(count);
}

test(`one customer from memory is the customer among all, at the newest state and at the one before (seed ${SEED})`, async () => {
  const heldBefore = await shop.heldAnswers();
  let asked = 0;
  let before: Answer | null = null;
  const expectSame = async (customer: Answer['data'][number] | undefined, state = ''): Promise<void> => {
    if (customer === undefined) return;
    expect((await ask(`customer_id=${customer.customer_id}${state}`)).data).toEqual([customer]);
    asked++;
  };
  for (let n = 0; n < STATES; n++) {
    await shop.publish(30);
    const all = await ask('limit=10000');
    // Half of them later, so that they are not answered from what was kept.
    for (let i = 0; i < all.data.length; i += 2) await expectSame(all.data[i]);
    for (let i = 1; before !== null && i < before.data.length; i += 2) {
      await expectSame(before.data[i], `&as_of=${before.meta.watermark}`);
    }
    before = all;
  }
  expect(asked).toBeGreaterThan(STATES);
  expect((await shop.heldAnswers()) - heldBefore).toBeGreaterThan(asked / 2);
  // Once as a whole, then what changed.
  expect(await reads()).toBeGreaterThan(1);
  expect(await reads()).toBeLessThanOrEqual(STATES);
});

test('a customer who is not known is unknown from memory too, and one without orders is not', async () => {
  const result = await shop.warehouse.client.query({
    query: `
      select toString(customer_id) as id from marts.customer_dimension
      where customer_id not in (select customer_id from marts.customer_ltv_analysis) limit 3`,
    format: 'JSONEachRow',
  });
  const others = (await result.json<{ id: string }>()).map(({ id }) => id);
  expect(others).toHaveLength(3);
  const held = await shop.heldAnswers();
  for (const id of others) expect((await ask(`customer_id=${id}`)).data).toMatchObject([{ orders: '0' }]);
  for (const id of ['987654321', '-1']) {
    const answer = await shop.app.inject(`${LTV}?customer_id=${id}`);
    expect(answer.json()).toMatchObject({ status: 404, code: 'API_CUSTOMER_UNKNOWN' });
  }
  expect((await shop.heldAnswers()) - held).toBeGreaterThan(5);
});
