import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { kill } from '../harness/running-system.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const STEPS = 200;
const lacking = lackingForTestBroker();
const title = `over Kafka (seed ${SEED})`;

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let shop: ShopUnderTest;

  beforeAll(async () => {
    broker = await startTestBroker();
    const kafka = { brokers: [broker.address], prefix: `exact-${SEED}.`, partitions: 6, replication: 1 };
    shop = await openShopUnderTest({ seed: SEED, connections: 4, interleaving: 'seeded', log: { kafka } });
  }, 240_000);

  afterAll(async () => {
    await shop?.stop();
    await broker?.stop();
  });

  test('replicas, facts and cubes equal the sources at every pause, ingest being killed and started again', async () => {
    expect(await shop.differences()).toEqual([]);
    for (let pause = 0; pause < 2; pause++) {
      const busy = shop.workload.run({ steps: STEPS });
      kill(shop.system().pid('ingest'));
      await busy;
      expect(await shop.differences(), `pause ${pause}, seed ${SEED}`).toEqual([]);
    }
  });
});
