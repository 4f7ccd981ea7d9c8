import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplicationStage, type ReplicationStage } from './harness/replication-scene.ts';

let stage: ReplicationStage;
beforeAll(async () => {
  stage = await openReplicationStage();
});
afterAll(() => stage.stop());

const signalServer = (signal: NodeJS.Signals): void => {
  process.kill(stage.warehouse.server.pid() as number, signal);
};

test('captures when the warehouse was away as capture began, and again after a stop meanwhile', async () => {
  const scene = await stage.scene('away', `create table t (id int primary key); insert into t values (1)`);
  signalServer('SIGKILL');
  await scene.start();
  expect(await scene.differences()).toEqual([]);
  await scene.stop();
  await scene.client.query('insert into t values (2)');
  signalServer('SIGSTOP');
  try {
    await scene.start();
    expect(scene.capture().progress().state).toBe('connecting');
    await scene.stop();
  } finally {
    signalServer('SIGCONT');
  }
  await scene.start();
  expect(await scene.differences()).toEqual([]);
});
