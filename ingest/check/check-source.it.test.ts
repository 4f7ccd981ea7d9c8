import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planMigration } from '../migration/plan-migration.ts';
import { sourceMigration } from '../migration/source-migration.ts';
import { RecordingLog } from '../testing/recording-log.ts';
import { caughtUp, sourceConfig, startCapture } from '../testing/scene.ts';
import { NEWEST_POSTGRES, OLDEST_POSTGRES, startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { checkSourceReadiness, type SourceCheck } from './check-source.ts';

const SHOP = `
  create table orders (id int primary key, amount numeric, note text, twice int generated always as (id * 2) stored);
  alter table orders alter note set storage external;
  insert into orders values (1, 1, repeat('x', 9000));
  create table items (id int not null, name text);
  create unique index items_id on items (id);
  create table audit (at timestamptz);
  create table secrets (id int primary key, owner text);
  alter table secrets enable row level security;
  create table wide (id int primary key, n numeric(100, 2));
  create table parts (id int, at date, primary key (id, at)) partition by range (at);
  create table parts_1 partition of parts for values from ('2020-01-01') to ('2021-01-01');
  create table parts_2 partition of parts for values from ('2021-01-01') to ('2022-01-01');
  create unlogged table scratch (id int primary key);
  create table later (id int primary key)`;

const codes = ({ findings }: SourceCheck): string[] => findings.map(({ code, table }) => `${code} ${table ?? '-'}`);

describe.each([OLDEST_POSTGRES, NEWEST_POSTGRES] as const)('the check of a source on Postgres %i', (major) => {
  let server: TestPostgres;

  beforeAll(async () => {
    server = await startTestPostgres([], { major });
  });

  afterAll(() => server.stop());

  async function database(name: string, setup: string): Promise<{ client: pg.Client; url: string }> {
    const url = await server.createDatabase(name);
    const client = await server.connect(name);
    await client.query(setup);
    return { client, url };
  }

  it('finds what hinders capture, and its SQL mends it', async () => {
    const { client, url } = await database(`shop${major}`, SHOP);
    await client.query(`
      create role weak login password 'weak';
      create publication shop_publication for table orders, items, secrets, wide, parts_1 with (publish = 'insert, update')`);
    const source = sourceConfig('shop', url.replace('postgres:secret@', 'weak:weak@'), {
      tables: ['*', 'later', 'nothing'],
      schemas: ['public', 'elsewhere'],
    });
    await client.query(`select pg_create_logical_replication_slot('millrace_gone', 'pgoutput')`);
    const before = await checkSourceReadiness(source, ['shop']);
    expect(before).toMatchObject({ database: `shop${major}`, role: 'weak', tls: false, tables: 5 });
    expect(before.server).toContain(String(major));
    expect(codes(before)).toEqual(
      expect.arrayContaining([
        'CHECK_PARTITION_UNPUBLISHED public.parts',
        'CHECK_PUBLICATION_PARTIAL -',
        'CHECK_ROW_SECURITY public.secrets',
        'CHECK_SCHEMA_MISSING -',
        'CHECK_TABLE_UNPUBLISHED public.later',
        'INGEST_PRIVILEGE_MISSING -',
        'INGEST_TABLE_NOT_READABLE public.orders',
        'INGEST_TABLE_WITHOUT_KEY public.items',
        'CHECK_NUMERIC_TOO_WIDE public.wide',
        'CHECK_NUMERIC_UNBOUNDED public.orders',
        'CHECK_PATTERN_UNMATCHED -',
        'CHECK_SLOT_ORPHANED -',
        'CHECK_WAL_UNBOUNDED -',
        'CHECK_GENERATED_COLUMN public.orders',
        'CHECK_TABLE_UNLOGGED public.scratch',
        'CHECK_TOAST_WITHOUT_FULL_IDENTITY public.orders',
      ]),
    );
    expect(before.findings.map(({ severity }) => severity)).toEqual(
      before.findings.map(({ severity }) => severity).sort((a, b) => rank(a) - rank(b)),
    );
    for (const { severity, sql } of before.findings) {
      if (severity === 'error' && sql !== null) await client.query(sql);
    }
    const after = await checkSourceReadiness({ ...source, schemas: ['public'] }, ['shop', 'gone']);
    expect(after.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(codes(after)).not.toContain('CHECK_SLOT_ORPHANED -');
  });

  it('says what stands in the way of asking', async () => {
    const { url } = await database(`closed${major}`, 'select 1');
    const check = async (address: string): Promise<string[]> =>
      codes(await checkSourceReadiness(sourceConfig('closed', address), []));
    expect(await check(url.replace('secret', 'wrong'))).toEqual(['INGEST_AUTHENTICATION_FAILED -']);
    expect(await check(`${url}_missing`)).toEqual(['INGEST_DATABASE_MISSING -']);
    expect(await check(url.replace(/:\d+\//, ':1/'))).toEqual(['INGEST_CONNECTION_LOST -']);
    expect(await check(url)).toContain('INGEST_PUBLICATION_MISSING -');
  });

  it('finds nothing in the way after the migration, which captures as it is and can be taken back', async () => {
    const { client, url } = await database(`migrated${major}`, SHOP);
    const source = sourceConfig('migrated', url.replace('postgres:secret@', 'millrace_replicator:secret@'), {
      exclude: ['secrets', 'wide'],
    });
    const { scope, asked } = await planMigration(source, url);
    expect(asked).toBe(true);
    expect(scope.withoutIdentity.map(({ table }) => table)).toEqual(['audit', 'items']);
    const { up, down } = sourceMigration(scope);
    await client.query(`begin; ${up} commit`);
    await client.query(`alter role millrace_replicator password 'secret'`);
    const check = await checkSourceReadiness(source, ['migrated']);
    expect(check.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(check.tables).toBe(3);
    const running = startCapture(source, new RecordingLog());
    await caughtUp(client, running);
    const streaming = running.capture.progress().tables.filter(({ phase }) => phase === 'streaming');
    expect(streaming.map(({ name }) => name)).toEqual(['public.later', 'public.orders', 'public.parts']);
    expect(await running.stop()).toBeNull();
    await client.query(`begin; ${down} commit`);
    const { rows } = await client.query(`
      select (select count(*) from pg_publication where pubname = 'migrated_publication')::int as publications,
        (select count(*) from pg_replication_slots where slot_name = 'millrace_migrated')::int as slots,
        (select count(*) from pg_roles where rolname = 'millrace_replicator')::int as roles`);
    expect(rows[0]).toEqual({ publications: 0, slots: 0, roles: 0 });
  });

  it('gives a migration before its role exists: of the tables there are when it runs', async () => {
    const { client, url } = await database(`blind${major}`, SHOP);
    const source = sourceConfig('blind', url.replace('postgres:secret@', 'blind_role:secret@'));
    const { scope, asked } = await planMigration(source, source.url);
    expect([asked, scope.tables]).toEqual([false, null]);
    const { up, down } = sourceMigration(scope);
    await client.query(`begin; ${up} commit`);
    const { rows } = await client.query(
      `select array_agg(prrelid::regclass::text order by 1) as tables from pg_publication_rel`,
    );
    expect(rows[0].tables).toEqual(['later', 'orders', 'parts', 'secrets', 'wide']);
    await client.query(`begin; ${down} commit`);
    expect((await client.query(`select from pg_publication`)).rowCount).toBe(0);
    const named = await planMigration({ ...source, tables: ['orders', 'other.items'] }, source.url);
    expect(named.scope.tables).toEqual([
      { schema: 'public', table: 'orders', columns: null },
      { schema: 'other', table: 'items', columns: null },
    ]);
  });

  it('finds settings of the server that will cost the slot some day', async () => {
    const { client, url } = await database(
      `settings${major}`,
      'create table t (id int primary key); create table loose (v text)',
    );
    await client.query('create publication settings_publication for table t, loose');
    await client.query(`begin; insert into t values (1); commit`);
    const idle = major >= 18 ? ['idle_replication_slot_timeout=1h'] : [];
    await server.restart([
      'max_slot_wal_keep_size=64MB',
      'wal_sender_timeout=0',
      'max_prepared_transactions=2',
      'max_replication_slots=4',
      ...idle,
    ]);
    const again = await server.connect(`settings${major}`);
    await again.query(`begin; insert into t values (2); prepare transaction 'left over'`);
    const { rows } = await again.query(`select count(*)::int as slots from pg_replication_slots`);
    const fill = (slot: number) => again.query(`select pg_create_physical_replication_slot('full_${slot}')`);
    for (let slot = rows[0].slots; slot < 3; slot++) await fill(slot);
    const narrow = codes(await checkSourceReadiness(sourceConfig('settings', url), ['settings']));
    expect(narrow).toContain('INGEST_TABLE_POSITION_REFUSED -');
    expect(narrow).not.toContain('INGEST_TOO_MANY_SLOTS -');
    await fill(3);
    const check = await checkSourceReadiness(sourceConfig('settings', url), ['settings']);
    expect(codes(check)).toEqual(
      expect.arrayContaining([
        'INGEST_TOO_MANY_SLOTS -',
        'CHECK_WAL_BUDGET_SMALL -',
        'CHECK_SENDER_TIMEOUT_OFF -',
        'CHECK_PREPARED_TRANSACTION_OPEN -',
        'CHECK_ROLE_IS_SUPERUSER -',
        ...(major >= 18 ? ['CHECK_IDLE_SLOT_TIMEOUT -'] : []),
      ]),
    );
    await again.query(`rollback prepared 'left over'`);
  });
});

function rank(severity: string): number {
  return ['error', 'warning', 'notice'].indexOf(severity);
}
