/** Writes `captured/every-change.bin` anew from a real server: `node ingest/testing/record-fixture.ts`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordStream } from './record-stream.ts';
import { startTestPostgres } from './test-postgres.ts';

const server = await startTestPostgres();
try {
  const url = await server.createDatabase('fixture');
  const client = await server.connect('fixture');
  await client.query(`
    create type mood as enum ('ok', 'bad');
    create table plain (id int primary key, note text, state mood, big text);
    alter table plain alter big set storage external;
    create table pair (b int, a int, v text, primary key (a, b));
    create table whole (id int primary key, big text);
    alter table whole replica identity full;
    alter table whole alter big set storage external;
    create publication fixture_publication for all tables`);
  await client.query("select pg_create_logical_replication_slot('fixture', 'pgoutput')");
  const statements = [
    `insert into plain values (1, E'tab\\there', 'ok', repeat('x', 3000)), (2, null, null, null)`,
    `update plain set note = 'changed' where id = 1`,
    `update plain set id = 3 where id = 2`,
    `delete from plain where id = 3`,
    `insert into pair values (1, 2, 'v')`,
    `update pair set v = 'w'`,
    `insert into whole values (1, repeat('y', 3000))`,
    `update whole set id = 2`,
    'delete from whole',
    'truncate plain, pair',
    `begin; insert into pair values (5, 6, 'kept'); savepoint s; insert into pair values (7, 8, 'gone'); rollback to s; commit`,
    'alter table pair add column c int default 7; insert into pair values (9, 9, null)',
  ];
  for (const statement of statements) await client.query(statement);
  const { rows } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as lsn");
  const bytes = await recordStream({
    url,
    slot: 'fixture',
    publication: 'fixture_publication',
    untilLsn: BigInt(rows[0].lsn),
  });
  const folder = join(import.meta.dirname, 'captured');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'every-change.bin'), bytes);
  console.log(`${bytes.length} bytes`);
} finally {
  await server.stop();
}
