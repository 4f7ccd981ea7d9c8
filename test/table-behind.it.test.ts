import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilPublished } from './harness/settle.ts';
import { openShopUnderTest, type ShopUnderTest } from './harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const MILLRACE = join(import.meta.dirname, '../cli/millrace.js');

let shop: ShopUnderTest;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-behind-'));
  shop = await openShopUnderTest({ seed: SEED, connections: 2, interleaving: 'free', systemFolder: folder });
});
afterAll(async () => {
  await shop?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function tables(action: 'pause' | 'resume', table: string): Promise<void> {
  const config = join(folder, 'millrace.yaml');
  await promisify(execFile)(process.execPath, [MILLRACE, 'tables', action, table, '--config', config]);
}

/** Of each source, what operations are told. */
async function isWhole(): Promise<unknown> {
  const answer = await fetch(`${shop.system().api}/v1/lag`);
  const { data } = (await answer.json()) as { data: { source: string; is_whole: boolean }[] };
  return Object.fromEntries(data.map(({ source, is_whole }) => [source, is_whole]));
}

/** What is published of one source, and sums that only this source's rows make. */
async function published(): Promise<unknown> {
  const result = await shop.system().client.query({
    query: `
      select
        (select tupleElement(arrayFirst(p -> tupleElement(p, 1) = 'order', arrayZip(source, lsn)), 2)
         from millrace.watermarks order by watermark desc limit 1) as position,
        sum(units) as units, sum(gross_revenue) as gross, count() as rows
      from marts.sales_fact`,
    format: 'JSONEachRow',
  });
  return (await result.json())[0];
}

test(`a source stays at its last published state while a table that models read is paused (seed ${SEED})`, {
  timeout: 300_000,
}, async () => {
  expect(await shop.differences()).toEqual([]);
  const { order: _, ...others } = shop.urls;
  await tables('pause', 'order.order_items');
  // What was on its way before it was passed over is published still.
  await untilPublished(shop.system(), others);
  const before = await published();
  await shop.workload.run({ steps: 100 });
  await untilPublished(shop.system(), others);
  expect(await published(), `seed ${SEED}`).toEqual(before);
  expect(await isWhole()).toEqual({ inventory: true, notification: true, order: false, payment: true, user: true });

  await shop.system().stop();
  await shop.restart();
  await shop.workload.run({ steps: 50 });
  await untilPublished(shop.system(), others);
  expect(await published(), `after a restart, seed ${SEED}`).toEqual(before);

  const load = shop.workload.run({ steps: 100 });
  await tables('resume', 'order.order_items');
  await load;
  expect(await shop.differences(), `after it was resumed, seed ${SEED}`).toEqual([]);
  expect(await isWhole()).toMatchObject({ order: true });
});
