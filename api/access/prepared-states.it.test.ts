import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { ensureAccessBookkeeping } from '../../warehouse/access/bookkeeping.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { type Published, readPublished } from '../../warehouse/published/published.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { buildApp } from '../app.ts';
import { putApiKey } from '../fixture/api-key.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const QUERY = '/v1/cubes/daily_sales_cube/query';
const QUESTION = { measures: ['units', 'order_lines'], dimensions: ['region'] };

let shop: ModelledShop;
let reading: ClickHouseClient;
let app: FastifyInstance;
let writer: ClickHouseClient;
const published = new EventTarget();

beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  await shop.publish(300);
  writer = shop.warehouse.client;
  await ensureAccessBookkeeping(writer);
  const logger = createLogger({ name: 'test', level: 'fatal' });
  reading = await connect({ config: shop.warehouse.config, role: 'reader', logger });
  const rules = { keys: true, jwt: null, openMetrics: true, audit: 'log' } as const;
  app = await buildApp({ client: reading, logger, access: { rules, writer }, published });
});
afterAll(async () => {
  await app?.close();
  await reading?.close();
  await shop?.close();
});

async function tell(): Promise<void> {
  const state = (await readPublished(writer)) as Published;
  published.dispatchEvent(new CustomEvent('published', { detail: { ...state, caughtUpAtMs: Date.now() } }));
}

async function ask(key: string, format = 'json', more: object = {}): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const payload = { ...QUESTION, ...more };
  const answer = await app.inject({ method: 'POST', url: `${QUERY}?format=${format}`, headers, payload });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.body;
}

/** Of the newest state, and the same in a file, which comes from the warehouse. */
async function expectWhole(key: string): Promise<void> {
  const newest = (await readPublished(writer))?.watermark;
  await expect.poll(async () => String(JSON.parse(await ask(key)).meta.watermark), { timeout: 10_000 }).toBe(newest);
  const lines = (await ask(key, 'ndjson')).split('\n').filter((line) => line !== '');
  expect(JSON.parse(await ask(key)).data).toEqual(lines.map((line) => JSON.parse(line)));
}

/** How often cells were read that are held in memory. */
async function cellsRead(): Promise<number> {
  const { body } = await app.inject('/metrics');
  const counts = body.matchAll(/^millrace_api_query_seconds_count\{[^}]*query="held_table"[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

test(`cells in memory are brought to a new state for those who see all rows, whoever made it be read (seed ${SEED})`, async () => {
  const all = (await putApiKey(writer)).key;
  const few = (await putApiKey(writer, { filters: { region: ['nowhere'] } })).key;
  await tell();
  for (const limit of [10, 20, 30]) await ask(all, 'json', { limit });
  const first = await cellsRead();
  expect(first).toBeGreaterThan(0);
  // Told: got ready for nobody in particular.
  await shop.publish(50);
  await tell();
  await expect.poll(cellsRead).toBe(first + 1);
  await expectWhole(all);
  // Nobody tells: read because a restricted key asks, and got ready beside its request.
  await shop.publish(50);
  await delay(1_100);
  const newest = (await readPublished(writer))?.watermark;
  await expect.poll(async () => String(JSON.parse(await ask(few)).meta.watermark), { timeout: 10_000 }).toBe(newest);
  expect(await cellsRead()).toBe(first + 2);
  expect(JSON.parse(await ask(few)).data).toEqual([]);
  await expectWhole(all);
});
