import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { KAFKA_LIMITS } from '../../changelog/kafka/kafka-limits.ts';
import { HEADER, readVersion } from '../../changelog/kafka/publish/record-writer.ts';
import {
  isOwnBroker,
  lackingForTestBroker,
  startTestBroker,
  type TestBroker,
} from '../../changelog/kafka/testing/test-broker.ts';
import { readCaptureState, readWatermark, type Watermark } from '../../changelog/kafka/watermark.ts';
import { packVersion } from '../../changelog/version.ts';
import { readBook } from '../../ingest/postgres/snapshot/snapshot-book.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { startTestPostgres, type TestPostgres } from '../../ingest/testing/test-postgres.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { captureIntoKafka, testClient } from './kafka-scene.ts';
import { readTopic } from './read-topics.ts';

const lacking = lackingForTestBroker();
const title = 'publishing to Kafka';
const TOPICS = { prefix: '', partitions: 6, replication: 1, settings: {} };

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = testClient(broker.address);
  }, 240_000);

  afterAll(async () => {
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
  });

  async function database(name: string): Promise<{ connection: pg.Client; url: string }> {
    const url = await postgres.createDatabase(name);
    const connection = await postgres.connect(name);
    await connection.query('create table item (id int primary key, n int not null, note text)');
    await connection.query('create table other (id int primary key, item int)');
    await connection.query("insert into item select i, 0, 'snapshot' from generate_series(1, 500) i");
    await connection.query(`create publication ${name}_publication for all tables`);
    return { connection, url };
  }

  /** Rows of a topic as a reader has them who takes the highest version of each key. */
  async function rowsOf(topic: string): Promise<Record<string, unknown>[]> {
    const rows = new Map<string, { version: bigint; row: Record<string, unknown> | null }>();
    let fence = -1n;
    for (const { key, value, headers } of await readTopic(client, topic)) {
      if (value === null) continue;
      const version = packVersion(readVersion(headers[HEADER.version] as Buffer));
      const { op, after } = JSON.parse(value.toString());
      if (op === 't') {
        if (version > fence) fence = version;
        continue;
      }
      const found = rows.get(String(key));
      if (found === undefined || version >= found.version) rows.set(String(key), { version, row: after });
    }
    return [...rows.values()]
      .filter(({ version, row }) => row !== null && version > fence)
      .map(({ row }) => row as Record<string, unknown>)
      .sort((a, b) => Number(a.id) - Number(b.id));
  }

  async function watermarksOf(source: string): Promise<Watermark[]> {
    const messages = await readTopic(client, 'millrace.watermarks');
    return messages
      .filter(({ key }) => key?.toString() === source)
      .map(({ value }) => readWatermark(JSON.parse(String(value))));
  }

  async function sourceRows(connection: pg.Client, table: string): Promise<unknown[]> {
    return (await connection.query(`select * from ${table} order by id`)).rows;
  }

  test('under each watermark every transaction is whole, over all partitions', async () => {
    const { connection, url } = await database('whole');
    const running = captureIntoKafka({
      address: broker.address,
      source: sourceConfig('whole', url),
      log: {
        topics: TOPICS,
        limits: { ...KAFKA_LIMITS, tickMs: 5, maxTickMs: 5, maxBatchBytes: 2000, maxMarkBytes: 8000 },
      },
    });
    await running.caughtUp(connection);
    for (let round = 0; round < 40; round++) {
      await connection.query('begin');
      await connection.query(`update item set n = n + 1 where id % 40 = ${round}`);
      await connection.query(`insert into other select ${round * 100} + i, i from generate_series(1, 30) i`);
      if (round % 10 === 9) await connection.query(`update item set id = id + 1000 where id = ${round + 1}`);
      if (round === 20) await connection.query('truncate other');
      await connection.query(`delete from item where id = ${100 + round}`);
      await connection.query('commit');
    }
    await running.caughtUp(connection);
    await running.stop();

    const watermarks = await watermarksOf('whole');
    expect(watermarks.length).toBeGreaterThan(3);
    const ends = (await readTopic(client, 'whole.transaction'))
      .map(({ value }) => JSON.parse(String(value)))
      .filter(({ status }) => status === 'END')
      .map(({ id, event_count }) => ({ commitLsn: BigInt(id.split(':')[1]), count: Number(event_count) }));
    expect(ends).toHaveLength(40);
    // Where the messages of each transaction stand.
    const messages: { topic: string; partition: number; offset: bigint; commitLsn: bigint; version: bigint }[] = [];
    for (const topic of ['whole.item', 'whole.other']) {
      for (const { partition, next } of await client.offsets(topic)) {
        for (let offset = 0n; offset < next; ) {
          const [fetched] = await client.fetch([{ topic, partition, offset }], { maxBytes: 1 << 20, maxWaitMs: 500 });
          for (const { offset, value, headers } of fetched?.messages ?? []) {
            const version = readVersion(headers[HEADER.version] as Buffer);
            if (value === null || version.ordinal === 0) continue;
            messages.push({ topic, partition, offset, commitLsn: version.commitLsn, version: packVersion(version) });
          }
          offset = fetched?.next ?? next;
        }
      }
    }
    expect(new Set(messages.map(({ partition }) => partition)).size).toBe(6);
    for (const { position, through, offsets } of watermarks) {
      const under = messages.filter(({ topic, partition, offset }) => offset < (offsets[topic]?.[partition] ?? 0n));
      for (const { commitLsn, count } of ends) {
        if (position === null || commitLsn >= position.lsn) continue;
        expect(under.filter((message) => message.commitLsn === commitLsn)).toHaveLength(count);
      }
      expect(messages.filter(({ version }) => version <= through).every((message) => under.includes(message))).toBe(
        true,
      );
    }
    expect(await rowsOf('whole.item')).toEqual(await sourceRows(connection, 'item'));
    expect(await rowsOf('whole.other')).toEqual(await sourceRows(connection, 'other'));
  });

  test('goes on where it was when it ends between the brokers’ answer and the watermark', async () => {
    const { connection, url } = await database('crashing');
    const source = sourceConfig('crashing', url);
    for (const place of ['changelog.published', 'changelog.watermark-written']) {
      armFailpoint(`${place}=fail@3`);
      const running = captureIntoKafka({ address: broker.address, source, log: { topics: TOPICS } });
      let n = 0;
      await until(`a failure at ${place}`, async () => {
        await connection.query(`update item set n = n + 1, note = '${place}' where id = ${(n++ % 500) + 1}`);
        return running.capture.progress().state === 'failed';
      });
      await expect(running.stop()).rejects.toThrow(place);
    }
    armFailpoint(undefined);
    const running = captureIntoKafka({ address: broker.address, source, log: { topics: TOPICS } });
    await running.caughtUp(connection);
    await running.stop();
    expect(await rowsOf('crashing.item')).toEqual(await sourceRows(connection, 'item'));
    const positions = (await watermarksOf('crashing')).map(({ position }) => position?.lsn ?? 0n);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('what is remembered as copied stands under a watermark before: nobody would send it again', async () => {
    const { url } = await database('remembered');
    const running = captureIntoKafka({
      address: broker.address,
      source: sourceConfig('remembered', url),
      // No watermark comes by itself.
      log: { topics: TOPICS, limits: { ...KAFKA_LIMITS, tickMs: 3_600_000 } },
    });
    await until('a first state', () => running.capture.progress().tables.length > 0);
    await until('the table to be remembered', async () => {
      const states = await readTopic(client, 'millrace.capture-states');
      const last = states.findLast(({ key }) => key?.toString() === 'remembered');
      const book = last === undefined ? null : readBook(readCaptureState(JSON.parse(String(last.value))).snapshot);
      return book?.tables['public.item']?.complete === true;
    });
    const [last] = (await watermarksOf('remembered')).slice(-1);
    const under = last?.snapshotOffsets['remembered.item']?.reduce((sum, offset) => sum + offset, 0n);
    expect(under).toBe(500n);
    await running.stop();
  });

  test('rows of a build stand under no watermark that does not name its shape: loaders would take them for given up', async () => {
    const { connection, url } = await database('building');
    const running = captureIntoKafka({
      address: broker.address,
      source: sourceConfig('building', url),
      // Only watermarks that are due by themselves, and those of snapshots.
      log: { topics: TOPICS, limits: { ...KAFKA_LIMITS, tickMs: 500 } },
    });
    await running.caughtUp(connection);
    const copiedOf = ({ snapshotOffsets }: Watermark) =>
      (snapshotOffsets['building.item'] ?? []).reduce((sum, offset) => sum + offset, 0n);
    const first = (await watermarksOf('building')).at(-1) as Watermark;
    await running.capture.resync('public.item');
    const phase = () => running.capture.progress().tables.find(({ name }) => name === 'public.item')?.phase;
    await until('the table to be built', () => phase() === 'streaming');
    await running.stop();
    const later = (await watermarksOf('building')).filter((mark) => copiedOf(mark) > copiedOf(first));
    expect(later.length).toBeGreaterThan(0);
    const numberOf = ({ shapes }: Watermark) => shapes['building.item']?.number ?? 0;
    expect(later.filter((mark) => numberOf(mark) <= numberOf(first))).toEqual([]);
  });

  test('a row that its topic does not take stops its table, with a code, and no other', async () => {
    const { connection, url } = await database('large');
    const running = captureIntoKafka({
      address: broker.address,
      source: sourceConfig('large', url),
      log: { topics: { ...TOPICS, settings: { 'max.message.bytes': '20000' } }, compression: 'none' },
    });
    await running.caughtUp(connection);
    await connection.query("insert into item values (9001, 1, repeat('x', 50000))");
    await connection.query('insert into other values (1, 9001)');
    await until('the table to be stopped', () =>
      running.capture
        .progress()
        .tables.some(({ name, code }) => name === 'public.item' && code === 'KAFKA_MESSAGE_TOO_LARGE'),
    );
    await connection.query('insert into other values (2, 9001)');
    await running.caughtUp(connection);
    await running.stop();
    expect(await rowsOf('large.other')).toEqual(await sourceRows(connection, 'other'));
  });

  test.skipIf(!isOwnBroker())('waits while the broker is gone, with bounded memory, and loses nothing', async () => {
    const { connection, url } = await database('outage');
    const limits = { ...KAFKA_LIMITS, maxPendingBytes: 1 << 20 };
    const running = captureIntoKafka({
      address: broker.address,
      source: sourceConfig('outage', url),
      log: { topics: TOPICS, limits },
    });
    await running.caughtUp(connection);
    const confirmed = async (): Promise<bigint> => {
      const { rows } = await connection.query(
        "select confirmed_flush_lsn - '0/0' as lsn from pg_replication_slots where slot_name = 'millrace_outage'",
      );
      return BigInt(rows[0].lsn);
    };
    await broker.kill();
    const { rows } = await connection.query("select pg_current_wal_insert_lsn() - '0/0' as lsn");
    for (let round = 0; round < 20; round++) {
      await connection.query(
        `insert into item select ${round * 1000 + 10_000} + i, i, repeat('y', 300) from generate_series(1, 1000) i`,
      );
    }
    const receivedAt = (): bigint => running.capture.progress().receivedLsn;
    let before = -1n;
    await until('reading to stop', async () => {
      const stood = before === receivedAt();
      before = receivedAt();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return stood;
    });
    // 20,000 rows of 500 bytes are ten times what may wait.
    const handedOver = Number(receivedAt() - BigInt(rows[0].lsn));
    expect(handedOver).toBeLessThan(6 << 20);
    expect(await confirmed()).toBeLessThanOrEqual(BigInt(rows[0].lsn));
    await broker.start();
    await running.caughtUp(connection);
    await running.stop();
    expect(await rowsOf('outage.item')).toEqual(await sourceRows(connection, 'item'));
  });
});
