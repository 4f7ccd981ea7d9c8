import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWEST_POSTGRES, OLDEST_POSTGRES, startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { compareTypes, describePrintedTypes } from './printed-types.ts';

const TABLES = `
  create type mood as enum ('sad', 'glad');
  create type size as enum ('s');
  create domain feeling as mood;
  create domain feelings as feeling[];
  create type place as (street text, felt mood);
  create type town as (at place, places place[]);
  create type span as range (subtype = mood);
  create table plain (v mood);
  create table lists (v mood[]);
  create table domains (v feeling);
  create table domain_lists (v feelings);
  create table composites (v town);
  create table spans (v span);
  create table multispans (v span_multirange);
  create table row_types (v plain);
  create table others (v size);
  create table builtin (v int, w text[], x int4range)`;

describe.each([OLDEST_POSTGRES, NEWEST_POSTGRES] as const)('on Postgres %i', (major) => {
  let server: TestPostgres;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startTestPostgres([], { major });
    await server.createDatabase('types');
    client = await server.connect('types');
    await client.query(TABLES);
  });
  afterAll(() => server.stop());

  it.each([
    [`alter type mood add value 'calm' before 'glad'`, []],
    [
      `alter type mood rename value 'sad' to 'blue'`,
      ['composites', 'domain_lists', 'domains', 'lists', 'multispans', 'plain', 'row_types', 'spans'],
    ],
    ['alter type place add attribute n int', ['composites']],
    ['alter type place rename attribute street to road', []],
    ['alter type town drop attribute places', ['composites']],
    ['alter table plain add column w int', ['row_types']],
    [`alter type size rename value 's' to 'm'; alter type size rename value 'm' to 's'`, ['others']],
    ['alter table builtin alter w type text', []],
    ['alter type mood rename to temper', []],
  ])('%s: rows of %j print otherwise', async (statement, tables) => {
    const { rows } = await client.query<{ oid: number; name: string }>(
      `select oid::int8::float8 as oid, relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    );
    const names = new Map(rows.map(({ oid, name }) => [oid, name]));
    const look = () => describePrintedTypes(client, [...names.keys()]);
    const { types } = compareTypes({}, await look());
    for (const each of statement.split('; ')) await client.query(each);
    const { altered } = compareTypes(types ?? {}, await look());
    expect([...altered].map((oid) => names.get(oid)).sort()).toEqual(tables);
  });
});
