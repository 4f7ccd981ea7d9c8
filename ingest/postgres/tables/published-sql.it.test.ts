import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEWEST_POSTGRES, OLDEST_POSTGRES, startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { describeTables, unpublishedTables } from './catalog.ts';

const TABLES = `
  create schema other; create schema "Third One";
  create table plain (id int primary key, a int, b int, c int generated always as (a + 1) stored);
  create table gone (id int primary key, a int); alter table gone drop column a; alter table gone add column a text;
  create unlogged table scratch (id int);
  create view seen as select * from plain;
  create table other.plain (id int primary key, v text);
  create table other.root (id int, at date, primary key (id, at)) partition by range (at);
  create table other.root_1 partition of other.root for values from ('2020-01-01') to ('2021-01-01');
  create table "Third One".root_2 partition of other.root for values from ('2021-01-01') to ('2022-01-01') partition by list (id);
  create table root_2_1 partition of "Third One".root_2 for values in (1, 2);
  create table root_2_2 partition of "Third One".root_2 default;
  create table parent (id int primary key); create table child (extra int) inherits (parent)`;

/** By what follows \`create publication\`; the second list needs Postgres 15 or newer, the third 18. */
const PUBLICATIONS = [
  'for all tables',
  'for all tables with (publish_via_partition_root)',
  'for table plain, gone, only parent',
  'for table parent, other.root, other.plain',
  'for table other.root with (publish_via_partition_root)',
  'for table "Third One".root_2 with (publish_via_partition_root)',
  'for table other.root, other.root_1, root_2_2 with (publish_via_partition_root)',
  'for table other.root, other.root_1, root_2_2',
  '',
];
const SINCE_15 = [
  'for tables in schema public',
  'for tables in schema public with (publish_via_partition_root)',
  'for tables in schema other, "Third One"',
  'for tables in schema other with (publish_via_partition_root)',
  'for table plain, tables in schema other',
  'for table plain (id, b), gone where (id > 3)',
  'for table plain (b, id) where (id % 2 = 0), other.root where (id > 3) with (publish_via_partition_root)',
];
const SINCE_18 = ['for all tables with (publish_generated_columns = stored)', 'for table plain (id, c)'];

describe.each([OLDEST_POSTGRES, NEWEST_POSTGRES] as const)('on Postgres %i', (major) => {
  let server: TestPostgres;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startTestPostgres([], { major });
    await server.createDatabase('published');
    client = await server.connect('published');
    await client.query(TABLES);
  });
  afterAll(() => server.stop());

  it.each([...PUBLICATIONS, ...(major >= 15 ? SINCE_15 : []), ...(major >= 18 ? SINCE_18 : [])])(
    'has the tables, columns and filters of the view: %s',
    async (what) => {
      await client.query(`create publication p ${what}`);
      try {
        const { rows } = await client.query(`
          select distinct schemaname as schema, tablename as table, to_jsonb(p) -> 'attnames' as columns,
            to_jsonb(p) ->> 'rowfilter' is not null as filtered
          from pg_publication_tables p
          where pubname = 'p'
          order by 1, 2`);
        const described = await describeTables(client, 'p');
        expect(
          described.map(({ schema, table, columns, rowFilterMark }) => ({
            schema,
            table,
            columns: major < 15 ? null : columns.map(({ name }) => name),
            filtered: rowFilterMark !== null,
          })),
        ).toEqual(rows);
        const alone = described[0];
        if (alone !== undefined) expect(await describeTables(client, 'p', alone.oid)).toEqual([alone]);
        const unpublished = await unpublishedTables(client, { publication: 'p', schemas: ['public', 'other'] });
        const all = await client.query(`
          select n.nspname as schema, c.relname as table
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ('public', 'other') and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
            and not exists(
              select from pg_publication_tables p
              join pg_namespace pn on pn.nspname = p.schemaname
              join pg_class pc on pc.relnamespace = pn.oid and pc.relname = p.tablename
              where p.pubname = 'p' and (pc.oid = c.oid or pc.oid in (select relid from pg_partition_tree(c.oid))))
          order by 1, 2`);
        expect(unpublished).toEqual(all.rows);
      } finally {
        await client.query('drop publication p');
      }
    },
  );
});
