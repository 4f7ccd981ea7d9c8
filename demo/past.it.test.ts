import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensurePast } from './past.ts';
import { type EmbeddedPostgres, startPostgres } from './postgres/embedded-postgres.ts';
import { databaseOf, prepareServiceDatabases, SERVICES, type Service } from './services.ts';

let folder: string;
let server: EmbeddedPostgres;
let urls: Record<Service, string>;
const parameters = { seed: 1, orders: 200, untilMs: Date.UTC(2026, 0, 1) };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-past-'));
  server = await startPostgres({ folder });
  await prepareServiceDatabases({ url: server.url, replicatorPassword: 'x' });
  const entries = SERVICES.map((service) => [service, server.url(databaseOf(service))]);
  urls = Object.fromEntries(entries) as Record<Service, string>;
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(service: Service, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: urls[service] });
  await client.connect();
  try {
    return Object.values((await client.query(text)).rows?.[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

it('is not written over rows that somebody else wrote', async () => {
  await ask('inventory', "insert into categories (id, name) values (1, 'theirs')");
  await expect(ensurePast({ urls, ...parameters })).rejects.toMatchObject({ code: 'DEMO_NOT_EMPTY' });
  expect(await ask('inventory', 'select name from categories')).toBe('theirs');
  await ask('inventory', 'delete from categories');
});

it('is written once, anew when it was cut short, and never twice', async () => {
  await ensurePast({ urls, ...parameters });
  expect(await ask('order', 'select count(*)::int from orders')).toBe(200);
  await ask('order', "update orders set channel = 'changed since'");
  await ensurePast({ urls, ...parameters });
  expect(await ask('order', "select count(*)::int from orders where channel = 'changed since'")).toBe(200);

  await ask('order', 'update migrations.past set is_written = false');
  await ensurePast({ urls, ...parameters });
  expect(await ask('order', 'select count(*)::int from orders')).toBe(200);
  expect(await ask('order', "select count(*)::int from orders where channel = 'changed since'")).toBe(0);
  expect(await ask('notification', 'select count(*)::int from templates')).toBeGreaterThan(0);
});
