import { afterAll, beforeAll, expect, test } from 'vitest';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { openReplicated, type Replicated } from './replicated.ts';

let replicated: Replicated;
let url: string;
beforeAll(async () => {
  replicated = await openReplicated({
    name: 'n',
    schemas: ['public', 'Odd "schema".x'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 2,
  });
  url = replicated.postgres.url('replicated');
});
afterAll(() => replicated?.stop());

const differences = () => replicaDifferences({ source: 'n', url, client: replicated.client });

const NAMES = [
  'a',
  'A',
  'aA',
  'select',
  'from',
  'with space',
  'dot.ted',
  'back`tick',
  "it's",
  'do"uble',
  'back\\slash',
  '\\N',
  '?',
  '$1',
  '{x:String}',
  '%s',
  'tab\there',
  'line\nend',
  'ünï',
  '日本',
  '😀',
  '-',
  '--',
  '/*',
  ';',
  '(',
  'x'.repeat(63),
  '_',
  '__',
  'final',
  'null',
  'true',
  '1',
];
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

test('names of every kind, columns that differ by case alone, and arrays under such names', async () => {
  const { database } = replicated;
  const columns = NAMES.map((name, i) => `${quote(name)} ${i % 3 === 0 ? 'text[]' : 'text'}`).join(', ');
  const values = NAMES.map((_, i) => (i % 3 === 0 ? (i % 2 === 0 ? "'{}'" : 'null') : `'value ${i}'`)).join(', ');
  await database.query(`create schema ${quote('Odd "schema".x')}`);
  await database.query(
    `create table ${quote('Odd "schema".x')}."Tä.ble" ("Key?\\" text, "key?\\" text, ${columns}, primary key ("key?\\", "Key?\\"))`,
  );
  await database.query(`create table "MiXed ""table\\" (id int primary key, "Id" int, "ID" int)`);
  const insert = (n: number) => `insert into ${quote('Odd "schema".x')}."Tä.ble" values ('a${n}', 'b', ${values})`;
  await database.query(`${insert(1)}; insert into "MiXed ""table\\" values (1, 2, 3)`);
  replicated.start();
  await replicated.caughtUp();
  expect(replicated.tableCodes()).toEqual({});
  expect(await differences()).toEqual([]);
  await database.query(`${insert(2)}; update "MiXed ""table\\" set "ID" = 4`);
  await database.query(
    `update ${quote('Odd "schema".x')}."Tä.ble" set "A" = 'changed', "a" = '{x,NULL}' where "Key?\\" = 'a1'`,
  );
  await replicated.caughtUp();
  expect(await differences()).toEqual([]);
});

test('a label that is added while streaming just comes, also in a key and in arrays; one that is renamed comes to all rows', async () => {
  const { database } = replicated;
  await database.query(`
    create type state as enum ('new', 'old');
    create table states (s state primary key, also state[], n int);
    insert into states values ('new', '{old}', 1)`);
  await replicated.caughtUp();
  await database.query(`alter type state add value 'in between' before 'old'`);
  await database.query(`insert into states values ('in between', '{new,"in between"}', 2)`);
  await database.query(`alter type state rename value 'old' to 'older'`);
  await database.query(
    `insert into states values ('older', '{older}', 3); update states set n = 4 where s = 'in between'`,
  );
  await replicated.caughtUp();
  // The rows that came before print otherwise now: the next look at the catalog builds their table anew.
  await expect.poll(differences, { timeout: 60_000 }).toEqual([]);
});
