import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openShop, SHOP_TABLES, type Shop } from '../warehouse/testing/shop.ts';
import { writeSmallModels } from '../warehouse/testing/small-models.ts';
import {
  queryText,
  startTemporaryWarehouse,
  type TemporaryWarehouse,
} from '../warehouse/testing/temporary-warehouse.ts';

const MILLRACE = join(import.meta.dirname, 'millrace.js');
const CUBE = 'models/cubes/product_cube.sql';

let folder: string;
let own: string;
let changed: string;
let warehouse: TemporaryWarehouse;
let shop: Shop;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-rollout-'));
  own = await writeSmallModels();
  changed = await writeSmallModels({ [CUBE]: (text) => text.replace('as lines', 'as lines, 2 * count() as twice') });
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  for (let n = 1; n <= 20; n++) {
    const at = '2024-03-03 12:00:00+00';
    shop.put('orders', [String(n), '1', 'paid', 'web', 'north', 'DE', 'EUR', at]);
    shop.put('order_items', [String(n), String(n), '1', '3', '1.0000', '9.25', '0.00', '1.00']);
  }
  await shop.commit();
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))];
  writeFileSync(
    join(folder, 'millrace.yaml'),
    stringify({
      warehouse: { url: warehouse.config.url, port: 0, state: warehouse.config.stateFolder },
      sources: sources.map((name) => ({ name, url: `postgres://millrace@127.0.0.1:1/${name}` })),
      models: own,
    }),
  );
});
afterAll(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  await shop?.close();
  await warehouse?.stop();
  for (const each of [folder, own, changed]) rmSync(each, { recursive: true, force: true });
});

function millrace(...argv: string[]): ChildProcess {
  const child = spawn(process.execPath, [MILLRACE, 'models', ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function finished(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = millrace(...argv);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (text: Buffer) => {
      output[stream] += text.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

const query = async (sql: string): Promise<string> => (await queryText(warehouse.client, sql)).trim();

test('without a process that keeps the models, the command does what it is asked, and ends', async () => {
  const first = await finished('run');
  expect(first).toMatchObject({ code: 0, stdout: 'readers see this version already\n' });
  expect(await query('select sum(units) from marts.product_cube')).toBe('60');
  const { code, stdout } = await finished('run', '--models', changed, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'live',
    rollout: { number: 2, reason: 'run', built: ['product_cube'] },
  });
  expect(await query('select sum(twice) from marts.product_cube')).toBe('40');
});

test('with one, it asks that: run, rollback, backfill, full refresh, history', async () => {
  const keeper = millrace('run', '--watch');
  await once(createInterface(keeper.stdout as NodeJS.ReadableStream), 'line');
  expect(await finished('rollback')).toMatchObject({
    code: 0,
    stdout: 'version 3 is what readers see: built product_cube\n',
  });
  expect(await finished('run', '--models', join(folder, 'nowhere'))).toMatchObject({ code: 2 });
  writeFileSync(join(changed, CUBE), 'select {{ broken');
  const broken = await finished('run', '--models', changed);
  expect(broken).toMatchObject({ code: 1, stdout: '' });
  expect(broken.stderr).toMatch(/millrace: MR-MODEL-001: product_cube: /);
  expect(broken.stderr).toContain('correct the file that the message names');
  expect(await finished('backfill', 'customer_fact')).toMatchObject({ code: 0, stdout: 'computed 1 keys anew\n' });
  expect((await finished('backfill', 'product_cube', '--from', '2024-01-01')).stderr).toContain('MR-ROLL-006');
  expect(await finished('run', '--full-refresh', 'product_cube')).toMatchObject({
    code: 0,
    stdout: 'product_cube: built anew\n',
  });
  expect((await finished('run', '--full-refresh', 'cube')).stderr).toContain('MR-ROLL-007');
  const { stdout } = await finished('history');
  const lines = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2).join(' '));
  expect(lines.slice(0, 5)).toEqual(['version state', '4 failed', '3 live', '2 former', '1 former']);
  expect(stdout).toContain('rolled back to version 3');
  keeper.kill('SIGTERM');
  expect((await once(keeper, 'exit'))[0]).toBe(0);
});
