import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import type { PublishedState } from '../../warehouse/published/published.ts';
import { buildApp } from '../app.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../fixture/fixture-warehouse.ts';

const LTV = '/v1/reports/customer-ltv';
const logger = createLogger({ name: 'api', level: 'fatal' });

let warehouse: FixtureWarehouse;
let published: EventTarget;
let app: FastifyInstance;
beforeAll(async () => {
  warehouse = await startFixtureWarehouse();
  await warehouse.publish(1);
  published = new EventTarget();
  app = await buildApp({ client: warehouse.client, logger, published });
});
afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
});

/** Publishes a state as the models' process does, whose orders reach as far. */
async function publish(watermark: number, lsn: string): Promise<void> {
  await warehouse.publish(watermark);
  const state: PublishedState = {
    watermark: String(watermark),
    publishedAt: new Date().toISOString(),
    asOf: { order: { lsn, committed_at: null }, user: { lsn: '0/0', committed_at: null } },
    caughtUpAtMs: Date.now(),
  };
  published.dispatchEvent(new CustomEvent('published', { detail: state }));
}

test('an answer waits until the data contains the commit, and for no query of its own', async () => {
  let isThere = false;
  const answers = Array.from({ length: 20 }, async () => {
    const answer = await app.inject(`${LTV}?min_as_of=order:0/2000000&max_wait=60`);
    expect(isThere).toBe(true);
    return answer;
  });
  const queries = async () =>
    Number((await warehouse.ask(`select toString(value) as n from system.events where event = 'SelectQuery'`))[0]?.n);
  await publish(2, '0/1FFFFFF');
  const before = await queries();
  for (let n = 3; n < 30; n++) await publish(n, '0/1FFFFFF');
  // Twenty wait, and nobody asks the warehouse for each of them at each state.
  expect((await queries()) - before).toBeLessThan(100);
  isThere = true;
  await publish(30, '0/2000000');
  for (const answer of await Promise.all(answers)) {
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json().meta).toMatchObject({ watermark: 30, as_of: { order: { lsn: '0/2000000' } } });
  }
});

test('what is there already does not wait', async () => {
  for (const min of ['30', 'order:0/1,order:0/2000000', '2020-01-01T00:00:00Z']) {
    expect((await app.inject(`${LTV}?max_wait=0&min_as_of=${min}`)).statusCode, min).toBe(200);
  }
});

test('what does not come in time is told, with how far it is', async () => {
  const late = await app.inject(`${LTV}?min_as_of=order:0/3000000,31&max_wait=0`);
  expect(late.json()).toMatchObject({
    status: 409,
    code: 'API_MIN_AS_OF_LATE',
    detail:
      'after 0 s: order is wanted up to 0/3000000, published is 0/2000000; watermark 31 is wanted, 30 is published',
  });
  expect(late.headers['retry-after']).toBe('1');
});

test('nonsense is refused at once', async () => {
  const unknown = await app.inject(`${LTV}?min_as_of=oder:0/1`);
  expect(unknown.json()).toMatchObject({
    status: 400,
    errors: [{ parameter: 'min_as_of', allowed: ['order', 'user'] }],
  });
  const both = await app.inject(`${LTV}?min_as_of=30&as_of=30&max_wait=61`);
  expect(both.json().errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(['max_wait']);
  const two = await app.inject(`${LTV}?min_as_of=30&as_of=30`);
  expect(two.json()).toMatchObject({ status: 400, errors: [{ parameter: 'min_as_of' }] });
});

test('without anybody who tells, one look at the warehouse serves all who wait', async () => {
  const alone = await buildApp({ client: warehouse.client, logger });
  const answers = Array.from({ length: 5 }, () => alone.inject(`${LTV}?min_as_of=40&max_wait=60`));
  await warehouse.publish(40);
  for (const answer of await Promise.all(answers)) expect(answer.json().meta.watermark).toBe(40);
  await alone.close();
});
