import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedSource, RecordingLog } from '../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture, until } from '../testing/scene.ts';
import { NEWEST_POSTGRES, OLDEST_POSTGRES, startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';

// What differs between the majors: catalogs, replication commands, slots. Everything else is tested on the newest.
describe.each([OLDEST_POSTGRES, NEWEST_POSTGRES] as const)('capture of Postgres %i', (major) => {
  let server: TestPostgres;
  let client: pg.Client;
  let url: string;

  beforeAll(async () => {
    server = await startTestPostgres([], { major });
    url = await server.createDatabase('shop');
    client = await server.connect('shop');
  });

  afterAll(() => server.stop());

  it('ends with the rows of the source after a snapshot, changes of every kind, a lost connection and a restart', async () => {
    const big = `repeat('x', 9000)`;
    await client.query(`
      create type mood as enum ('ok', 'bad');
      create table orders (id int primary key, state mood, amount numeric(12, 2), big text, twice int generated always as (id * 2) stored);
      alter table orders alter big set storage external;
      create table full_rows (id int primary key, big text);
      alter table full_rows alter big set storage external;
      alter table full_rows replica identity full;
      create table parts (id int, at date, note text, primary key (id, at)) partition by range (at);
      create table parts_old partition of parts for values from ('2020-01-01') to ('2021-01-01');
      create table parts_new partition of parts for values from ('2021-01-01') to ('2022-01-01');
      create table no_key (id int);
      create role reader login replication password 'secret';
      grant usage on schema public to reader;
      grant select on orders, full_rows, parts, no_key to reader;
      create publication shop_publication for table orders, full_rows, parts, no_key with (publish_via_partition_root = true);
      insert into no_key select n / 2 from generate_series(1, 6) n;
      insert into orders select n, 'ok', n / 3.0, ${big} from generate_series(1, 500) n;
      insert into full_rows select n, ${big} from generate_series(1, 20) n;
      insert into parts select n, date '2020-06-01' + n, 'old' from generate_series(1, 400) n`);
    const recorded = new RecordedSource();
    const config = sourceConfig('shop', url.replace('postgres:secret@', 'reader:secret@'));
    const running = startCapture(config, new RecordingLog({}, recorded));
    await caughtUp(client, running);
    await client.query(`
      update orders set amount = amount + 1 where id <= 100;
      update orders set id = id + 1000 where id > 490;
      delete from orders where id between 200 and 220;
      update full_rows set id = id + 100 where id <= 5;
      update parts set at = '2021-03-03' where id = 7;
      insert into parts values (9000, '2021-05-05', 'new');
      insert into no_key values (1), (1)`);
    await client.query(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'millrace_shop'`,
    );
    await client.query(`begin; insert into orders values (5000, 'bad', 1, null); savepoint s;
      insert into orders values (5001, 'bad', 1, null); rollback to s; commit`);
    await caughtUp(client, running);
    expect(await running.stop()).toBeNull();
    await client.query(
      `truncate full_rows; insert into full_rows values (1, 'after'); update orders set state = 'bad'`,
    );
    const again = startCapture(config, new RecordingLog({}, recorded));
    await caughtUp(client, again);
    const withoutGenerated = (await sourceRows(client, 'orders')).map(({ twice: _, ...row }) => row);
    expect(recorded.rows('public.orders')).toEqual(withoutGenerated);
    for (const table of ['full_rows', 'parts']) {
      expect(recorded.rows(`public.${table}`)).toEqual(await sourceRows(client, table));
    }
    const noKey = await sourceRows(client, 'no_key');
    expect(recorded.rows('public.no_key').map(({ id }) => ({ id }))).toEqual(noKey);
    expect(noKey).toHaveLength(8);
    expect(await again.stop()).toBeNull();
  });

  it('tells a publication that was dropped while it streams', async () => {
    await client.query('create table t (id int primary key); create publication gone_publication for table t');
    const running = startCapture(sourceConfig('gone', url), new RecordingLog());
    await caughtUp(client, running);
    await client.query('drop publication gone_publication; insert into t values (1)');
    expect(await running.ended).toMatchObject({ code: 'INGEST_PUBLICATION_MISSING' });
    await until('the slot to be free', async () => {
      const { rows } = await client.query(`select active from pg_replication_slots where slot_name = 'millrace_gone'`);
      return rows[0].active === false;
    });
  });
});
