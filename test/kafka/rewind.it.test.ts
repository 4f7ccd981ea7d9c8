import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { type RewindPoint, rewindTopics } from '../../changelog/kafka/rewind.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { type CaptureIntoKafka, captureIntoKafka, testClient, testLogger } from './kafka-scene.ts';
import { loadedUpTo, startLoader } from './loading-scene.ts';
import { describeOverKafka } from './over-kafka.ts';

const title = 'loading again from Kafka';
const TOPICS = { prefix: 'rewind.', partitions: 3, replication: 1, settings: {} };
const SOURCE = 'back';

describeOverKafka(title, (engines) => {
  let client: KafkaClient;
  let capture: CaptureIntoKafka;

  beforeAll(() => {
    client = testClient(engines.broker.address);
  });

  afterAll(async () => {
    await capture?.stop();
    await client?.close();
  });

  const rewind = (table: string | null, to: RewindPoint) =>
    rewindTopics({
      client,
      topics: TOPICS,
      source: SOURCE,
      table,
      to,
      logger: testLogger,
      signal: AbortSignal.timeout(30_000),
    });

  test('restores what the warehouse has lost, without the source; what was passed over stays away', async () => {
    const url = await engines.postgres.createDatabase(SOURCE);
    const connection = await engines.postgres.connect(SOURCE);
    await connection.query(`
      create table kept (id int primary key, v text, big text);
      alter table kept alter big set storage external;
      create table other (id int primary key, v int);
      insert into kept select i, 'first', repeat(md5(i::text), 100) from generate_series(1, 40) i;
      insert into other select i, i from generate_series(1, 10) i;
      create publication ${SOURCE}_publication for all tables`);
    capture = captureIntoKafka({
      address: engines.broker.address,
      source: sourceConfig(SOURCE, url),
      log: { topics: TOPICS },
    });
    const options = {
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source: SOURCE,
      topics: TOPICS,
    };
    const loader = startLoader({
      ...options,
      onTableFailure: ({ schema, table }) => capture.capture.resync(`${schema}.${table}`),
    });
    const settled = async (): Promise<string[]> => {
      await capture.caughtUp(connection);
      await Promise.race([
        loadedUpTo(engines.warehouse.client, SOURCE, connection),
        loader.ended.then((error) => Promise.reject(error)),
      ]);
      let differences: string[] = [];
      await until('the replicas to equal the source', async () => {
        differences = await replicaDifferences({ source: SOURCE, url, client: engines.warehouse.client });
        return differences.length === 0;
      }).catch(() => {});
      return differences;
    };
    expect(await settled()).toEqual([]);
    const { rows } = await connection.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    const lsn = BigInt(rows[0]?.lsn ?? 0);
    const before = Date.now();
    for (let round = 0; round < 10; round++) {
      await connection.query(`update kept set v = 'round ${round}' where id % 10 = ${round}`);
      await connection.query(
        `delete from kept where id = ${round + 1}; insert into kept values (${100 + round}, 'new', 'x')`,
      );
    }
    expect(await settled()).toEqual([]);

    // As from a backup: what came since is gone.
    const lose = async (): Promise<void> => {
      const floor = `bitShiftLeft(toUInt128(1), 96) + bitShiftLeft(toUInt128(${lsn}), 32)`;
      await engines.warehouse.client.command({
        query: `alter table raw.${SOURCE}__kept delete where _version >= ${floor} settings mutations_sync = 2`,
      });
      const differences = await replicaDifferences({ source: SOURCE, url, client: engines.warehouse.client });
      expect(differences.length).toBeGreaterThan(0);
    };
    const shape = async (): Promise<string> =>
      (
        await queryText(
          engines.warehouse.client,
          `select shape from millrace.positions final where source = '${SOURCE}'`,
        )
      ).trim();
    const shapes = new Set([await shape()]);
    for (const to of [{ lsn }, { timeMs: before - 1 }, 'beginning'] as const) {
      await lose();
      const rewound = await rewind('kept', to);
      expect(rewound.map(({ topic }) => topic)).toEqual([`rewind.${SOURCE}.kept`]);
      expect(rewound[0]?.messages).toBeGreaterThanOrEqual(20);
      if (to !== 'beginning' && 'timeMs' in to) expect(rewound[0]?.messages).toBeLessThan(80);
      expect(
        await settled(),
        JSON.stringify(to, (_key, each) => String(each)),
      ).toEqual([]);
      // The models have to be built anew from the replica.
      await until('another shape', async () => !shapes.has(await shape()));
      shapes.add(await shape());
    }

    // Rows that went while the table was passed over: the log does not say so.
    await capture.capture.pause('public.kept');
    await connection.query('delete from kept where id between 20 and 30');
    await capture.capture.resume('public.kept');
    await until('the table to be built', () =>
      capture.capture.progress().tables.every(({ phase }) => phase === 'streaming'),
    );
    expect(await settled()).toEqual([]);
    await lose();
    expect(await rewind(null, 'beginning')).toHaveLength(2);
    expect(await settled()).toEqual([]);
    await expect(rewind('nobody', 'beginning')).rejects.toMatchObject({ code: 'KAFKA_TOPIC_UNKNOWN' });
    expect(await rewind(null, 'put-aside')).toEqual([]);
    expect(await loader.stop()).toBeNull();
  });
});
