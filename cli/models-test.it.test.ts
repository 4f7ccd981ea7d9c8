import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Config } from '../runtime/config/config.ts';
import { loadConfig } from '../runtime/config/load-config.ts';
import { createLogger } from '../runtime/logger.ts';
import { runModels } from '../warehouse/models/main.ts';
import { openShop, SHOP_TABLES, type Shop, type ShopTable } from '../warehouse/testing/shop.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../warehouse/testing/temporary-warehouse.ts';

const MILLRACE = join(import.meta.dirname, 'millrace.js');
const MODELS = join(import.meta.dirname, '../dbt-like-models');
const logger = createLogger({ name: 'test', level: 'fatal' });

let folder: string;
let config: Config;
let warehouse: TemporaryWarehouse;
let shop: Shop;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-models-test-'));
  warehouse = await startTemporaryWarehouse();
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))];
  const path = join(folder, 'millrace.yaml');
  writeFileSync(
    path,
    stringify({
      warehouse: { url: warehouse.config.url, port: 0, state: warehouse.config.stateFolder },
      sources: sources.map((name) => ({ name, url: `postgres://millrace@127.0.0.1:1/${name}` })),
      models: MODELS,
    }),
  );
  config = loadConfig({ path, env: {}, cwd: folder });
  shop = await openShop(warehouse);
  put('users', { id: '1', email: 'a@example.com', status: 'active', created_at: '2023-01-01 00:00:00+00' });
  put('products', { id: '1', sku: 'S-1', name: 'Cup', price: '4.00', cost: '2.00', is_active: 't' });
  for (const id of ['1', '2', '3']) {
    put('orders', { id, customer_id: '1', status: 'paid', currency: 'EUR', ordered_at: `2024-0${id}-03 12:00:00+00` });
    const amounts = { unit_cost: '1.0000', unit_price: '10.0000', gross_amount: '30.00', discount_amount: '1.00' };
    put('order_items', { id, order_id: id, product_id: '1', quantity: '3', tax_amount: '1.00', ...amounts });
  }
  const refund = { id: '1', order_id: '2', payment_id: '1', amount: '10.00', status: 'completed' };
  put('refunds', { ...refund, created_at: '2024-03-03 12:00:00+00' });
  await shop.commit();
  await runModels({ config, logger, signal: new AbortController().signal, watch: false });
});
afterAll(async () => {
  await shop.close();
  await warehouse.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Columns that are left out are NULL. */
function put(table: ShopTable, values: Readonly<Record<string, string>>): void {
  shop.put(
    table,
    Object.keys(SHOP_TABLES[table].columns).map((column) => values[column] ?? null),
  );
}

async function millrace(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MILLRACE, ...argv], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (text: Buffer) => {
      output[stream] += text.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

interface Document {
  readonly ok: boolean;
  readonly watermark: number | null;
  readonly results: readonly { readonly name: string; readonly kind: string; readonly status: string }[];
}

test('every test of the folder holds for what the engine keeps', async () => {
  // Positions of these sources are of long ago.
  const { code, stdout } = await millrace('models', 'test', '--json', '--exclude', 'test_type:freshness');
  const { results, watermark, ok } = JSON.parse(stdout) as Document;
  expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['contract', 'unit', 'generic', 'singular']));
  expect(watermark).toBeGreaterThan(0);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
});

test('a cell that was counted twice is found by name, with exit code 1', async () => {
  const cube =
    "(select name from system.tables where database = 'store' and startsWith(name, 'monthly_sales_cube__g'))";
  const result = await warehouse.client.query({ query: `select ${cube} as name`, format: 'JSONEachRow' });
  const [row] = await result.json<{ name: string }>();
  await warehouse.client.command({
    query: `insert into store.${row?.name} (month, product_id, order_lines, _batch) values ('2024-02-01', 1, 1, 1)`,
  });
  const { code, stdout } = await millrace('models', 'test', '--select', 'tag:exactness');
  expect(stdout).toMatch(/^at watermark \d+, published /);
  expect(stdout).toContain('FAIL   sales_cubes_equal_facts');
  expect(stdout).toContain('{"cube_name":"monthly_sales_cube","product_id":1,"order_lines":1,"units":0,');
  expect(stdout).toContain('PASS   lifetime_values_equal_facts');
  expect(stdout).toMatch(/\n\d+ passed, 0 warned, 1 failed, 0 errors in /);
  expect(code).toBe(1);
});

test('freshness tells sources that were not taken over for a long time', async () => {
  const { code, stdout } = await millrace('models', 'freshness', '--json', '--select', 'source:payment.refunds');
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    results: [{ name: 'freshness_payment_refunds', status: 'fail', detail: expect.stringContaining('days old') }],
  });
  expect(code).toBe(1);
});

test('what cannot be chosen is bad usage', async () => {
  expect(await millrace('models', 'test', '--select', 'sales_facts')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("MR-TEST-005: 'sales_facts' chooses no test; did you mean sales_fact?"),
  });
  expect((await millrace('models', 'test', '--threads', '0')).code).toBe(2);
});
