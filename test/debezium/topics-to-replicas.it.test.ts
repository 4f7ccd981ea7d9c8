import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChangeLog } from '../../changelog/change-log.ts';
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
import { directLog } from './topics-scene.ts';

const title = 'topics of a Debezium';
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

  test('reach the replicas through our own topics, also when capture starts again, and when they are read anew', async () => {
    const client = testClient(engines.broker.address);
    const loader = startLoader({
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source: 'through',
      topics: TOPICS,
      onTableFailure: () => Promise.reject(new Error('no table fails here')),
    });
    await follow('through', () => createKafkaChangeLog({ client, logger: testLogger, topics: TOPICS }));
    await loader.stop();
  }, 120_000);

  test('reach the replicas directly, likewise', async () => {
    await follow('straight', () => directLog(engines.warehouse.client));
  }, 120_000);

  async function follow(name: string, open: () => ChangeLog): Promise<void> {
    const url = await engines.postgres.createDatabase(name);
    const connection = await engines.postgres.connect(name);
    await connection.query(`
      create table a (id int primary key, n int, big text);
      create publication ${name}_publication for all tables;
      insert into a select i, 0, 'big ' || i from generate_series(1, 50) i`);
    const writer = new TopicWriter({ client, prefix: name, partitions: 3, lsn: 1_000n });
    await writer.createTopics(['public.a']);
    const row = (id: number, n: number, big: string): JsonRow => ({ id, n, big });
    const copied = Array.from({ length: 50 }, (_, i) => ({
      table: 'public.a',
      key: { id: i + 1 },
      row: row(i + 1, 0, `big ${i + 1}`),
    }));
    writer.copy(copied, 1_000n);
    await writer.flush();

    let log = open();
    const debezium = { brokers: [engines.broker.address], prefix: name };
    const start = (): TopicsCapture => captureTopics({ name, url, log, debezium });
    let running = start();
    const loaded = (endLsn: bigint, epoch = 1): Promise<void> =>
      until('the position to be reached', async () => {
        const query = `select count() from millrace.positions final where source = '${name}' and consistent and epoch = ${epoch}
          and (floor - bitShiftLeft(toUInt128(${epoch}), 96)) >= bitShiftLeft(toUInt128(${endLsn}), 32)`;
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
    const compared = { source: name, url, client: engines.warehouse.client };
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

    // The connector takes in a table whose rows it copies behind the first change of one: what that left out comes later.
    await connection.query(
      "create table b (id int primary key, n int, big text); insert into b values (1, 1, 'big'), (2, 0, 'big')",
    );
    await writer.createTopics(['public.b']);
    writer.transaction([{ table: 'public.b', op: 'u', key: { id: 1 }, after: row(1, 1, UNAVAILABLE) }]);
    writer.incremental([1, 2].map((id) => ({ table: 'public.b', key: { id }, row: row(id, 2 - id, 'big') })));

    // What does not belong there is gone once they are read anew; readers are never without the rest.
    const rows = async (): Promise<number> =>
      Number(await queryText(engines.warehouse.client, `select count() from raw.${name}__a final where _deleted = 0`));
    const before = await rows();
    await engines.warehouse.client.command({
      query: `insert into raw.${name}__a (id, n, big, _version, _deleted) select 77, 1, 'damage', max(_version), 0 from raw.${name}__a`,
    });
    expect(await rows()).toBe(before + 1);
    await running.capture.resyncSource();
    let least = before;
    const looking = new AbortController();
    const looked = (async () => {
      while (!looking.signal.aborted) least = Math.min(least, await rows());
    })();
    await loaded(await change(7), 2);
    looking.abort();
    await looked;
    // One row goes by the change itself.
    expect(least).toBeGreaterThanOrEqual(before - 1);
    expect(await replicaDifferences(compared)).toEqual([]);
    await loaded(await change(9), 2);
    expect(await replicaDifferences(compared)).toEqual([]);
    await running.stop();
    await log.close();
  }
});
