import kafkajs from 'kafkajs';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KAFKA_LIMITS } from '../../changelog/kafka/kafka-limits.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import {
  queryText,
  startTemporaryWarehouse,
  type TemporaryWarehouse,
} from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { type CaptureIntoKafka, captureIntoKafka } from './kafka-scene.ts';
import { type LoaderUnderTest, loadedUpTo, startLoader } from './loading-scene.ts';

const lacking = lackingForTestBroker();
const title = 'topics that somebody else changes';
/** A topic that was just made is known at once: there is one broker. */
const LIMITS = { ...KAFKA_LIMITS, missingMs: 500 };
const TOPICS = { prefix: '', partitions: 3, replication: 1, settings: {} };

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let warehouse: TemporaryWarehouse;
  let admin: kafkajs.Admin;

  beforeAll(async () => {
    [broker, postgres, warehouse] = await Promise.all([
      startTestBroker(),
      startTestPostgres(),
      startTemporaryWarehouse(),
    ]);
    admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, 240_000);

  afterAll(async () => {
    await admin?.disconnect();
    await Promise.all([broker?.stop(), postgres?.stop(), warehouse?.stop()]);
  });

  interface Scene {
    readonly name: string;
    readonly connection: pg.Client;
    /** Codes of what loading has failed with. */
    readonly told: string[];
    capture(): CaptureIntoKafka;
    startCapture(options?: { resync?: boolean }): void;
    startLoader(): LoaderUnderTest;
    /** Waits until replicas equal the source; answers what differs if they never do. */
    differences(): Promise<string[]>;
    codeOf(table: string): string | null;
    phaseOf(table: string): string | undefined;
  }

  async function open(name: string, settings: Record<string, string> = {}): Promise<Scene> {
    const topics = { ...TOPICS, settings };
    const url = await postgres.createDatabase(name);
    const connection = await postgres.connect(name);
    await connection.query(`
      create table item (id int primary key, n int not null);
      create table other (id int primary key, n int not null);
      create table bare (id int primary key);
      insert into item select i, 0 from generate_series(1, 100) i;
      insert into other select i, 0 from generate_series(1, 100) i;
      create publication ${name}_publication for all tables`);
    const told: string[] = [];
    let capture: CaptureIntoKafka | null = null;
    const running = (): CaptureIntoKafka => {
      if (capture === null) throw new Error('no capture runs');
      return capture;
    };
    return {
      name,
      connection,
      told,
      capture: running,
      startCapture(options = {}) {
        const source = sourceConfig(name, url);
        capture = captureIntoKafka({ address: broker.address, source, log: { topics, limits: LIMITS }, ...options });
      },
      startLoader: () =>
        startLoader({
          address: broker.address,
          warehouse: warehouse.client,
          source: name,
          topics,
          onTableFailure: async ({ schema, table }, failure) => {
            told.push(failure.code);
            // As the command does it by way of the warehouse.
            await running().capture.resync(`${schema}.${table}`);
          },
        }),
      async differences() {
        await running().caughtUp(connection);
        await loadedUpTo(warehouse.client, name, connection);
        let differences: string[] = [];
        await until('the replicas to equal the source', async () => {
          differences = await replicaDifferences({ source: name, url, client: warehouse.client });
          return differences.length === 0;
        }).catch(() => {});
        return differences;
      },
      phaseOf: (table) =>
        running()
          .capture.progress()
          .tables.find(({ name: each }) => each === table)?.phase,
      codeOf: (table) =>
        running()
          .capture.progress()
          .tables.find(({ name: each }) => each === table)?.code ?? null,
    };
  }

  async function endsOf(topic: string): Promise<{ partition: number; offset: string }[]> {
    return (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({ partition, offset: high }));
  }

  test('messages that were deleted before they were loaded are told of, and the table is copied anew', async () => {
    const scene = await open('gone');
    scene.startCapture();
    const first = scene.startLoader();
    expect(await scene.differences()).toEqual([]);

    // While no loader runs: as retention does it.
    expect(await first.stop()).toBeNull();
    await scene.connection.query('update item set n = 1 where id <= 50; delete from item where id = 60');
    await scene.capture().caughtUp(scene.connection);
    await admin.deleteTopicRecords({ topic: 'gone.item', partitions: await endsOf('gone.item') });
    const second = scene.startLoader();
    await until('the loss to be told', () => scene.told.includes('KAFKA_MESSAGES_GONE'));
    await scene.connection.query('update other set n = 2; update item set n = 3 where id = 1');
    expect(await scene.differences()).toEqual([]);
    expect(scene.told).toEqual(['KAFKA_MESSAGES_GONE']);

    // A table that never had a row.
    await scene.capture().capture.resync('public.bare');
    await until('it to be exchanged', () => scene.phaseOf('public.bare') === 'streaming');
    expect(await scene.differences()).toEqual([]);
    expect(await second.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('the topic of a table that was dropped may go as well: nobody waits for it', async () => {
    const scene = await open('dropped');
    scene.startCapture();
    const first = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    await scene.connection.query('drop table other; update item set n = 1');
    expect(await scene.differences()).toEqual([]);
    expect(await first.stop()).toBeNull();
    await admin.deleteTopics({ topics: ['dropped.other'] });
    const second = scene.startLoader();
    await scene.connection.query('update item set n = 2');
    expect(await scene.differences()).toEqual([]);
    expect(scene.told).toEqual([]);
    expect(await second.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('messages that are deleted ahead of a loader that runs are told of as well', async () => {
    const scene = await open('ahead');
    scene.startCapture();
    const loader = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    // Faster than it reads.
    let round = 0;
    await until('the loss to be told', async () => {
      round++;
      await scene.connection.query(`update item set n = ${round}`);
      const ends = await endsOf('ahead.item');
      await admin.deleteTopicRecords({ topic: 'ahead.item', partitions: ends }).catch(() => {});
      return scene.told.length > 0;
    });
    expect(scene.told[0]).toBe('KAFKA_MESSAGES_GONE');
    expect(await scene.differences()).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('a topic that is deleted, or deleted and created anew, begins anew and so does its table; no other is hindered', async () => {
    const scene = await open('lost');
    scene.startCapture();
    const loader = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    await admin.deleteTopics({ topics: ['lost.item'] });
    await scene.connection.query('update item set n = 4 where id < 50');
    await until('the loss to be told', () => scene.codeOf('public.item') === 'KAFKA_TOPIC_LOST');
    await scene.connection.query('update other set n = 5');
    expect(await scene.differences()).toEqual([]);
    expect(await endsOf('lost.item')).toHaveLength(3);

    // Another one in its place, with fewer partitions, between two writes.
    await admin.deleteTopics({ topics: ['lost.other'] });
    await until('it to be created again', () =>
      admin
        .createTopics({ waitForLeaders: true, topics: [{ topic: 'lost.other', numPartitions: 2 }] })
        .catch(() => false),
    );
    await scene.connection.query('update other set n = 6; delete from other where id = 7');
    await until('the loss to be told', () => scene.codeOf('public.other') === 'KAFKA_TOPIC_LOST');
    expect(await scene.differences()).toEqual([]);

    // While nobody looks.
    await scene.capture().stop();
    await admin.deleteTopics({ topics: ['lost.item', 'lost.transaction'] });
    await scene.connection.query('update item set n = 8 where id < 50');
    scene.startCapture();
    expect(await scene.differences()).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('partitions that are added are not used: no key comes to be in two', async () => {
    const scene = await open('added');
    scene.startCapture();
    const loader = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    await admin.createPartitions({ topicPartitions: [{ topic: 'added.item', count: 7 }] });
    await scene.connection.query('update item set n = n + 1');
    expect(await scene.differences()).toEqual([]);
    await scene.capture().stop();
    scene.startCapture();
    await scene.connection.query('update item set n = n + 1; delete from item where id = 5');
    expect(await scene.differences()).toEqual([]);
    expect(
      (await endsOf('added.item')).filter(({ offset }) => offset !== '0').map(({ partition }) => partition),
    ).toEqual(expect.not.arrayContaining([3, 4, 5, 6]));
    expect(scene.codeOf('public.item')).toBeNull();
    expect(await loader.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('a topic that is compacted as configured takes truncates', async () => {
    const scene = await open('compacted', { 'cleanup.policy': 'compact' });
    scene.startCapture();
    const loader = scene.startLoader();
    await scene.connection.query('update item set n = 1; truncate other; insert into other values (1, 1)');
    expect(await scene.differences()).toEqual([]);
    expect(await loader.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('a table’s topic with settings that would lose rows stops that table alone', async () => {
    const compact = [{ name: 'cleanup.policy', value: 'compact' }];
    const there = { topic: 'unsuitable.item', numPartitions: 3, configEntries: compact };
    await admin.createTopics({ waitForLeaders: true, topics: [there] });
    const scene = await open('unsuitable');
    scene.startCapture();
    const loader = scene.startLoader();
    await until('the table to be stopped', () => scene.codeOf('public.item') === 'KAFKA_TOPIC_UNSUITABLE');
    const table = scene
      .capture()
      .capture.progress()
      .tables.find(({ name }) => name === 'public.item');
    expect(table?.detail).toContain('unsuitable.item: cleanup.policy is compact, wanted is delete');
    await scene.connection.query('update other set n = 2');
    await scene.capture().caughtUp(scene.connection);
    const loaded = 'select count() from raw.unsuitable__other final where n = 2';
    await until(
      'the other table to be loaded',
      async () => (await queryText(warehouse.client, loaded).catch(() => '')).trim() === '100',
    );
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'unsuitable.item', configNames: ['cleanup.policy'] },
      ],
    });
    expect(resources[0]?.configEntries[0]?.configValue).toBe('compact');
    expect(await loader.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('a source of which the watermarks were deleted says so, and is whole again when it was copied anew', async () => {
    const scene = await open('unmarked');
    scene.startCapture();
    const loader = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    await scene.capture().stop();
    // What no loader has seen, and will not see.
    await scene.connection.query('update item set n = 9 where id > 50; delete from other where id = 1');
    await admin.deleteTopics({ topics: ['millrace.watermarks'] });
    scene.startCapture();
    await until('the loss to be told', () => scene.capture().capture.progress().state === 'failed');
    expect(scene.capture().capture.progress().lastError?.code).toBe('INGEST_LOG_INCOMPLETE');
    await expect(scene.capture().stop()).rejects.toThrow('INGEST_LOG_INCOMPLETE');
    expect(await loader.stop()).toBeNull();

    // `millrace sources resync`
    scene.startCapture({ resync: true });
    const next = scene.startLoader();
    expect(await scene.differences()).toEqual([]);
    await scene.connection.query('update item set n = 10 where id > 90');
    expect(await scene.differences()).toEqual([]);
    expect(await next.stop()).toBeNull();
    await scene.capture().stop();
  });

  test('a source is not begun anew by itself when what capture remembered of it was deleted', async () => {
    const scene = await open('forgotten');
    scene.startCapture();
    await scene.capture().caughtUp(scene.connection);
    await scene.capture().stop();
    await admin.deleteTopics({ topics: ['millrace.capture-states'] });
    scene.startCapture();
    await until('the loss to be told', () => scene.capture().capture.progress().state === 'failed');
    await expect(scene.capture().stop()).rejects.toThrow('KAFKA_STATE_GONE');
  });

  test('a topic of Millrace that is created anew while it runs is told of', async () => {
    const scene = await open('running');
    scene.startCapture();
    await scene.capture().caughtUp(scene.connection);
    await admin.deleteTopics({ topics: ['millrace.watermarks'] });
    await scene.connection.query('update item set n = 1');
    await until('the loss to be told', () => scene.capture().capture.progress().state === 'failed');
    expect(scene.capture().capture.progress().lastError?.code).toBe('KAFKA_STATE_GONE');
    await scene
      .capture()
      .stop()
      .catch(() => {});
  });
});
