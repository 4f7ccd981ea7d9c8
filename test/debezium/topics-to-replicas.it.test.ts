import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { createKafkaChangeLog } from '../../changelog/kafka/kafka-change-log.ts';
import { type JsonRow, TopicWriter } from '../../ingest/debezium/testing/topic-writer.ts';
import { captureTopics, type TopicsCapture, topicsClient } from '../../ingest/debezium/testing/topics-under-test.ts';
import { until } from '../../ingest/testing/scene.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { testClient, testLogger } from '../kafka/kafka-scene.ts';
import { startLoader } from '../kafka/loading-scene.ts';
import { describeOverKafka } from '../kafka/over-kafka.ts';

const title = 'topics of a Debezium, through our own topics';
const TOPICS = { prefix: 'own.', partitions: 2, replication: 1, settings: {} };
const UNAVAILABLE = '__debezium_unavailable_value';

describeOverKafka(title, (engines) => {
  let client: KafkaClient;

  beforeAll(() => {
    client = topicsClient(engines.broker.address);
  });

  afterAll(async () => {
    await client?.close();
  });

  test('reach the replicas, also when capture starts again', async () => {
    const url = await engines.postgres.createDatabase('through');
    const connection = await engines.postgres.connect('through');
    await connection.query(`
      create table a (id int primary key, n int, big text);
      create publication through_publication for all tables;
      insert into a select i, 0, 'big ' || i from generate_series(1, 50) i`);
    const writer = new TopicWriter({ client, prefix: 'through', partitions: 3, lsn: 1_000n });
    await writer.createTopics(['public.a']);
    const row = (id: number, n: number, big: string): JsonRow => ({ id, n, big });
    const copied = Array.from({ length: 50 }, (_, i) => ({
      table: 'public.a',
      key: { id: i + 1 },
      row: row(i + 1, 0, `big ${i + 1}`),
    }));
    writer.copy(copied, 1_000n);
    await writer.flush();

    const open = () =>
      createKafkaChangeLog({ client: testClient(engines.broker.address), logger: testLogger, topics: TOPICS });
    let log = open();
    const debezium = { brokers: [engines.broker.address], prefix: 'through' };
    const start = (): TopicsCapture => captureTopics({ name: 'through', url, log, debezium });
    let running = start();
    const loader = startLoader({
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source: 'through',
      topics: TOPICS,
      onTableFailure: () => Promise.reject(new Error('no table fails here')),
    });
    const loaded = (endLsn: bigint): Promise<void> =>
      until('the position to be reached', async () => {
        const query = `select count() from millrace.positions final where source = 'through' and consistent
          and (floor - bitShiftLeft(toUInt128(1), 96)) >= bitShiftLeft(toUInt128(${endLsn}), 32)`;
        return (await queryText(engines.warehouse.client, query).catch(() => '0')).trim() === '1';
      });

    /** The same change in the database and, as Debezium has it, in the topics. */
    async function change(n: number): Promise<bigint> {
      await connection.query(
        `update a set n = ${n} where id % 2 = 0; update a set id = id + 1000 * ${n} where id % 1000 = ${n}; delete from a where id % 1000 = ${n + 20}`,
      );
      const moved = await connection.query<{ id: number }>(`select id from a where id % 1000 = ${n} and id > 1000`);
      const updated = await connection.query<{ id: number }>('select id from a where id % 2 = 0 and id <= 50');
      const to = moved.rows[0]?.id ?? 0;
      const isEven = n % 2 === 0;
      const changes = [
        ...updated.rows.map(({ id }) => ({
          table: 'public.a',
          op: 'u' as const,
          key: { id },
          after: row(id, n, UNAVAILABLE),
        })),
        {
          table: 'public.a',
          op: 'd' as const,
          key: { id: n },
          before: { id: n },
          headers: { '__debezium.newkey': `{"id":${to}}` },
        },
        {
          table: 'public.a',
          op: 'c' as const,
          key: { id: to },
          after: row(to, isEven ? n : 0, UNAVAILABLE),
          headers: { '__debezium.oldkey': `{"id":${n}}` },
        },
        { table: 'public.a', op: 'd' as const, key: { id: n + 20 }, before: { id: n + 20 } },
      ];
      const endLsn = writer.transaction(changes);
      await writer.flush();
      return endLsn;
    }

    await loaded(await change(1));
    const compared = { source: 'through', url, client: engines.warehouse.client };
    expect(await replicaDifferences(compared)).toEqual([]);
    await running.stop();
    await log.close();
    const endLsn = await change(3);
    writer.sendAgain(60);
    await writer.flush();
    log = open();
    running = start();
    await loaded(endLsn);
    expect(await replicaDifferences(compared)).toEqual([]);
    await loaded(await change(5));
    expect(await replicaDifferences(compared)).toEqual([]);
    await running.stop();
    await log.close();
    await loader.stop();
  }, 120_000);
});
