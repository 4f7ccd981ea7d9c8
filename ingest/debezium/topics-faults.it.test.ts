import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { createKafkajs } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import type { DebeziumConfig } from '../../runtime/config/config.ts';
import { checkSourceReadiness } from '../check/check-source.ts';
import { RecordingLog } from '../testing/recording-log.ts';
import { sourceConfig } from '../testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import type { DebeziumTiming } from './debezium-timing.ts';
import { type JsonRow, TopicWriter, type WrittenChange } from './testing/topic-writer.ts';
import { captureTopics, type TopicsCapture, topicsClient, topicsLogger } from './testing/topics-under-test.ts';

const lacking = lackingForTestBroker();
const title = 'topics with faults';

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;
  let running: TopicsCapture | null = null;

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = topicsClient(broker.address);
  }, 120_000);

  afterEach(async () => {
    await running?.stop();
    running = null;
  });

  afterAll(async () => {
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
  });

  interface Scene {
    readonly url: string;
    readonly connection: pg.Client;
    readonly writer: TopicWriter;
    readonly log: RecordingLog;
    /** What happens before a table is built anew, and before it is exchanged; set by tests. */
    readonly hooks: { rebuilding: (table: string) => Promise<void>; exchanging: () => Promise<void> };
    start(debezium?: Partial<DebeziumConfig>, timing?: Partial<DebeziumTiming>): TopicsCapture;
    /** Resolves when everything that was written is handed over. */
    reached(endLsn: bigint): Promise<void>;
    rows(table: string): string[];
    state(table: string): string;
  }

  /** Tables `a` and `b`, with their topics. */
  async function scene(name: string, transactionPartitions = 1): Promise<Scene> {
    const url = await postgres.createDatabase(name);
    const connection = await postgres.connect(name);
    await connection.query('create table a (id int primary key, v text); create table b (id int primary key, v text)');
    const writer = new TopicWriter({ client, prefix: name, partitions: 2, lsn: 1_000n });
    await writer.createTopics(['public.a', 'public.b'], transactionPartitions);
    const hooks: Scene['hooks'] = { rebuilding: async () => {}, exchanging: async () => {} };
    const log = new RecordingLog({
      rebuilding: ({ table }) => hooks.rebuilding(table),
      exchanging: () => hooks.exchanging(),
    });
    return {
      url,
      connection,
      writer,
      log,
      hooks,
      start(debezium = {}, timing = {}) {
        const config = { brokers: [broker.address], prefix: name, ...debezium };
        running = captureTopics({ name, url, log, debezium: config, timing });
        return running;
      },
      async reached(endLsn) {
        await running?.until('it to be handed over', ({ progress }) => progress().receivedLsn >= endLsn);
      },
      rows: (table) =>
        log.recorded
          .rows(table)
          .map((row) => Object.values(row).map(String).join(' '))
          .sort(),
      state(table) {
        const found = running?.capture.progress().tables.find((each) => each.name === table);
        return `${found?.phase} ${found?.code}`;
      },
    };
  }

  const put = (table: string, id: number, v: string, op: 'c' | 'u' = 'c'): WrittenChange => ({
    table,
    op,
    key: { id },
    after: { id, v },
  });
  const seed = (table: string, id: number): { table: string; key: JsonRow; row: JsonRow } => ({
    table,
    key: { id },
    row: { id, v: 'seed' },
  });

  test('quarantines the table of a message that cannot be read, for good, while the others flow on', async () => {
    const { writer, start, reached, rows, state, log } = await scene('unreadable');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    writer.transaction([put('public.a', 2, 'x'), put('public.b', 2, 'x')]);
    writer.raw('public.a', 0, '{"id":9}', '{"before":');
    writer.raw('public.a', 1, '{"id":9}', 'hello');
    const end = writer.transaction([put('public.b', 3, 'y'), put('public.a', 3, 'y')]);
    await writer.flush();
    start();
    await reached(end);
    expect(rows('public.b')).toEqual(['1 seed', '2 x', '3 y']);
    expect(state('public.a')).toBe('quarantined INGEST_DEBEZIUM_MESSAGE_UNREADABLE');
    await running?.stop();
    start();
    const later = writer.transaction([put('public.b', 4, 'z'), put('public.a', 4, 'z')]);
    await writer.flush();
    await reached(later);
    expect(rows('public.b')).toEqual(['1 seed', '2 x', '3 y', '4 z']);
    expect(state('public.a')).toBe('quarantined INGEST_DEBEZIUM_MESSAGE_UNREADABLE');
    expect(log.recorded.state?.behind).toEqual(['public.a']);
    await expect(running?.capture.resync('public.a')).rejects.toMatchObject({
      code: 'INGEST_DEBEZIUM_TABLE_RESYNC_IMPOSSIBLE',
    });
  });

  test('are read anew beside what readers have, with the tables that had stopped, also after a crash', async () => {
    const { writer, connection, start, reached, rows, state, log, hooks } = await scene('anew');
    await connection.query('create table c (id int primary key, v text); create table d (id int primary key, at date)');
    await writer.createTopics(['public.d']);
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    writer.transaction([
      put('public.a', 2, 'x'),
      { table: 'public.d', op: 'c', key: { id: 1 }, after: { id: 1, at: '2024-02-29Z' } },
      put('public.b', 2, 'x'),
    ]);
    const end = writer.transaction([{ table: 'public.a', op: 'd', key: { id: 1 }, before: { id: 1 } }]);
    await writer.flush();
    // The connector writes dates as text, and was said to write them as numbers.
    start();
    await reached(end);
    await running?.capture.pause('public.b');
    expect(rows('public.a')).toEqual(['2 x']);
    expect(state('public.d')).toBe('quarantined INGEST_DEBEZIUM_MESSAGE_UNREADABLE');
    expect(log.recorded.state).toMatchObject({ epoch: 1, behind: ['public.b', 'public.d'] });
    await running?.stop();

    start({ envelope: { time: 'isostring' } });
    await running?.until('it to stream', ({ progress }) => progress().state === 'streaming');
    expect(state('public.d')).toBe('quarantined INGEST_DEBEZIUM_MESSAGE_UNREADABLE');
    hooks.exchanging = async () => {
      // Before the first of them readers have what they had.
      expect(rows('public.a')).toEqual(['2 x']);
      expect(rows('public.d')).toEqual([]);
      throw new Error('killed');
    };
    await running?.capture.resyncSource();
    expect(await running?.ended).toMatchObject({ message: expect.stringContaining('killed') });
    const build = log.recorded.builds.get('public.a');
    expect(log.recorded.state).toMatchObject({ epoch: 2, consistentLsn: null });
    hooks.exchanging = async () => {};
    const later = writer.transaction([put('public.a', 3, 'y'), put('public.b', 3, 'y')]);
    await writer.flush();

    start({ envelope: { time: 'isostring' } });
    expect(log.recorded.builds.get('public.a')).toBe(build);
    await reached(later);
    await running?.until('the tables to be in place', () => log.recorded.state?.consistentLsn !== null);
    expect(rows('public.a')).toEqual(['2 x', '3 y']);
    expect(rows('public.b')).toEqual(['1 seed', '2 x', '3 y']);
    expect(rows('public.d')).toEqual(['1 2024-02-29']);
    // Tables without rows, and without a topic, too.
    expect([...log.recorded.built].sort()).toEqual(['public.a', 'public.b', 'public.c', 'public.d']);
    expect(log.recorded.state?.behind).toEqual([]);
    expect(['public.a', 'public.b', 'public.d'].map(state)).toEqual(Array(3).fill('streaming null'));
    const last = writer.transaction([put('public.a', 4, 'z'), put('public.c', 1, 'z')]);
    await writer.createTopics(['public.c']);
    await writer.flush();
    await reached(last);
    expect(rows('public.a')).toEqual(['2 x', '3 y', '4 z']);
    expect(rows('public.c')).toEqual(['1 z']);
  }, 60_000);

  test('are read anew once more when a table gets another column meanwhile; older rows have NULL in it', async () => {
    const { writer, connection, start, reached, rows, log, hooks } = await scene('widened');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    const end = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(end);
    let isAltered = false;
    hooks.rebuilding = async (table) => {
      if (table !== 'b' || isAltered) return;
      isAltered = true;
      await connection.query('alter table b add column n int');
      await sleep(500); // The catalog is looked at again behind that.
    };
    await running?.capture.resyncSource();
    await running?.until(
      'the tables to be in place',
      () => log.recorded.state?.epoch === 3 && log.recorded.state.consistentLsn !== null,
    );
    const later = writer.transaction([{ table: 'public.b', op: 'c', key: { id: 2 }, after: { id: 2, v: 'x', n: 7 } }]);
    await writer.flush();
    await reached(later);
    expect(log.recorded.state?.epoch).toBe(3);
    expect(rows('public.b')).toEqual(['1 seed null', '2 x 7']);
    expect(rows('public.a')).toEqual(['1 seed', '2 x']);
  }, 60_000);

  test('are read anew with columns that were dropped since, and with a table that was copied later', async () => {
    const { writer, connection, start, reached, rows, state, log } = await scene('history');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    const first = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(first);
    await connection.query('alter table a add column n int');
    const second = writer.transaction([{ table: 'public.a', op: 'c', key: { id: 3 }, after: { id: 3, v: 'y', n: 7 } }]);
    await writer.flush();
    await reached(second);
    await connection.query('alter table a drop column v; create table late (id int primary key, v text)');
    await writer.createTopics(['public.late']);
    const third = writer.transaction([{ table: 'public.a', op: 'u', key: { id: 3 }, after: { id: 3, n: 8 } }]);
    await writer.flush();
    await reached(third);
    writer.copy([seed('public.late', 1)], third);
    const fourth = writer.transaction([put('public.late', 2, 'z')]);
    await writer.flush();
    await reached(fourth);
    await running?.until('both rows', () => rows('public.late').length === 2);
    // What was seen to be dropped is written down.
    await running?.until('the shape to be followed', () =>
      JSON.stringify(log.recorded.state?.snapshot).includes('"former"'),
    );
    await running?.capture.resyncSource();
    await running?.until(
      'the tables to be in place',
      () => log.recorded.state?.epoch === 2 && log.recorded.state.consistentLsn !== null,
    );
    expect(rows('public.a')).toEqual(['1 null', '2 null', '3 8']);
    expect(rows('public.b')).toEqual(['1 seed']);
    expect(rows('public.late')).toEqual(['1 seed', '2 z']);
    expect(['public.a', 'public.b', 'public.late'].map(state)).toEqual(Array(3).fill('streaming null'));
  }, 60_000);

  test('are read from their beginning where a table was copied behind the first transaction', async () => {
    const { writer, start, reached, rows } = await scene('behind');
    writer.copy([seed('public.a', 1)], 1_000n);
    const end = writer.transaction([put('public.a', 2, 'x')]);
    writer.copy([seed('public.b', 1)], end);
    const last = writer.transaction([put('public.b', 2, 'y')]);
    await writer.flush();
    start();
    await reached(last);
    await running?.until('all rows', () => rows('public.b').length === 2);
    expect(rows('public.a')).toEqual(['1 seed', '2 x']);
    expect(rows('public.b')).toEqual(['1 seed', '2 y']);
  });

  test('are not read anew where their beginning is gone: nothing that is captured is given up', async () => {
    const { writer, start, reached, rows, state, log } = await scene('begun');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    const end = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(end);
    await running?.until('it to be written down', ({ progress }) => progress().confirmedLsn >= end);
    const admin = createKafkajs({
      connection: { brokers: [broker.address], clientId: 'test' },
      logger: topicsLogger,
    }).admin();
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: ['begun.transaction'] });
    await admin.deleteTopicRecords({ topic: 'begun.transaction', partitions: [{ partition: 0, offset: '1' }] });
    await admin.disconnect();
    await expect(running?.capture.resyncSource()).rejects.toMatchObject({
      code: 'INGEST_DEBEZIUM_BEGINNING_GONE',
      message: expect.stringContaining('begun.transaction/0 begins at offset 1'),
    });
    const later = writer.transaction([put('public.a', 3, 'y')]);
    await writer.flush();
    await reached(later);
    expect(rows('public.a')).toEqual(['1 seed', '2 x', '3 y']);
    expect(state('public.a')).toBe('streaming null');
    expect(log.recorded.state?.epoch).toBe(1);
  });

  test('quarantines a table whose values are of another format, one without a key, and one that was renamed in', async () => {
    const { writer, connection, start, reached, rows, state } = await scene('formats');
    await connection.query('create table d (id int primary key, at date); create table nokey (v text)');
    await writer.createTopics(['public.d', 'public.nokey']);
    writer.copy([seed('public.a', 1)], 1_000n);
    writer.transaction([
      { table: 'public.d', op: 'c', key: { id: 1 }, after: { id: 1, at: '2024-02-29Z' } },
      { table: 'public.nokey', op: 'c', key: null, after: { v: 'x' } },
      { table: 'public.b', op: 'c', key: { id: 1 }, after: { id: 1, former: 'x' } },
    ]);
    const end = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(end);
    expect(rows('public.a')).toEqual(['1 seed', '2 x']);
    expect(state('public.d')).toBe('quarantined INGEST_DEBEZIUM_MESSAGE_UNREADABLE');
    expect(state('public.nokey')).toBe('quarantined INGEST_DEBEZIUM_TABLE_WITHOUT_KEY');
    expect(state('public.b')).toBe('quarantined INGEST_DEBEZIUM_TABLE_RESHAPED');
  });

  test('follows columns that come and go, and quarantines a table of which one is renamed while it runs', async () => {
    const { writer, connection, start, reached, rows, state } = await scene('columns');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    await writer.flush();
    start();
    await running?.until('the copy', ({ progress }) => progress().state === 'streaming');
    await connection.query('alter table a add column n int; alter table b rename column v to w');
    const end = writer.transaction([{ table: 'public.a', op: 'c', key: { id: 2 }, after: { id: 2, v: 'x', n: 7 } }]);
    await writer.flush();
    await reached(end);
    expect(rows('public.a')).toEqual(['1 seed', '2 x 7']);
    await running?.until(
      'the new name to be seen',
      () => state('public.b') === 'quarantined INGEST_DEBEZIUM_TABLE_RESHAPED',
    );
    await connection.query('alter table a drop column v');
    const later = writer.transaction([{ table: 'public.a', op: 'c', key: { id: 3 }, after: { id: 3, n: 8 } }]);
    await writer.flush();
    await reached(later);
    expect(rows('public.a')).toEqual(['1 seed', '2 x 7', '3 8']);
  });

  test('quarantines a table of which rows are missing, or that was copied a second time', async () => {
    const { writer, start, reached, rows, state } = await scene('missing');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    const from = writer.emitted.length;
    writer.transaction([put('public.a', 2, 'lost'), put('public.b', 2, 'x')]);
    const lost = writer.emitted.findIndex((message, i) => i > from && message.topic === 'missing.public.a');
    writer.emitted.splice(lost, 1);
    const end = writer.transaction([put('public.a', 3, 'y'), put('public.b', 3, 'y')]);
    await writer.flush();
    start();
    await reached(end);
    expect(rows('public.b')).toEqual(['1 seed', '2 x', '3 y']);
    expect(state('public.a')).toBe('quarantined INGEST_DEBEZIUM_ROWS_MISSING');
    writer.copy([seed('public.b', 7)], end);
    await writer.flush();
    await running?.until(
      'the second copy',
      () => state('public.b') === 'quarantined INGEST_DEBEZIUM_SNAPSHOT_REPEATED',
    );
  });

  test('waits for brokers that go away before the copy is known to be whole', async () => {
    const { writer, start, reached, rows } = await scene('copying');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    await writer.flush();
    const { capture } = start({}, { settleMs: 1_500 });
    await sleep(800);
    await broker.kill();
    // The copy's last row was seen, and where the topics end is asked now.
    await running?.until('the failure to be told', () => capture.progress().state === 'retrying');
    await sleep(2_000);
    await broker.start();
    const end = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    await reached(end);
    expect(rows('public.a')).toEqual(['1 seed', '2 x']);
    expect(rows('public.b')).toEqual(['1 seed']);
  }, 60_000);

  test('empties a table when a truncate is the first that comes of it', async () => {
    const { writer, start, reached, rows, state } = await scene('emptied');
    writer.copy([seed('public.a', 1), seed('public.b', 1)], 1_000n);
    const before = writer.transaction([put('public.b', 2, 'x')]);
    await writer.flush();
    start();
    await reached(before);
    await running?.stop();
    const end = writer.transaction([{ table: 'public.a', op: 't', key: null }, put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(end);
    expect(rows('public.a')).toEqual(['2 x']);
    expect(state('public.a')).toBe('streaming null');
  });

  test('stops for its operator when transactions are not told, or their order is not', async () => {
    const without = await scene('without');
    without.writer.copy([seed('public.a', 1)], 1_000n);
    const source = { snapshot: 'false', sequence: '["1","2"]', lsn: 1_001 };
    const message = { before: null, after: { id: 2, v: 'x' }, source, transaction: null, op: 'c' };
    without.writer.raw('public.a', 0, '{"id":2}', JSON.stringify(message));
    await without.writer.flush();
    expect(await without.start().ended).toMatchObject({
      code: 'INGEST_DEBEZIUM_TRANSACTIONS_MISSING',
      policy: 'operator',
    });
    const several = await scene('several', 3);
    expect(await several.start().ended).toMatchObject({ code: 'INGEST_DEBEZIUM_TRANSACTION_TOPIC' });
  });

  test('stops when nothing was copied, unless the configuration says that there was nothing', async () => {
    const { writer, start, reached, rows } = await scene('empty');
    const end = writer.transaction([put('public.a', 1, 'first')]);
    await writer.flush();
    expect(await start().ended).toMatchObject({ code: 'INGEST_DEBEZIUM_SNAPSHOT_MISSING' });
    start({ snapshot: 'none' });
    await reached(end);
    expect(rows('public.a')).toEqual(['1 first']);
    await running?.stop();
    // The same source under another prefix is another one.
    expect(await start({ prefix: 'other' }).ended).toMatchObject({ code: 'INGEST_DEBEZIUM_STATE_FOREIGN' });
  });

  test('takes in tables that are made while it runs, with their first row, also under the name of one that is gone', async () => {
    const { writer, connection, start, reached, rows, state } = await scene('later');
    writer.copy([seed('public.a', 1)], 1_000n);
    // Made and dropped before anybody looked.
    await writer.createTopics(['public.gone']);
    const first = writer.transaction([put('public.gone', 1, 'x'), put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(first);
    expect(rows('public.a')).toEqual(['1 seed', '2 x']);
    expect(state('public.b')).toBe('streaming null');
    await connection.query(
      'create table late (id int primary key, v text); create table gone (id int primary key, v text)',
    );
    await writer.createTopics(['public.late']);
    const end = writer.transaction([put('public.late', 1, 'y'), put('public.gone', 2, 'y')]);
    await writer.flush();
    await reached(end);
    expect(rows('public.late')).toEqual(['1 y']);
    expect(rows('public.gone')).toEqual(['2 y']);
    await connection.query('create table quiet (id int primary key)');
    await running?.until(
      'a table without a topic to be told of',
      () => state('public.quiet') === 'waiting INGEST_DEBEZIUM_TOPIC_MISSING',
    );
  });

  test('goes on by itself when the brokers were away', async () => {
    const { writer, start, reached, rows } = await scene('away');
    writer.copy([seed('public.a', 1)], 1_000n);
    const first = writer.transaction([put('public.a', 2, 'x')]);
    await writer.flush();
    start();
    await reached(first);
    await broker.kill();
    await running?.until(
      'the outage to be told',
      ({ progress }) => progress().state === 'retrying' && progress().lastError?.code === 'KAFKA_UNREACHABLE',
    );
    await broker.start();
    const end = writer.transaction([put('public.a', 3, 'y')]);
    await writer.flush();
    await reached(end);
    expect(rows('public.a')).toEqual(['1 seed', '2 x', '3 y']);
    expect(running?.capture.progress().lastError).toBeNull();
  }, 60_000);

  test('are checked by the catalog alone: no slot, no publication, and keys', async () => {
    const { url, connection } = await scene('checked');
    await connection.query('create table nokey (v text)');
    const debezium = { brokers: [broker.address], prefix: 'checked' };
    const checked = await checkSourceReadiness({ ...sourceConfig('checked', url), debezium }, ['checked']);
    expect(checked.tables).toBe(3);
    expect(checked.findings.map(({ code, table }) => `${code} ${table}`)).toEqual([
      'INGEST_DEBEZIUM_TABLE_WITHOUT_KEY public.nokey',
    ]);
  });
});
