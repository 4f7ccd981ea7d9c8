import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDown, migrateUp, readMigrations } from './migrate.ts';
import { type EmbeddedPostgres, startPostgres } from './postgres/embedded-postgres.ts';
import { databaseOf, migrationsFolder, prepareServiceDatabases, SERVICES, type Service } from './services.ts';

let folder: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-migrate-'));
  server = await startPostgres({ folder });
  await prepareServiceDatabases({ url: server.url, replicatorPassword: 'first' });
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function shape(service: Service): Promise<string[]> {
  return withClient(server.url(databaseOf(service)), async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      select format('column %s.%s %s', table_name, column_name, data_type) as line
      from information_schema.columns where table_schema = 'public'
      union all
      select format('published %s', tablename) from pg_publication_tables
      union all
      select format('constraint %s on %s', conname, conrelid::regclass) from pg_constraint
      where connamespace = 'public'::regnamespace
      order by 1`);
    return rows.map(({ line }) => line);
  });
}

describe('migrations', () => {
  it.each(SERVICES)('of the %s service can be taken back and applied again', async (service) => {
    const before = await shape(service);
    expect(before.length).toBeGreaterThan(30);
    const versions = readMigrations(migrationsFolder(service)).map(({ version }) => version);
    await withClient(server.url(databaseOf(service)), async (client) => {
      const options = { client, folder: migrationsFolder(service) };
      expect(await migrateUp(options)).toEqual([]);
      expect(await migrateDown(options)).toEqual(versions.toReversed());
      expect(await shape(service)).toEqual([]);
      expect(await migrateUp(options)).toEqual(versions);
    });
    expect(await shape(service)).toEqual(before);
  });

  it('stop at the version asked for', async () => {
    await withClient(server.url(databaseOf('user')), async (client) => {
      const options = { client, folder: migrationsFolder('user') };
      const [first, ...others] = readMigrations(options.folder).map(({ version }) => version);
      expect(await migrateDown({ ...options, to: first! })).toEqual(others.toReversed());
      expect(await migrateUp({ ...options, to: others[0]! })).toEqual([others[0]]);
      expect(await migrateUp(options)).toEqual(others.slice(1));
    });
  });

  it('publish every table of the service and nothing else', async () => {
    for (const service of SERVICES) {
      await withClient(server.url(databaseOf(service)), async (client) => {
        const { rows } = await client.query<{ tables: string; published: string; keyless: number }>(`
          select
            (select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'public') as tables,
            (select string_agg(tablename, ',' order by tablename) from pg_publication_tables
              where pubname = '${service}_publication') as published,
            (select count(*)::int from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace
              and not exists (select from pg_index i where i.indrelid = c.oid and indisprimary)) as keyless`);
        expect(rows[0]!.published).toBe(rows[0]!.tables);
        expect(rows[0]!.keyless).toBe(0);
      });
    }
  });

  it('give the replicator its tables to read and stream, and no more', async () => {
    await prepareServiceDatabases({ url: server.url, replicatorPassword: 'p@ss/w"ord' });
    const url = server.url('order_db', { name: 'millrace_replicator', password: 'p@ss/w"ord' });
    await withClient(url, async (client) => {
      await client.query('select from orders');
      await expect(client.query('delete from orders')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('select from migrations.schema_migrations')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('create table public.mine (i int)')).rejects.toMatchObject({ code: '42501' });
      await client.query("select pg_create_logical_replication_slot('probe', 'pgoutput')");
      await client.query("select pg_logical_emit_message(false, 'probe', 'x')");
      await client.query("select pg_drop_replication_slot('probe')");
    });
  });

  it('leave nothing behind when one is rejected', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'millrace-broken-'));
    const pair = join(broken, '20260101000000-broken');
    writeFileSync(`${pair}.up.sql`, 'create table half (i int); select from nowhere');
    writeFileSync(`${pair}.down.sql`, '');
    await withClient(server.url('postgres'), async (client) => {
      await expect(migrateUp({ client, folder: broken })).rejects.toMatchObject({ code: 'DEMO_MIGRATION_FAILED' });
      expect((await client.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
      writeFileSync(`${pair}.up.sql`, 'create table whole (i int)');
      expect(await migrateUp({ client, folder: broken })).toEqual(['20260101000000']);
    });
    rmSync(broken, { recursive: true });
  });
});

describe('a folder of migrations', () => {
  it.each([
    [['20260101000000-one.up.sql'], 'lacks'],
    [['1-one.up.sql', '1-one.down.sql'], 'name'],
    [['20260101000000-a.up.sql', '20260101000000-b.down.sql'], 'two'],
  ])('is refused when it holds %j', (names, reason) => {
    const bad = mkdtempSync(join(tmpdir(), 'millrace-bad-'));
    for (const name of names) writeFileSync(join(bad, name), '');
    expect(() => readMigrations(bad)).toThrow(reason);
    rmSync(bad, { recursive: true });
  });
});
