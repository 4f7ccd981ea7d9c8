import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../ingest/testing/test-postgres.ts';

const MILLRACE = fileURLToPath(new URL('./millrace.js', import.meta.url));
let folder: string;
let postgres: TestPostgres;
let client: pg.Client;
let up: ChildProcess;
let warehouse: URL;
let api: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tables-'));
  postgres = await startTestPostgres();
  const url = await postgres.createDatabase('shop');
  client = await postgres.connect('shop');
  await client.query(`
    create table t (id int primary key, at timestamptz);
    create table u (id int primary key);
    insert into t select n, now() from generate_series(1, 50) n;
    create publication shop_publication for all tables`);
  writeFileSync(
    join(folder, 'millrace.yaml'),
    `warehouse: { port: 0, native_port: 0, max_memory: 1GiB }
sources: [{ name: shop, url: "${url}" }]
models: false
api: { port: 0 }
`,
  );
  up = spawn(process.execPath, [MILLRACE, 'up', '--log-level', 'error'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(up.stdout!), 'line')) as [string];
  const ready = JSON.parse(line) as { api: string; warehouse: string };
  warehouse = new URL(ready.warehouse);
  api = ready.api;
});

afterAll(async () => {
  up.kill('SIGTERM');
  await once(up, 'exit');
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function millrace(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MILLRACE, ...argv], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

async function select(query: string): Promise<string> {
  const { origin, username, password } = warehouse;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${origin}/?query=${encodeURIComponent(query)}`, { headers: { authorization } });
  return answer.text();
}

const state = (table: string) =>
  select(`select state, code, rejected_rows from millrace.table_states final where table = '${table}'`);
const within = { timeout: 30_000, interval: 100 };

test('tables are paused, resumed and built anew by command, and status says what they do', async () => {
  await expect.poll(() => state('t'), within).toBe('streaming\t\t0\n');
  const paused = await millrace('tables', 'pause', 'shop.t', '--json');
  expect(JSON.parse(paused.stdout)).toMatchObject({ source: 'shop', table: 'public.t', outcome: 'done' });
  await expect.poll(() => state('t'), within).toBe('paused\tINGEST_TABLE_PAUSED\t0\n');
  await client.query('insert into t values (100, now()); insert into u values (1)');
  await expect.poll(() => select('select count() from raw.shop__u final'), within).toBe('1\n');
  expect(await select('select count() from raw.shop__t final')).toBe('50\n');
  const status = JSON.parse((await millrace('status', '--json')).stdout) as { sources: { tables: unknown }[] };
  expect(status.sources[0]?.tables).toMatchObject({
    counts: { streaming: 1, paused: 1 },
    not_streaming: [{ schema: 'public', table: 't', state: 'paused', code: 'INGEST_TABLE_PAUSED' }],
  });
  expect((await millrace('status')).stdout).toContain('shop.public.t paused · INGEST_TABLE_PAUSED');

  expect((await millrace('tables', 'resume', 'shop.public.t')).stdout).toContain('shop.public.t is taken in again');
  await expect.poll(() => select('select count() from raw.shop__t final'), within).toBe('51\n');
  await expect.poll(() => state('t'), within).toBe('streaming\t\t0\n');
});

test('a table with rejected rows is degraded until it was built anew after the remedy', async () => {
  await client.query("insert into t values (200, 'infinity')");
  await expect.poll(() => state('t'), within).toBe('degraded\tMR-LOAD-008\t1\n');
  const lag = (await (await fetch(`${api}/v1/lag`)).json()) as { data: { tables: unknown }[] };
  expect(lag.data[0]?.tables).toMatchObject({ not_streaming: [{ table: 't', state: 'degraded', rejected_rows: 1 }] });
  // The remedy alone does not do it: the rejected row is one that the replica never had.
  await client.query('update t set at = now() where id = 200');
  expect((await millrace('tables', 'resync', 'shop.t')).code).toBe(0);
  await expect.poll(() => state('t'), within).toBe('streaming\t\t0\n');
  expect(await select('select count() from raw.shop__t final')).toBe('52\n');
});

test('what cannot be done is said, with the exit code for it', async () => {
  expect(await millrace('tables', 'pause', 'shop.nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('INGEST_TABLE_UNKNOWN'),
  });
  expect(await millrace('tables', 'pause', 'other.t')).toMatchObject({ code: 2 });
  expect(await millrace('tables', 'pause', 't')).toMatchObject({ code: 2 });
  expect(await millrace('tables', 'forget', 'shop.t')).toMatchObject({ code: 2 });
});
