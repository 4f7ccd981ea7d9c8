import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleHeap } from '../../ingest/testing/heap-sampler.ts';
import { openReplicationStage, type ReplicationScene, type ReplicationStage } from '../harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage?.stop());

const MIB = 2 ** 20;
/** Text of 64 MiB. */
const large = (seed: string): string => `repeat(md5('${seed}'), ${2 * MIB})`;

async function contents(scene: ReplicationScene): Promise<string> {
  return scene.warehouse(`select id, n, length(big), lower(hex(MD5(big))) from raw.${scene.name}__t final order by id`);
}

async function wanted({ client }: ReplicationScene): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(E'\\t', id, n, length(big), md5(big)) || E'\\n' as line from t order by id`,
  );
  return rows.map(({ line }) => line).join('');
}

test('a row of 64 MiB is copied, inserted, left alone by updates, moved and removed in bounded memory', {
  timeout: 120_000,
}, async () => {
  const scene = await stage.scene(
    'large',
    `create table t (id int primary key, n int, big text); alter table t alter big set storage external;
     insert into t values (1, 0, ${large('a')}); insert into t select i, 0, 'small' from generate_series(10, 20) i`,
  );
  const heap = sampleHeap();
  await scene.start();
  await scene.settle();
  expect(await contents(scene), 'copied').toBe(await wanted(scene));
  await scene.client.query(`insert into t values (2, 0, ${large('b')})`);
  await scene.settle();
  expect(await contents(scene), 'inserted').toBe(await wanted(scene));
  await scene.client.query(`update t set n = 1; update t set n = 2 where id = 2; update t set id = 3 where id = 1`);
  await scene.settle();
  expect(await contents(scene), 'left alone').toBe(await wanted(scene));
  await scene.client.query(`update t set n = 3 where id = 3; delete from t where id = 2`);
  await scene.settle();
  expect(await contents(scene), 'removed').toBe(await wanted(scene));
  // The row, its insert, and what it is filled from, as bytes and as text.
  expect(heap.stop()).toBeLessThan(512);
});
