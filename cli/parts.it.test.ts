import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type EmbeddedPostgres, startPostgres } from '../demo/postgres/embedded-postgres.ts';
import { databaseOf, REPLICATOR, SERVICES } from '../demo/services.ts';
import { freePorts } from '../runtime/free-port.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../warehouse/testing/temporary-warehouse.ts';

// As in containers: databases and a warehouse that run elsewhere, and a process for each part that nobody supervises.

const MILLRACE = join(import.meta.dirname, 'millrace.js');
let folder: string;
let server: EmbeddedPostgres;
let warehouse: TemporaryWarehouse;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-parts-'));
  server = await startPostgres({ folder: join(folder, 'postgres') });
  warehouse = await startTemporaryWarehouse();
  for (const service of SERVICES) await ask('postgres', `create database ${databaseOf(service)}`);
  const { host, httpPort, users } = warehouse.server.endpoint;
  const sources = SERVICES.map((name) => {
    const url = new URL(server.url(databaseOf(name)));
    url.username = REPLICATOR;
    url.password = '';
    return { name, url: url.href, password: '${' + 'file:replicator}' };
  });
  writeFileSync(
    join(folder, 'millrace.yaml'),
    stringify({
      warehouse: { url: `http://millrace:${users.millrace}@${host}:${httpPort}`, state: join(folder, 'state') },
      sources,
      models: 'dbt-like-models',
      api: { port: 0 },
    }),
  );
  writeFileSync(join(folder, 'replicator'), 'se cret/of the role\n');
  writeFileSync(join(folder, 'superuser'), `${new URL(server.url('postgres')).password}\n`);
});

afterAll(async () => {
  for (const child of started) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  await warehouse?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(database: string, text: string, login?: { name: string; password: string }): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url(database, login) });
  await client.connect();
  try {
    return Object.values((await client.query(text)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

function millrace(...argv: string[]): ChildProcess {
  const child = spawn(process.execPath, [MILLRACE, ...argv, '--log-level', 'error'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  started.push(child);
  return child;
}

async function finished(...argv: string[]): Promise<{ code: number; stderr: string }> {
  const child = millrace(...argv);
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stderr };
}

async function ready(child: ChildProcess): Promise<Record<string, string>> {
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return JSON.parse(line) as Record<string, string>;
}

test('the example company is put into databases that are there, as often as it is asked for', async () => {
  const login = ['--password-file', 'superuser'];
  for (let time = 0; time < 2; time++) {
    expect(await finished('company', 'migrate', ...login)).toEqual({ code: 0, stderr: '' });
  }
  const role = { name: REPLICATOR, password: 'se cret/of the role' };
  expect(await ask('user_db', 'select count(*)::int from users', role)).toBe(0);
  for (let time = 0; time < 2; time++) {
    expect(await finished('company', 'run', '--rate', '0', '--orders', '60', ...login)).toEqual({
      code: 0,
      stderr: '',
    });
  }
  expect(await ask('order_db', 'select count(*)::int from orders')).toBe(60);
  const { code, stderr } = await finished('company', 'migrate', '--password-file', 'nowhere');
  expect(code).toBe(1);
  expect(stderr).toContain('CLI_FILE_UNREADABLE');
});

test('parts that run alone do together what `up` does, say how they are, and end in order', async () => {
  const [ingestPort, modelsPort] = await freePorts(2);
  const ingest = millrace('ingest', '--metrics', `127.0.0.1:${ingestPort}`);
  const models = millrace('models', 'run', '--watch', '--metrics', String(modelsPort));
  const api = millrace('api');
  const lines = await Promise.all([ingest, models, api].map(ready));
  expect(lines[0]?.metrics).toBe(`http://127.0.0.1:${ingestPort}/metrics`);
  expect(lines[1]?.metrics).toBe(`http://127.0.0.1:${modelsPort}/metrics`);
  const address = String(lines[2]?.api);

  const report = async (): Promise<number> => {
    const answer = await fetch(`${address}/v1/reports/customer-ltv?top=3`);
    const { data = [] } = (await answer.json()) as { data?: unknown[] };
    return data.length;
  };
  await vi.waitUntil(async () => (await report()) === 3, { timeout: 60_000, interval: 200 });

  for (const port of [ingestPort, modelsPort]) {
    expect(await (await fetch(`http://127.0.0.1:${port}/health/live`)).json()).toEqual({ status: 'ok' });
  }
  const captured = await (await fetch(String(lines[0]?.metrics))).text();
  expect(captured).toMatch(/millrace_ingest_state\{source="order",state="streaming",part="ingest"\} 1/);
  const computed = await (await fetch(String(lines[1]?.metrics))).text();
  expect(computed).toMatch(/millrace_models_batch_seconds_count\{part="models"\} \d/);
  const lag = await (await fetch(`${address}/metrics`)).text();
  expect(lag).toMatch(/millrace_api_source_lag_seconds\{source="order",hop="total",part="api"\} \d/);

  for (const part of [api, ingest, models]) {
    part.kill('SIGTERM');
    const [code] = (await once(part, 'exit')) as [number];
    expect(code).toBe(0);
  }
});
