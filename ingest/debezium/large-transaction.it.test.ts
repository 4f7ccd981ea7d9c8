import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { sampleHeap } from '../testing/heap-sampler.ts';
import { RecordingLog } from '../testing/recording-log.ts';
import { startTestPostgres, type TestPostgres } from '../testing/test-postgres.ts';
import { TopicWriter } from './testing/topic-writer.ts';
import { captureTopics, topicsClient } from './testing/topics-under-test.ts';

const ROWS = 200_000;
const MIB = 2 ** 20;
const lacking = lackingForTestBroker();
const title = 'a large transaction in topics';

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let postgres: TestPostgres;
  let client: KafkaClient;

  beforeAll(async () => {
    [broker, postgres] = await Promise.all([startTestBroker(), startTestPostgres()]);
    client = topicsClient(broker.address);
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    await Promise.all([broker?.stop(), postgres?.stop()]);
  });

  test('is handed over whole and in bounded memory when it is many times as large as what is read ahead', async () => {
    const url = await postgres.createDatabase('large');
    const connection = await postgres.connect('large');
    await connection.query('create table a (id int primary key, v text); create table b (id int primary key, v text)');
    const writer = new TopicWriter({ client, prefix: 'large', partitions: 3, lsn: 1_000n });
    await writer.createTopics(['public.a', 'public.b']);
    writer.copy([{ table: 'public.a', key: { id: 0 }, row: { id: 0, v: 'seed' } }], 1_000n);
    const padding = 'x'.repeat(100);
    // First one table, then the other, then both in turn: what is read ahead of one is not wanted for long.
    const tableOf = (i: number): string =>
      i < ROWS / 4 ? 'public.a' : i < ROWS / 2 ? 'public.b' : i % 2 === 0 ? 'public.a' : 'public.b';
    const changes = Array.from({ length: ROWS }, (_, i) => {
      const row = { id: i + 1, v: `${i} ${padding}` };
      return { table: tableOf(i), op: 'c' as const, key: { id: row.id }, after: row };
    });
    const endLsn = writer.transaction(changes);
    for (let i = 0; i <= writer.emitted.length; i += 3_000) await writer.flush(i);
    await writer.flush();
    changes.length = 0;
    writer.emitted.length = 0;

    const log = new RecordingLog({ countOnly: true });
    const sampler = sampleHeap();
    const debezium = { brokers: [broker.address], prefix: 'large' };
    const running = captureTopics({ name: 'large', url, log, debezium, timing: { maxBufferedBytes: 16 * MIB } });
    await running.until('it to be handed over', ({ progress }) => progress().receivedLsn >= endLsn, 60_000);
    const heldMiB = sampler.stop();
    await running.stop();
    expect(log.rowsSeen).toBe(ROWS + 1);
    expect(log.recorded.commits).toEqual([endLsn]);
    expect(heldMiB).toBeLessThan(96);
  }, 120_000);
});
