import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage.stop());

/** The replicas come to be as the source; what no message tells is found at the next look. */
async function untilAlike(scene: ReplicationScene, except: readonly string[] = []): Promise<void> {
  await expect.poll(() => scene.differences(except), { timeout: 20_000, interval: 100 }).toEqual([]);
}

const SETUP = `
  create type mood as enum ('sad', 'glad');
  create type size as enum ('s', 'm');
  create type place as (street text, felt mood);
  create table plain (id int primary key, v mood);
  create table places (id int primary key, v place, felt mood[]);
  create table loose (v mood);
  create table others (id int primary key, v size);
  insert into plain values (1, 'sad'), (2, 'glad');
  insert into places values (1, row('a', 'sad'), '{sad,glad}');
  insert into loose values ('sad'), ('sad');
  insert into others values (1, 's')`;

test('a label that is renamed reaches the rows that have it, wherever the type stands, and no other table', async () => {
  const scene = await stage.scene('renamed', SETUP);
  await scene.start();
  await untilAlike(scene);
  const tableOf = (name: string) =>
    scene.warehouse(`select uuid from system.tables where database = 'raw' and name = 'renamed__${name}'`);
  const [others, plain] = [await tableOf('others'), await tableOf('plain')];
  await scene.client.query(`alter type mood rename value 'sad' to 'blue'; insert into plain values (3, 'blue')`);
  await untilAlike(scene);
  expect(await scene.warehouse('select id, v from raw.renamed__plain final order by id')).toBe(
    '1\tblue\n2\tglad\n3\tblue\n',
  );
  expect(await tableOf('plain')).not.toBe(plain);
  // To and fro: rows that came in between have a label that is gone.
  await scene.client.query(`
    alter type size rename value 's' to 'small'; insert into others values (2, 'small')`);
  await scene.client.query(`alter type size rename value 'small' to 's'`);
  await untilAlike(scene);
  expect(await tableOf('others')).not.toBe(others);
  // A new label changes no row.
  const [before, beside] = [await tableOf('plain'), await tableOf('others')];
  await scene.client.query(`alter type mood add value 'calm' before 'glad'`);
  await scene.client.query(`insert into plain values (4, 'calm')`);
  await untilAlike(scene);
  expect([await tableOf('plain'), await tableOf('others')]).toEqual([before, beside]);
});

test('a label that is renamed while nobody captures, and one that an open transaction has written', async () => {
  const scene = await stage.scene('across', SETUP);
  await scene.start();
  await untilAlike(scene);
  await scene.stop();
  await scene.client.query(`alter type mood rename value 'sad' to 'blue'`);
  await scene.start();
  await untilAlike(scene);
  const writer = await scene.connect();
  await writer.query(`begin; insert into plain values (10, 'blue')`);
  await scene.client.query(`alter type mood rename value 'blue' to 'low'`);
  // Time in which the change is seen, and the table begun anew too early.
  await expect
    .poll(
      () =>
        scene
          .capture()
          .progress()
          .tables.find(({ name }) => name === 'public.plain')?.code,
    )
    .toBe('INGEST_TYPE_ALTERED');
  await scene.client.query(`insert into others values (2, 'm')`);
  await expect.poll(() => scene.warehouse('select count() from raw.across__others final')).toBe('2\n');
  await writer.query('commit');
  await untilAlike(scene);
  expect(await scene.warehouse(`select v from raw.across__plain final where id = 10`)).toBe('low\n');
});

test('attributes of a composite type that come and go reach the rows that were there', async () => {
  const scene = await stage.scene('composed', SETUP);
  await scene.start();
  await untilAlike(scene);
  await scene.client.query(
    `alter type place add attribute town text; insert into places values (2, row('c', null, 'd'), null)`,
  );
  await untilAlike(scene);
  expect(await scene.warehouse('select v from raw.composed__places final order by id')).toBe('(a,sad,)\n(c,,d)\n');
  await scene.client.query('alter type place drop attribute street');
  await untilAlike(scene);
});

test('a table that gets another name or schema is taken in under that, and its former replica says that it left', async () => {
  const scene = await stage.scene(
    'moved',
    `create schema inner_one; create schema outer_one;
     create table a (id int primary key, v text); create table b (id int primary key); create table c (id int primary key);
     insert into a values (1, 'one'); insert into b values (1); insert into c values (1)`,
    { source: { schemas: ['public', 'inner_one'] } },
  );
  await scene.start();
  await untilAlike(scene, ['b', 'c']);
  await scene.client.query(`
    alter table a rename to a2; insert into a2 values (2, 'two');
    alter table b set schema inner_one; insert into inner_one.b values (2);
    alter table c set schema outer_one; insert into outer_one.c values (2)`);
  const phases = () =>
    Object.fromEntries(
      scene
        .capture()
        .progress()
        .tables.map(({ name, phase, code }) => [name, code ?? phase]),
    );
  await expect.poll(phases, { timeout: 10_000 }).toEqual({
    'public.a': 'INGEST_TABLE_LEFT',
    'public.a2': 'streaming',
    'public.b': 'INGEST_TABLE_LEFT',
    'inner_one.b': 'streaming',
    'public.c': 'INGEST_TABLE_LEFT',
  });
  await untilAlike(scene, ['b', 'c']);
  expect(await scene.warehouse('select id, v from raw.moved__a2 final order by id')).toBe('1\tone\n2\ttwo\n');
  // The name stands for the table that had it.
  expect(await scene.warehouse('select count() from raw.moved__inner_one__b final')).toBe('2\n');
  await scene.client.query(`alter table a2 rename to a; insert into a values (3, 'three')`);
  await expect
    .poll(phases, { timeout: 10_000 })
    .toMatchObject({ 'public.a': 'streaming', 'public.a2': 'INGEST_TABLE_LEFT' });
  await untilAlike(scene, ['b', 'c']);
  expect(await scene.warehouse('select id, v from raw.moved__a final order by id')).toBe('1\tone\n2\ttwo\n3\tthree\n');
});
