import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../runtime/config/config.ts';
import { differencesOf } from '../testing/full-build.ts';
import { openShop, SHOP_TABLES, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { readProject } from './project/read-project.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const LEASE_MS = 3_000;
const PATIENCE_MS = 60_000;

let warehouse: TemporaryWarehouse;
let shop: Shop;
let states: string;
const started: ChildProcess[] = [];
let orders = 0;

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  states = await mkdtemp(join(tmpdir(), 'millrace-states-'));
  shop.put('users', ['1', 'u1@example.com', 'active', '2024-01-01 00:00:00+00']);
});
afterAll(async () => {
  await Promise.all(
    started
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map(
        (child) =>
          new Promise((resolve) => {
            child.once('exit', resolve);
            child.kill('SIGKILL');
          }),
      ),
  );
  await shop.close();
  await warehouse.stop();
  await rm(states, { recursive: true, force: true });
});

/** As on a machine of its own: only the warehouse is shared. */
function start(machine: string): { process: ChildProcess; published: string[]; warnings: () => string } {
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))];
  const config: Config = {
    warehouse: { ...warehouse.config, stateFolder: join(states, machine) },
    log: 'direct',
    sources: sources.map((name) => ({
      name,
      url: '',
      schemas: ['public'],
      tables: ['*'],
      exclude: [],
      snapshotConnections: 1,
    })),
    models: MODELS,
    api: { host: '127.0.0.1', port: 0 },
  };
  const child = fork(
    join(import.meta.dirname, '../testing/models-process.ts'),
    [JSON.stringify({ config, leaseMs: LEASE_MS })],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  );
  started.push(child);
  const published: string[] = [];
  let said = '';
  child.on('message', (watermark) => published.push(String(watermark)));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text));
  return { process: child, published, warnings: () => said };
}

async function order(): Promise<void> {
  orders++;
  shop.put('orders', [String(orders), '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-03-01 12:00:00+00']);
  await shop.commit();
}

/** Until readers see every order. */
const untilSeen = () =>
  expect
    .poll(() => queryText(warehouse.client, 'select count() from marts.order_fact').catch(() => ''), {
      timeout: PATIENCE_MS,
    })
    .toBe(`${orders}\n`);

test('one process keeps the models of a warehouse: another one waits, takes over, and the first comes to nothing', async () => {
  await order();
  const first = start('first');
  await untilSeen();
  const second = start('second');
  await expect.poll(second.warnings, { timeout: PATIENCE_MS }).toContain('MR-MODEL-009');
  await order();
  await untilSeen();
  expect(second.published).toEqual([]);

  // A machine that stands still for longer than its lease, and wakes up in the middle of what it did.
  first.process.kill('SIGSTOP');
  await order();
  await untilSeen();
  const before = first.published.length;
  first.process.kill('SIGCONT');
  await order();
  await untilSeen();
  await expect.poll(first.warnings, { timeout: PATIENCE_MS }).toContain('MR-MODEL-009');
  expect(first.published.length).toBe(before);

  second.process.kill('SIGKILL');
  await order();
  await untilSeen();
  await expect.poll(() => first.published.length).toBeGreaterThan(before);
  const twice = 'select watermark from millrace.watermarks group by watermark having count() > 1';
  expect(await queryText(warehouse.client, twice)).toBe('');
  const project = await readProject(MODELS);
  for (const model of ['order_fact', 'customer_ltv_analysis']) {
    expect(await differencesOf(warehouse.client, project, model, 'kept')).toBe('');
  }
}, 240_000);
