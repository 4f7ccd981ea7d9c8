import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSourceReadiness } from '../../ingest/check/check-source.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const TABLES = `
  create table t (
    id int primary key, a int, note text,
    twice int generated always as (a * 2) stored,
    thrice int generated always as (a * 3) virtual,
    big text generated always as (repeat(note, 3000)) stored);
  alter table t alter big set storage external;
  create table by_sum (a int, b int, total int generated always as (a + b) stored, primary key (total));
  insert into t (id, a, note) select i, i, 'n' || i from generate_series(1, 50) i;
  insert into by_sum values (1, 2), (3, 4)`;
const CHANGES = `
  insert into t (id, a, note) values (100, 7, 'new'), (101, null, null);
  update t set a = a + 1 where id < 10; update t set id = id + 1000 where id = 20; update t set note = 'x' where id = 30;
  delete from t where id = 40`;

async function columnsOf(scene: ReplicationScene, table: string): Promise<string> {
  const columns = await scene.warehouse(
    `select name from system.columns where database = 'raw' and table = '${scene.name}__${table}' and comment = ''
       and not startsWith(name, '_') order by position`,
  );
  return columns.trim().split('\n').join(' ');
}

async function reported(scene: ReplicationScene): Promise<string[]> {
  const { findings } = await checkSourceReadiness(sourceConfig(scene.name, scene.url), []);
  return findings
    .filter(({ code }) => code === 'CHECK_GENERATED_COLUMN')
    .map(({ table, detail }) => `${table} ${detail}`)
    .sort();
}

test('stored columns that are published are there and right, virtual ones are reported', async () => {
  const scene = await stage.scene('stored', TABLES, {
    publication: 'for all tables with (publish_generated_columns = stored)',
  });
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  expect(await columnsOf(scene, 't')).toBe('id a note twice big');
  await scene.client.query(`${CHANGES}; update by_sum set a = 10 where total = 3; delete from by_sum where total = 7`);
  expect(await scene.differences(), 'streamed').toEqual([]);
  expect(await reported(scene)).toEqual(['public.t thrice integer']);
  // Every value is another one, and no message says so.
  await scene.client.query('alter table t alter twice set expression as (a * 20)');
  await expect.poll(() => scene.differences(), { timeout: 20_000 }).toEqual([]);
  await scene.client.query('alter table t alter twice drop expression; update t set twice = 5 where id = 1');
  await expect.poll(() => scene.differences(), { timeout: 20_000 }).toEqual([]);
});

test('columns that are not published are left out and reported, and come when they are', async () => {
  const scene = await stage.scene('unpublished', TABLES);
  await scene.start();
  expect(await scene.differences(), 'copied').toEqual([]);
  expect(await columnsOf(scene, 't')).toBe('id a note');
  // Its key is not among what is published: inserts only.
  await scene.client.query('insert into by_sum values (5, 6)');
  await scene.client.query(CHANGES);
  expect(await scene.differences(), 'streamed').toEqual([]);
  expect(await reported(scene)).toEqual([
    'public.by_sum total integer',
    'public.t big text',
    'public.t thrice integer',
    'public.t twice integer',
  ]);
  await scene.client.query('alter publication unpublished_publication set (publish_generated_columns = stored)');
  await scene.client.query('update t set a = a + 1 where id between 10 and 15');
  await expect.poll(() => columnsOf(scene, 't'), { timeout: 20_000 }).toBe('id a note twice big');
  await expect.poll(() => scene.differences(), { timeout: 20_000 }).toEqual([]);
});
