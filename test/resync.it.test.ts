import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShopUnderTest, type ShopUnderTest } from './harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const MILLRACE = join(import.meta.dirname, '../cli/millrace.js');

let shop: ShopUnderTest;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-resync-'));
  shop = await openShopUnderTest({ seed: SEED, connections: 2, interleaving: 'free', systemFolder: folder });
});
afterAll(async () => {
  await shop?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(`replicas, facts and cubes equal the sources after slots were lost and the sources resynced under load (seed ${SEED})`, {
  timeout: 300_000,
}, async () => {
  expect(await shop.differences()).toEqual([]);
  for (const source of ['order', 'payment'] as const) {
    await shop.system().stop();
    await dropSlot(shop.urls[source], `millrace_${source}`);
    await shop.workload.run({ steps: 150 });
    await shop.restart();
    const load = shop.workload.run({ steps: 150 });
    const config = join(folder, 'millrace.yaml');
    await promisify(execFile)(process.execPath, [MILLRACE, 'sources', 'resync', source, '--config', config]);
    await load;
    expect(await shop.differences(), `after the resync of ${source}, seed ${SEED}`).toEqual([]);
  }
  await shop.workload.run({ steps: 100 });
  expect(await shop.differences(), `at the end, seed ${SEED}`).toEqual([]);
});

async function dropSlot(url: string, slot: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('select pg_drop_replication_slot($1)', [slot]);
  } finally {
    await client.end();
  }
}
