import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../postgres/embedded-postgres.ts';
import { databaseOf, prepareServiceDatabases, SERVICES, type Service } from '../services.ts';
import { createWorkload, WORKLOAD_STEPS } from './random-workload.ts';

const folders: string[] = [];
let server: EmbeddedPostgres;
const urls = {} as Record<Service, string>;

async function freshServer(): Promise<EmbeddedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-workload-'));
  folders.push(folder);
  const fresh = await startPostgres({ folder });
  await prepareServiceDatabases({ url: fresh.url, replicatorPassword: 'secret' });
  return fresh;
}

function urlsOf({ url }: EmbeddedPostgres): Record<Service, string> {
  return Object.fromEntries(SERVICES.map((service) => [service, url(databaseOf(service))])) as Record<Service, string>;
}

beforeAll(async () => {
  server = await freshServer();
  Object.assign(urls, urlsOf(server));
});

afterAll(async () => {
  await server?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A digest of every row of every table. Times that the migrations themselves stamped are left out. */
async function digest(of: Record<Service, string>): Promise<string> {
  const hash = createHash('sha256');
  for (const service of SERVICES) {
    const client = new pg.Client({ connectionString: of[service] });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    );
    for (const { name } of tables) {
      const seeded = name === 'templates' ? "where name like 'template %'" : '';
      const { rows } = await client.query<{ line: string }>(
        `select t::text as line from ${name} t ${seeded} order by 1`,
      );
      hash.update(`${service}.${name}:${rows.map(({ line }) => line).join('\n')}`);
    }
    await client.end();
  }
  return hash.digest('hex');
}

describe('the random workload', () => {
  it('does every kind of step, from empty databases on', { timeout: 240_000 }, async () => {
    const workload = createWorkload({ urls, seed: 1 });
    const { counts } = await workload.run({ steps: 3000 });
    await workload.close();
    const missing = Object.keys(WORKLOAD_STEPS).filter((kind) => counts[kind] === undefined);
    expect(missing).toEqual([]);
    expect(counts.conflicts ?? 0).toBeLessThan(30);
  });

  it.each([
    { connections: 1, runs: [[700, 500], [1200]] },
    // A run ends with every transaction: where it ends belongs to what is repeated.
    {
      connections: 4,
      runs: [
        [500, 400],
        [500, 400],
      ],
    },
  ])('makes the same changes again from the same seed over $connections connections', async ({ connections, runs }) => {
    const digests: string[] = [];
    for (const parts of runs) {
      const other = await freshServer();
      const workload = createWorkload({ urls: urlsOf(other), seed: 42, connections });
      for (const steps of parts) await workload.run({ steps });
      await workload.close();
      digests.push(await digest(urlsOf(other)));
      await other.stop();
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('leaves out what it is told to', async () => {
    const workload = createWorkload({ urls, seed: 2, exclude: ['order with items'] });
    const { counts } = await workload.run({ steps: 200 });
    await workload.close();
    expect(counts['order with items']).toBeUndefined();
  });

  it('goes on from several connections when the server is killed and restarted', async () => {
    const workload = createWorkload({ urls, seed: 3, connections: 4, interleaving: 'free' });
    const running = workload.run({ steps: 3000 });
    const folder = folders[0]!;
    const client = new pg.Client({ connectionString: urls.order });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ n: string }>('select count(*) as n from order_items');
    expect(Number(rows[0]!.n)).toBeGreaterThan(0);
    await client.end();
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    server = await startPostgres({ folder });
    Object.assign(urls, urlsOf(server));
    const { counts } = await running;
    await workload.close();
    expect(counts['connections lost']).toBeGreaterThan(0);
    const steps = Object.entries(counts).filter(([kind]) => kind in WORKLOAD_STEPS);
    expect(steps.reduce((sum, [, count]) => sum + count, 0)).toBe(3000);
  });
});
