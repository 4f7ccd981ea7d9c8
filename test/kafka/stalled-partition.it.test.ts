import { expect, test } from 'vitest';
import type { FetchLimits, FetchPosition, KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { parseLsn } from '../../changelog/lsn.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { captureIntoKafka, testClient } from './kafka-scene.ts';
import { loadedUpTo, startLoader } from './loading-scene.ts';
import { describeOverKafka } from './over-kafka.ts';

const title = 'a partition that stands still';
const TOPICS = { prefix: 'still.', partitions: 3, replication: 1, settings: {} };
const HELD = { topic: 'still.shop.item', partition: 1 };

describeOverKafka(title, (engines) => {
  /** A client to which one partition gives nothing while it is held. */
  function holding(client: KafkaClient, isHeld: () => boolean): KafkaClient {
    const isOfHeld = ({ topic, partition }: { topic: string; partition: number }): boolean =>
      isHeld() && topic === HELD.topic && partition === HELD.partition;
    async function fetch(from: readonly FetchPosition[], limits: FetchLimits) {
      const nothing = from
        .filter(isOfHeld)
        .map(({ topic, partition, offset }) => ({ topic, partition, batches: [], messages: [], next: offset }));
      const rest = from.filter((position) => !isOfHeld(position));
      if (rest.length === 0) await new Promise((resolve) => setTimeout(resolve, limits.maxWaitMs));
      return [...nothing, ...(rest.length === 0 ? [] : await client.fetch(rest, limits))];
    }
    return { ...client, fetch };
  }

  test('holds the position back, whole transactions behind it, and is told of; then all is equal', async () => {
    const url = await engines.postgres.createDatabase('shop');
    const connection = await engines.postgres.connect('shop');
    await connection.query(`
      create table item (id int primary key, n int not null);
      create table other (id int primary key, n int not null);
      insert into item select i, 0 from generate_series(1, 60) i;
      create publication shop_publication for all tables`);
    const capture = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig('shop', url),
      log: { topics: TOPICS },
    });
    let isHeld = false;
    const loader = startLoader({
      address: engines.broker.address,
      client: holding(testClient(engines.broker.address), () => isHeld),
      warehouse: engines.warehouse.client,
      source: 'shop',
      topics: TOPICS,
      onTableFailure: () => Promise.reject(new Error('no table fails here')),
    });
    const read = async (query: string): Promise<string> => (await queryText(engines.warehouse.client, query)).trim();
    await capture.caughtUp(connection);
    await loadedUpTo(engines.warehouse.client, 'shop', connection);

    isHeld = true;
    let firstEndLsn = 0n;
    // Each of them has rows in every partition, and in another table.
    for (let n = 1; n <= 20; n++) {
      await connection.query('begin');
      await connection.query(`update item set n = ${n}`);
      await connection.query(`insert into other values (${n}, ${n})`);
      await connection.query('commit');
      if (n > 1) continue;
      const { rows } = await connection.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
      firstEndLsn = parseLsn(rows[0]?.lsn ?? '0/0');
    }
    await capture.caughtUp(connection);
    const positions = "select lsn from millrace.positions final where source = 'shop'";
    const stood: bigint[] = [];
    const waits =
      "select concat(topic, '/', toString(partition)) from millrace.position_waits final where source = 'shop'";
    await until('the wait to be told', async () => {
      stood.push(parseLsn(await read(positions)));
      return (await read(waits)) === `${HELD.topic}/${HELD.partition}`;
    });
    // The first of the transactions is not whole in the warehouse: nothing from it on counts, whatever else is loaded.
    for (const lsn of stood) expect(lsn < firstEndLsn).toBe(true);
    expect(await read('select max(n) from raw.shop__other final')).toBe('20');

    isHeld = false;
    await loadedUpTo(engines.warehouse.client, 'shop', connection);
    expect(await replicaDifferences({ source: 'shop', url, client: engines.warehouse.client })).toEqual([]);
    await until('the wait to be over', async () => (await read(waits)) === '/0');
    expect(await loader.stop()).toBeNull();
    await capture.stop();
  });
});
