import { expect, test } from 'vitest';
import type { FetchLimits, FetchPosition, KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { Random } from '../../demo/random.ts';
import { sourceConfig } from '../../ingest/testing/scene.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { captureIntoKafka, testClient } from './kafka-scene.ts';
import { loadedUpTo, startLoader } from './loading-scene.ts';
import { describeOverKafka } from './over-kafka.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const BUILDS = 4;
const title = `brokers that leave topics out (seed ${SEED})`;
const TOPICS = { prefix: 'leaving.', partitions: 3, replication: 1, settings: {} };

describeOverKafka(title, (engines) => {
  /**
   * A client that has nothing to say of a topic three times out of four, as while its leader is not known; five times in a row at most: who
   * waits for more has been asked for long.
   */
  function leavingOut(client: KafkaClient, random: Random): KafkaClient {
    const inARow = new Map<string, number>();
    const isLeftOut = (topic: string): boolean => {
      const before = inARow.get(topic) ?? 0;
      const isLeft = random.chance(0.75) && before < 5;
      inARow.set(topic, isLeft ? before + 1 : 0);
      return isLeft;
    };
    async function fetch(from: readonly FetchPosition[], limits: FetchLimits) {
      const topics = new Set(from.map(({ topic }) => topic));
      const left = new Set([...topics].filter(isLeftOut));
      const there = from.filter(({ topic }) => !left.has(topic));
      return there.length === 0 ? [] : client.fetch(there, limits);
    }
    return { ...client, fetch };
  }

  // It took the replica's place without the rows that were left out.
  test('a table that is built anew has all of its rows when it takes the replica’s place', {
    timeout: 180_000,
  }, async () => {
    const url = await engines.postgres.createDatabase('shop');
    const connection = await engines.postgres.connect('shop');
    await connection.query(`
      create table item (id int primary key, n int not null, note text);
      insert into item select i, 0, repeat('n', 200) from generate_series(1, 2000) i;
      create publication shop_publication for all tables`);
    const capture = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig('shop', url),
      log: { topics: TOPICS },
    });
    const loader = startLoader({
      address: engines.broker.address,
      client: leavingOut(testClient(engines.broker.address), new Random(SEED, 'left out')),
      warehouse: engines.warehouse.client,
      source: 'shop',
      topics: TOPICS,
      onTableFailure: () => Promise.reject(new Error('no table fails here')),
    });
    await capture.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, 'shop', connection);
    for (let build = 1; build <= BUILDS; build++) {
      // Rows of the former shape are on their way when it begins.
      const busy = (async () => {
        for (let n = 0; n < 40; n++) await connection.query(`update item set n = n + 1 where id % 97 = ${n}`);
      })();
      await capture.capture.resync('public.item');
      await busy;
      await connection.query(`alter table item add column more_${build} int`);
      await connection.query(`update item set more_${build} = ${build} where id % 5 = 0`);
      await capture.caughtUp(connection);
      await loadedUpTo(engines.warehouse.client, 'shop', connection);
      expect(
        await replicaDifferences({ source: 'shop', url, client: engines.warehouse.client }),
        `build ${build}`,
      ).toEqual([]);
    }
    expect(await loader.stop()).toBeNull();
    await capture.stop();
  });
});
