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
import { createModelsFolder, type ModelsFolder } from '../warehouse/testing/models-folder.ts';

const MILLRACE = fileURLToPath(new URL('./millrace.js', import.meta.url));
const MODELS = {
  'models/item_fact.sql': `{{ config(materialized='table', unique_key='id', meta={'maintenance': {
      'strategy': 'by_key', 'key': 'id', 'inputs': {'shop.items': 'id'}}}) }}
    select id, assumeNotNull(amount) as amount from {{ source('shop', 'items') }}`,
  'models/models.yml': `version: 2
sources:
  - name: shop
    tables:
      - name: items
        freshness: { warn_after: { count: 1, period: day } }
models:
  - name: item_fact
    columns:
      - name: amount
        data_tests:
          - not_null
          - accepted_values: { arguments: { values: [1, 2, 3] } }
`,
};

let folder: string;
let models: ModelsFolder;
let postgres: TestPostgres;
let client: pg.Client;
let up: ChildProcess;
let api: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-schedules-'));
  models = createModelsFolder(MODELS);
  postgres = await startTestPostgres();
  const url = await postgres.createDatabase('shop');
  client = await postgres.connect('shop');
  await client.query(`
    create table items (id bigint primary key, amount bigint);
    insert into items values (1, 1), (2, 7);
    create publication shop_publication for all tables`);
  writeFileSync(
    join(folder, 'millrace.yaml'),
    `warehouse: { port: 0, native_port: 0, max_memory: 1GiB, horizon: 1h }
sources: [{ name: shop, url: "${url}" }]
models: ${models.path}
schedules:
  freshness: { cron: "* * * * * *" }
  folding: { cron: "*/2 * * * * *", catch_up: each }
  tests: false
  verification: { cron: "0 0 1 1 *", time_zone: Europe/Berlin, budget: 1 }
api: { port: 0 }
`,
  );
  await start();
});

afterAll(async () => {
  await stop();
  await postgres.stop();
  models.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  up = spawn(process.execPath, [MILLRACE, 'up', '--log-level', 'error'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(up.stdout!), 'line')) as [string];
  api = (JSON.parse(line) as { api: string }).api;
}

async function stop(): Promise<void> {
  up.kill('SIGTERM');
  await once(up, 'exit');
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

interface Meta {
  readonly watermark: number | null;
  readonly models_verification: object | null;
  readonly tests: object | null;
  readonly freshness: { passed: number } | null;
  readonly schedules: readonly { task: string; state: string | null; done_at: string | null; is_late: boolean }[];
}

async function meta(): Promise<Meta> {
  return ((await (await fetch(`${api}/v1/lag`)).json()) as { meta: Meta }).meta;
}

const schedule = async (task: string) => (await meta()).schedules.find((each) => each.task === task);

interface Listed {
  readonly schedules: readonly {
    readonly task: string;
    readonly cron: string;
    readonly is_on: boolean;
    readonly next_at: string | null;
    readonly runs: readonly { interval_start: string; interval_end: string; state: string; trigger: string }[];
  }[];
}

const listed = async (task: string) => {
  const { schedules } = JSON.parse((await millrace('schedules', '--json')).stdout) as Listed;
  return schedules.find((each) => each.task === task);
};

test('tasks are done when their schedules say, and lag, metrics, status and the list show it', async () => {
  await expect.poll(async () => (await schedule('folding'))?.done_at ?? null).not.toBeNull();
  await expect.poll(async () => (await meta()).freshness?.passed ?? 0).toBe(1);
  const off = { is_on: false, state: null, is_late: false };
  await expect.poll(() => schedule('tests')).toMatchObject(off);
  const yearly = { is_on: true, state: null, is_late: false, cron: '0 0 1 1 *' };
  await expect.poll(() => schedule('verification')).toMatchObject(yearly);
  const year = new Date().getUTCFullYear();
  const next = { next_at: `${year}-12-31T23:00:00.000Z`, runs: [] };
  await expect.poll(() => listed('verification')).toMatchObject(next);
  const metrics = async () => (await fetch(`${api}/metrics`)).text();
  for (const line of [
    /^millrace_schedules_runs_total\{task="folding",state="done",part="models"\} \d+$/m,
    /^millrace_api_task_failures\{task="freshness",part="api"\} 0$/m,
    /^millrace_api_tests\{kind="freshness",status="pass",part="api"\} 1$/m,
  ]) {
    await expect.poll(metrics).toMatch(line);
  }
});

test('a task that is asked for is done now, and what it found is in the status', async () => {
  await expect.poll(async () => (await meta()).watermark).not.toBeNull();
  const run = await millrace('schedules', 'run', 'tests', '--json');
  expect(JSON.parse(run.stdout)).toMatchObject({
    task: 'tests',
    trigger: 'manual',
    state: 'done',
    detail: '1 passed, 0 warned, 1 failed, 0 errors',
  });
  expect(run.code).toBe(0);
  expect((await millrace('schedules', 'run', 'verification')).stdout).toMatch(
    /^verification · done · \d+ rows compared/,
  );
  expect(await meta()).toMatchObject({
    models_verification: { compared: 1, differing: 0 },
    tests: { passed: 1, failed: 1, not_passed: [{ model: 'item_fact', status: 'fail', failures: 1 }] },
  });
  const { stdout } = await millrace('status');
  expect(stdout).toMatch(
    /tests of the models: 1 passed, 1 failed since .*\n {2}accepted_values_item_fact_amount.* fail · 1 failure/,
  );
  expect(stdout).toMatch(/schedules:\n(?: {2}.*\n)* {2}folding · (?:running · )?done 20/);
  expect(stdout).toContain('  tests off');
});

test('what is missed while nothing runs is caught up, interval by interval', async () => {
  await stop();
  const before = await listedAfterRestart();
  const runs = before?.runs.filter(({ trigger }) => trigger === 'schedule') ?? [];
  for (const [index, run] of runs.slice(0, -1).entries()) {
    expect(run.interval_start).toBe(runs[index + 1]?.interval_end);
    expect(Date.parse(run.interval_end) - Date.parse(run.interval_start)).toBe(2_000);
  }
  expect(runs.length).toBeGreaterThan(1);
});

async function listedAfterRestart() {
  const stoppedAtMs = Date.now();
  await start();
  // Up to now again, from where it was.
  await expect
    .poll(async () =>
      Date.parse((await listed('folding'))?.runs.find(({ state }) => state === 'done')?.interval_end ?? ''),
    )
    .toBeGreaterThan(stoppedAtMs);
  return listed('folding');
}

test('what cannot be done is said, with the exit code for it', async () => {
  expect(await millrace('schedules', 'run', 'nothing')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'MR-SCHED-005: nothing; there are freshness, folding, retention, tests, forecasts, verification',
    ),
  });
  writeFileSync(
    join(folder, 'wrong.yaml'),
    'sources: [{ name: a, url: "postgres://h/d" }]\nschedules: { folding: { cron: "61 * * * *" }, fold: false }\n',
  );
  const wrong = await millrace('schedules', '--config', 'wrong.yaml');
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean folding?') });
});
