import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
let company: pg.Client;
let crm: pg.Client;
let up: ChildProcess;
let warehouse: URL;
const within = { timeout: 60_000, interval: 100 };

// Two services in one database by schema, another database of the same cluster with one service in two schemas, and a
// source that nobody answers for.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-sources-'));
  postgres = await startTestPostgres(['max_slot_wal_keep_size=1GB']);
  const companyUrl = await postgres.createDatabase('company');
  const crmUrl = await postgres.createDatabase('crm');
  company = await postgres.connect('company');
  crm = await postgres.connect('crm');
  await company.query(`
    create schema sales; create schema billing;
    create table sales.orders (id int primary key, v text);
    create table billing.orders (id int primary key, v text);
    insert into sales.orders select n, 'sales' from generate_series(1, 100) n;
    insert into billing.orders select n, 'billing' from generate_series(1, 7) n;
    create publication sales_publication for table sales.orders;
    create publication billing_publication for table billing.orders`);
  await crm.query(`
    create schema new; create schema old;
    create table new.people (id int primary key); create table old.people (id int primary key);
    insert into new.people values (1), (2); insert into old.people values (3);
    create publication crm_publication for table new.people, old.people`);
  writeFileSync(
    join(folder, 'millrace.yaml'),
    `warehouse: { port: 0, native_port: 0, max_memory: 1GiB }
sources:
  - { name: sales, url: "${companyUrl}", schemas: [sales] }
  - { name: billing, url: "${companyUrl}", schemas: [billing] }
  - { name: crm, url: "${crmUrl}", schemas: [new, old] }
  - { name: dead, url: "postgres://nobody:secret@127.0.0.1:1/nothing" }
models: false
api: { port: 0 }
`,
  );
  up = spawn(process.execPath, [MILLRACE, 'up', '--log-level', 'silent'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(up.stdout!), 'line')) as [string];
  warehouse = new URL((JSON.parse(line) as { warehouse: string }).warehouse);
});

afterAll(async () => {
  up.kill('SIGTERM');
  await once(up, 'exit');
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function millrace(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MILLRACE, ...argv], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => {
    texts.stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    texts.stderr += text.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...texts };
}

async function select(query: string): Promise<string> {
  const { origin, username, password } = warehouse;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${origin}/?query=${encodeURIComponent(query)}`, { headers: { authorization } });
  return answer.text();
}

const orders = (service: string) =>
  select(`select count(), sum(id), any(v) from raw.${service}__orders final where not _deleted`);

interface SourceStatus {
  source: string;
  capture: { state: string; code: string | null; remedy: string | null } | null;
  wal: { level: string; retained_bytes: number; limit_bytes: number } | null;
}

async function statusOf(name: string): Promise<SourceStatus | undefined> {
  const { stdout } = await millrace('status', '--json');
  return (JSON.parse(stdout) as { sources: SourceStatus[] }).sources.find(({ source }) => source === name);
}

test('services that share a database or a cluster are told apart, and a dead one is felt by none', async () => {
  await expect.poll(() => orders('sales'), within).toBe('100\t5050\tsales\n');
  await expect.poll(() => orders('billing'), within).toBe('7\t28\tbilling\n');
  const people = `select groupArray(id) from (select id from raw.crm__people final union all select id from merge('raw', '^crm__(new|old)__people$') order by id)`;
  await expect.poll(() => select(people), within).toBe('[1,2,3]\n');
  await company.query(`insert into sales.orders values (1000, 'sales'); delete from billing.orders where id = 7`);
  await expect.poll(() => orders('sales'), within).toBe('101\t6050\tsales\n');
  await expect.poll(() => orders('billing'), within).toBe('6\t21\tbilling\n');
  await expect
    .poll(async () => (await statusOf('dead'))?.capture, within)
    .toMatchObject({
      state: 'retrying',
      code: 'INGEST_CONNECTION_LOST',
    });
});

test('status tells how much WAL is kept for a source', async () => {
  await expect.poll(async () => (await statusOf('sales'))?.wal, within).toMatchObject({ level: 'ok' });
  const { wal } = (await statusOf('sales'))!;
  expect(wal!.limit_bytes).toBeGreaterThan(2 ** 29);
  expect((await millrace('status')).stdout).toMatch(/sales +streaming .* of \d/);
});

test('a source whose slot was lost says so, the others go on, and it is copied anew when that is asked for', async () => {
  await company.query(
    `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'millrace_sales'`,
  );
  await expect
    .poll(
      () =>
        company.query(`select pg_drop_replication_slot('millrace_sales')`).then(
          () => true,
          () => false,
        ),
      { ...within, interval: 1 },
    )
    .toBe(true);
  await company.query(`delete from sales.orders where id <= 50`);
  await expect
    .poll(async () => (await statusOf('sales'))?.capture, within)
    .toMatchObject({
      state: 'failed',
      code: 'INGEST_SLOT_MISSING',
      remedy: expect.stringContaining('resync'),
    });
  await company.query(`insert into billing.orders values (100, 'billing')`);
  await expect.poll(() => orders('billing'), within).toBe('7\t121\tbilling\n');
  expect(await orders('sales')).toBe('101\t6050\tsales\n');
  expect(await millrace('sources', 'resync', 'sale')).toMatchObject({ code: 2 });
  const asked = await millrace('sources', 'resync', 'sales', '--json');
  expect(JSON.parse(asked.stdout)).toEqual({ source: 'sales', action: 'resync', outcome: 'done' });
  await expect.poll(() => orders('sales'), within).toBe('51\t4775\tsales\n');
  await company.query(`update sales.orders set id = id + 1 where id = 1000`);
  await expect.poll(() => orders('sales'), within).toBe('51\t4776\tsales\n');
  await expect
    .poll(async () => (await statusOf('sales'))?.capture, within)
    .toMatchObject({ state: 'streaming', code: null });
  await expect
    .poll(() => select(`select epoch, consistent from millrace.positions final where source = 'sales'`), within)
    .toBe('2\ttrue\n');
});

test('check looks at all of it, and its exit code says whether something is in the way', async () => {
  const { code, stdout } = await millrace('check', '--json');
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as { sources: { name: string; ok: boolean; tables: number }[] };
  expect(report.sources.map(({ name, ok, tables }) => [name, ok, tables])).toEqual([
    ['sales', true, 1],
    ['billing', true, 1],
    ['crm', true, 2],
    ['dead', false, null],
  ]);
  expect((await millrace('check')).stdout).toContain('Not ready: 1 error');
});

test('the migration of a source is written once, under a name of its own', async () => {
  const written = await millrace('sources', 'sql', 'sales', '--write', 'migrations');
  expect(written.code).toBe(0);
  expect(readdirSync(join(folder, 'migrations'))).toEqual([
    expect.stringMatching(/^\d{14}-millrace-sales\.down\.sql$/),
    expect.stringMatching(/^\d{14}-millrace-sales\.up\.sql$/),
  ]);
  expect((await millrace('sources', 'sql', 'sales', '--down')).stdout).toContain('drop publication');
  expect((await millrace('explain', 'CHECK_WAL_UNBOUNDED')).stdout).toContain('max_slot_wal_keep_size');
  expect(await millrace('explain', 'NONSENSE_CODE')).toMatchObject({ code: 2 });
});
