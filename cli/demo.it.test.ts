import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunFile } from './run-file.ts';

const MILLRACE = fileURLToPath(new URL('./millrace.js', import.meta.url));

interface Ready {
  readonly event: string;
  readonly api: string;
  readonly warehouse: string;
  readonly sources: Record<string, string>;
}

let folder: string;
let demo: ChildProcess;
let ready: Ready;

async function startDemo(...options: string[]): Promise<Ready> {
  const argv = [MILLRACE, 'demo', '--json', '--port', '0', '--log-level', 'error', '--data', folder, ...options];
  demo = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const [line] = (await once(createInterface(demo.stdout!), 'line')) as [string];
  return JSON.parse(line) as Ready;
}

async function stopDemo(): Promise<number | null> {
  demo.kill('SIGINT');
  const [code] = (await once(demo, 'exit')) as [number | null];
  return code;
}

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

function run(): RunFile {
  return JSON.parse(readFileSync(join(folder, 'state', 'run.json'), 'utf8')) as RunFile;
}

/** The published watermark as the API tells it, or null while the API does not answer. */
async function watermark(): Promise<number | null> {
  try {
    const response = await fetch(`${ready.api}/v1/lag`);
    const body = (await response.json()) as { meta?: { watermark: number | null } };
    return response.ok ? (body.meta?.watermark ?? null) : null;
  } catch {
    return null;
  }
}

async function untilPublishedBeyond(than: number): Promise<void> {
  await until(async () => ((await watermark()) ?? 0) > than);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await delay(50);
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-demo-'));
  ready = await startDemo('--rate', '50');
});

afterAll(async () => {
  if (demo.exitCode === null && demo.signalCode === null) await stopDemo();
  rmSync(folder, { recursive: true, force: true });
});

test('answers everything that the ready line names', async () => {
  expect(ready.event).toBe('ready');
  const trends = await fetch(`${ready.api}/v1/reports/sales-trends?grain=month`);
  expect(trends.status).toBe(200);
  const { data } = (await trends.json()) as { data: unknown[] };
  expect(data.length).toBeGreaterThan(0);
  const warehouse = new URL(ready.warehouse);
  const answer = await fetch(`${warehouse.origin}/?query=select+count()+from+marts.sales_fact`, {
    headers: { 'x-clickhouse-user': warehouse.username, 'x-clickhouse-key': warehouse.password },
  });
  expect(Number(await answer.text())).toBeGreaterThan(0);
  expect(Object.keys(ready.sources).sort()).toEqual(['inventory', 'notification', 'order', 'payment', 'user']);
});

test('tells its status, as text and as JSON', async () => {
  const json = await millrace('status', '--data', folder, '--json');
  expect(json.code).toBe(0);
  const document = JSON.parse(json.stdout) as {
    sources: { source: string }[];
    parts: Record<string, { state: string }>;
  };
  expect(document.sources.map(({ source }) => source).sort()).toEqual(Object.keys(ready.sources).sort());
  expect(Object.values(document.parts).map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running']);
  const text = await millrace('status', '--data', folder);
  expect(text.stdout).toContain('published watermark');
});

test('writes the docs of its models, with the types that the warehouse has', async () => {
  const { code, stdout } = await millrace('models', 'docs', '--data', folder, '--out', 'docs', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ folder: join(folder, 'docs'), types: true });
  const page = (path: string) => readFileSync(join(folder, 'docs', path), 'utf8');
  expect(page('models/sales_fact.html')).toContain('<code>Decimal(38, 2)</code>');
  expect(page('models/stg_order__orders.html')).toContain('<code>order_status</code>');
  expect(page('sources/order.orders.html')).toContain('<dt>One row for each</dt><dd><code>id</code></dd>');
  expect(page('sources/order.orders.html')).not.toContain('_version');
});

test.each(['ingest', 'models', 'api', 'warehouse'])('goes on publishing after kill -9 of %s', async (part) => {
  await untilPublishedBeyond(0);
  await until(() => run().parts[part]?.state === 'running');
  const before = run().parts[part]?.pid;
  process.kill(before!, 'SIGKILL');
  await until(() => {
    const now = run().parts[part];
    return now?.state === 'running' && now.pid !== before;
  });
  // What is published from now on went through the new process.
  await until(async () => (await watermark()) !== null);
  const reached = (await watermark())!;
  await untilPublishedBeyond(reached + 2);
});

test('says where its configuration is, with which every command knows it', async () => {
  const config = join(folder, 'millrace.yaml');
  expect(statSync(config).mode & 0o777).toBe(0o600);
  const only = ['--config', config, '--table', 'user.roles', '--json'];
  const { code, stdout, stderr } = await millrace('verify', ...only);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ equal: true, results: [{ name: 'public.roles', rows: 3 }] });
  expect(code).toBe(0);
}, 120_000);

test('drains and stops everything on Ctrl-C, and continues when started again', async () => {
  const { parts, supervisor } = run();
  const reached = (await watermark())!;
  expect(await stopDemo()).toBe(0);
  for (const pid of [supervisor.pid, ...Object.values(parts).map((part) => part.pid!)]) expect(alive(pid)).toBe(false);
  const status = await millrace('status', '--data', folder);
  expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining('CLI_NOT_RUNNING') as string });

  ready = await startDemo('--rate', '50');
  await untilPublishedBeyond(reached);
});

test('leaves nothing behind when the supervisor itself is killed, and continues afterwards', async () => {
  const { parts, supervisor } = run();
  process.kill(supervisor.pid, 'SIGKILL');
  await until(() => Object.values(parts).every((part) => !alive(part.pid!)));
  ready = await startDemo('--rate', '50', '--for', '1s');
  const [code] = (await once(demo, 'exit')) as [number];
  expect(code).toBe(0);
});
