import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { openReplicated, type Replicated } from './replicated.ts';

const HASH_KEY = 'a secret of at least thirty-two characters';
const hash = (text: string): string => createHmac('sha256', HASH_KEY).update(text).digest('hex');

let replicated: Replicated;
beforeAll(async () => {
  replicated = await openReplicated({
    name: 'p',
    schemas: ['public'],
    tables: ['*'],
    exclude: ['people.password'],
    mask: ['people.phone', '*.pin'],
    hash: ['*.email', 'accounts.owner'],
    hashKey: HASH_KEY,
    snapshotConnections: 2,
  });
  const { database } = replicated;
  await database.query(`
    create table people (
      id int primary key, email text, password text, phone text, born date, note text, tags text[]);
    alter table people alter note set storage external;
    create table full_people (id int primary key, email text, pin int, note text);
    alter table full_people replica identity full;
    alter table full_people alter note set storage external, alter email set storage external;
    create table accounts (owner bigint primary key, email text, n int);
    create table masked_key (pin int primary key, n int);
    create table renamed (id int primary key, n int);
    insert into people values (1, 'ada@clear.example', 'clear-password', 'clear-phone', '1990-01-01', repeat('n', 5000), '{}'),
      (2, null, null, null, null, null, null), (3, 'bad@clear.example', 'clear-password', 'clear-phone', 'infinity', 'kept', '{a}');
    insert into full_people values (1, 'ada@clear.example', 4711, repeat('n', 5000));
    insert into accounts values (424242, 'ada@clear.example', 1), (7, 'bob@clear.example', 1);
    insert into masked_key values (4711, 1);
    insert into renamed values (1, 1)`);
  replicated.start();
  await replicated.caughtUp();
});
afterAll(() => replicated?.stop());

const rows = (query: string): Promise<string> => queryText(replicated.client, query);

test('leaves out, masks and hashes alike what is copied and what is streamed, keys and rejected rows too', async () => {
  const { database } = replicated;
  const ada = hash('ada@clear.example');
  const people = 'select id, email, phone, born, length(note), tags, _empty from raw.p__people final order by id';
  const copied = await rows(people);
  expect(copied).toBe(`1\t${ada}\t***\t1990-01-01\t5000\t[]\t['tags']\n2\t\\N\t\\N\t\\N\t\\N\t[]\t[]\n`);
  expect(await rows("select name from system.columns where database = 'raw' and table = 'p__people'")).not.toContain(
    'password',
  );
  expect(await rows('select * except _version from raw.p__full_people final')).toBe(
    `1\t${ada}\t***\t${'n'.repeat(5000)}\t0\n`,
  );

  await database.query('delete from people; update full_people set pin = 4712; delete from accounts where owner = 7');
  await database.query(`
    insert into people values (1, 'ada@clear.example', 'clear-password', 'clear-phone', '1990-01-01', repeat('n', 5000), '{}'),
      (2, null, null, null, null, null, null), (3, 'bad@clear.example', 'clear-password', 'clear-phone', 'infinity', 'kept', '{a}')`);
  await database.query("update people set phone = 'clear-phone-2', password = 'clear-password-2' where id = 1");
  await database.query('update accounts set owner = 424243, n = 2');
  await replicated.caughtUp();
  expect(await rows(people)).toBe(copied);
  expect(await rows('select * except _version from raw.p__full_people final')).toBe(
    `1\t${ada}\t***\t${'n'.repeat(5000)}\t0\n`,
  );
  expect(await rows('select owner, email, n from raw.p__accounts final')).toBe(`${hash('424243')}\t${ada}\t2\n`);

  const rejected = await rows("select code, column, row from millrace.rejected final where replica = 'p__people'");
  const kept = JSON.stringify({
    id: '3',
    email: hash('bad@clear.example'),
    phone: '***',
    born: 'infinity',
    note: 'kept',
    tags: '{a}',
  });
  expect(rejected).toBe(`MR-LOAD-001\tborn\t${kept}\n`);
});

test('a masked key and a column that has another name now keep their table out, and no other', async () => {
  expect(await rows("select name from system.tables where database = 'raw' and name in ('p__masked_key')")).toBe('');
  const { database } = replicated;
  await database.query('alter table accounts rename column owner to holder');
  await database.query("insert into accounts values (99, 'clear@clear.example', 3)");
  await database.query('insert into people (id) values (4)');
  await replicated.caughtUp();
  expect(await rows('select count() from raw.p__accounts final')).toBe('1\n');
  expect(await rows('select count() from raw.p__people final')).toBe('3\n');
  expect(replicated.tableCodes()).toEqual({
    'public.masked_key': 'INGEST_KEY_NOT_PROTECTABLE',
    'public.accounts': 'INGEST_PROTECTED_COLUMN_MISSING',
  });
});

test('nothing of it is anywhere in the warehouse', async () => {
  const tables = await rows(
    "select concat(database, '.', name) from system.tables where database in ('raw', 'journal', 'millrace') and engine not like '%View'",
  );
  for (const table of tables.trim().split('\n')) {
    const content = await rows(`select * from ${table}`);
    for (const secret of ['clear', '4711', '4712', '42424']) expect(content, table).not.toContain(secret);
  }
});
