import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingLog, UNCHANGED } from '../../testing/recording-log.ts';
import { caughtUp, sourceConfig, sourceRows, startCapture } from '../../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';

let server: TestPostgres;
let url: string;
let client: pg.Client;

beforeAll(async () => {
  server = await startTestPostgres();
  url = await server.createDatabase('shop');
  client = await server.connect('shop');
  await client.query(`
    create type mood as enum ('ok', 'bad');
    create domain money_amount as numeric(12,2);
    create domain price as money_amount;
    create table orders (id int primary key, note text, amount price, state mood, big text);
    create table items (order_id int, line int, product text, primary key (line, order_id));
    create table full_rows (id int primary key, a text, big text);
    alter table full_rows replica identity full;
    alter table full_rows alter big set storage external;
    alter table orders alter big set storage external;
    create table no_key (a int);
    create table left_out (id int primary key);
    create publication shop_publication for tables in schema public;
    insert into orders select n, 'note ' || n, n * 1.5, 'ok', null from generate_series(1, 500) n;
    insert into items select n, 1, E'tab\\tline\\nback\\\\slash' from generate_series(1, 500) n;`);
});

afterAll(() => server.stop());

describe('capture', () => {
  it('holds the same rows as the source when every kind of change is made', async () => {
    const log = new RecordingLog();
    const running = startCapture(sourceConfig('shop', url, { exclude: ['left_*'] }), log);
    await caughtUp(client, running);
    const big = 'x'.repeat(20_000);
    await client.query(`insert into orders values (1001, 'new', 9.99, 'bad', '${big}')`);
    await client.query(`update orders set note = 'changed' where id = 1001`);
    await client.query(`update orders set id = 2001 where id = 1001`);
    await client.query(`delete from orders where id between 10 and 20`);
    await client.query(`update items set line = 2 where order_id = 3`);
    await client.query('update orders set id = case id when 1 then -2 when 2 then -1 end where id in (1, 2)');
    await client.query('update orders set id = -id where id < 0');
    await client.query(`begin; insert into orders values (3001); savepoint s; insert into orders values (3002);
      rollback to s; insert into orders values (3003); commit`);
    await client.query(`insert into full_rows values (1, 'a', '${big}')`);
    await client.query(`update full_rows set a = 'b'`);
    await client.query(`insert into left_out values (1); insert into no_key values (1)`);
    await client.query(`begin; truncate items, left_out; insert into items values (7, 7, 'after'); commit`);
    await caughtUp(client, running);
    for (const table of ['public.orders', 'public.items', 'public.full_rows']) {
      expect(log.recorded.rows(table)).toEqual(await sourceRows(client, table));
    }
    const updates = log.recorded.events.filter(({ op }) => op === 'update');
    expect(updates.find(({ row }) => row?.note === 'changed' && row.id === '1001')?.row?.big).toBe(UNCHANGED);
    expect(updates.find(({ table }) => table === 'public.full_rows')?.row?.big).toBe(big);
    const items = log.recorded.definitions.find(({ table }) => table === 'items')!;
    expect(items.keyColumns).toEqual([1, 0]);
    const orders = log.recorded.definitions.find(({ table }) => table === 'orders')!;
    expect(orders.columns[2]).toMatchObject({ typeName: 'numeric', typeModifier: (12 << 16) + 2 + 4, typeKind: 'b' });
    expect(orders.columns[3]).toMatchObject({ typeName: 'public.mood', typeKind: 'e' });
    expect(log.recorded.definitions.filter(({ table }) => table === 'orders')).toHaveLength(1);
    expect(log.recorded.state?.consistentLsn).not.toBeNull();
    const tables = running.capture.progress().tables;
    expect(tables.find(({ name }) => name === 'public.no_key')?.phase).toBe('streaming');
    expect(tables.some(({ name }) => name === 'public.left_out')).toBe(false);
    expect(await running.stop()).toBeNull();
    const { rows } = await client.query(
      `select confirmed_flush_lsn - '0/0' as lsn from pg_replication_slots where slot_name = 'millrace_shop'`,
    );
    expect(BigInt(rows[0].lsn)).toBe(log.recorded.durableLsn);
  });
});
