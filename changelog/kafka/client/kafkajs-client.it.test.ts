import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from '../records/record-batch.ts';
import { limitReading } from '../testing/client-quotas.ts';
import { isOwnBroker, lackingForTestBroker, startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import type { KafkaClient } from './kafka-client.ts';
import { createKafkajsClient } from './kafkajs-client.ts';

const lacking = lackingForTestBroker();
const title = lacking === null ? 'kafkajs client' : `kafkajs client (skipped: ${lacking})`;
const logger = createLogger({ name: 'kafka-test', level: process.env.KAFKA_TEST_LOG ?? 'silent' });

function batchOf(messages: readonly { key: string | null; value: string | null; headers?: Record<string, string> }[]) {
  const builder = new RecordBatchBuilder({ baseTimestampMs: 1_700_000_000_000, initialBytes: 64 });
  for (const { key, value, headers = {} } of messages) {
    const out = new ByteSink(16);
    if (key !== null) out.append(Buffer.from(key));
    if (value !== null) out.append(Buffer.from(value));
    const before = out.length;
    const entries = Object.entries(headers);
    writeHeaders(
      out,
      entries.map(([name, text]) => ({ name: Buffer.from(name), value: Buffer.from(text) })),
    );
    const length = (text: string | null): number => (text === null ? -1 : Buffer.byteLength(text));
    builder.add(out.written(), 0, length(key), length(value), out.length - before);
  }
  return builder;
}

async function readAll(client: KafkaClient, topic: string, partition: number) {
  const end = (await client.offsets(topic))[partition]?.next ?? 0n;
  const messages = [];
  for (let offset = 0n; offset < end; ) {
    const [fetched] = await client.fetch([{ topic, partition, offset }], { maxBytes: 1 << 20, maxWaitMs: 500 });
    messages.push(...(fetched?.messages ?? []));
    offset = fetched?.next ?? offset;
  }
  return messages;
}

describe.skipIf(lacking !== null)(title, () => {
  let broker: TestBroker;
  let client: KafkaClient;
  const prefix = `client-${process.pid}-${Math.floor(performance.now())}`;

  beforeAll(async () => {
    // Rates are of the last two seconds: whoever is throttled waits no longer.
    broker = await startTestBroker({ 'quota.window.num': '2' });
    client = createKafkajsClient({ connection: { brokers: [broker.address], clientId: 'test' }, logger });
  });
  afterAll(async () => {
    await client?.close();
    await broker?.stop();
  });

  test('creates a topic that is missing and leaves one that is there as it is', async () => {
    const topic = `${prefix}.made`;
    const spec = { topic, partitions: 3, replication: 1, settings: { 'max.message.bytes': '2000000' } };
    const [made] = await client.ensureTopics([spec]);
    expect(made).toMatchObject({
      topic,
      partitions: 3,
      replication: 1,
      maxMessageBytes: 2_000_000,
      cleanup: 'delete',
      settings: { 'max.message.bytes': '2000000', 'retention.ms': '604800000', 'min.insync.replicas': '1' },
    });
    const [found] = await client.ensureTopics([{ ...spec, partitions: 6, settings: { 'cleanup.policy': 'compact' } }]);
    expect(found).toEqual(made);
  });

  test('what a Java broker stores of our batches is what was put in, compressed or not', async () => {
    const topic = `${prefix}.batches`;
    await client.ensureTopics([{ topic, partitions: 2, replication: 1, settings: {} }]);
    const messages = [
      { key: '{"id":1}', value: 'x'.repeat(70_000), headers: { a: 'ä', b: '' } },
      { key: null, value: '{}' },
      { key: '{"id":2}', value: null, headers: { only: 'this' } },
      { key: '', value: '' },
    ];
    const answers = await client.produce([
      { topic, partition: 0, bytes: await batchOf(messages).seal('zstd') },
      { topic, partition: 1, bytes: await batchOf(messages).seal('none') },
    ]);
    expect(answers).toEqual([
      { baseOffset: 0n, error: null },
      { baseOffset: 0n, error: null },
    ]);
    const [again] = await client.produce([{ topic, partition: 0, bytes: await batchOf(messages).seal('zstd') }]);
    expect(again).toEqual({ baseOffset: 4n, error: null });
    for (const partition of [0, 1]) {
      const read = (await readAll(client, topic, partition)).slice(0, 4);
      const texts = read.map(({ key, value, headers }) => ({
        key: key === null ? null : key.toString(),
        value: value === null ? null : value.toString(),
        headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()])),
      }));
      expect(texts).toEqual(messages.map((message) => ({ headers: {}, ...message })));
      expect(read.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]);
      expect(read[0]?.timestampMs).toBe(1_700_000_000_000);
    }
  });

  test('reads what others wrote, compressed by them, without the transactions that were given up', async () => {
    const topic = `${prefix}.theirs`;
    await client.ensureTopics([{ topic, partitions: 1, replication: 1, settings: {} }]);
    const kafka = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const send = async (value: string, end: 'commit' | 'abort'): Promise<void> => {
      const transaction = await producer.transaction();
      const messages = [1, 2, 3].map((n) => ({
        key: `${n}`,
        value: `${value} ${n} `.repeat(100),
        headers: { h: value },
      }));
      await transaction.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP });
      await transaction[end]();
    };
    await send('first', 'commit');
    await send('given up', 'abort');
    await send('second', 'commit');
    await producer.disconnect();
    const messages = await readAll(client, topic, 0);
    expect(messages.map(({ offset, value }) => [Number(offset), String(value).slice(0, 8)])).toEqual([
      [0, 'first 1 '],
      [1, 'first 2 '],
      [2, 'first 3 '],
      [8, 'second 1'],
      [9, 'second 2'],
      [10, 'second 3'],
    ]);
    expect(messages[0]?.headers).toEqual({ h: Buffer.from('first') });
    expect(Math.abs((messages[0]?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('answers for each batch: what is too large, and what is not', async () => {
    const topic = `${prefix}.large`;
    await client.ensureTopics([{ topic, partitions: 2, replication: 1, settings: { 'max.message.bytes': '1000' } }]);
    const large = batchOf([{ key: null, value: 'x'.repeat(2000) }]);
    const answers = await client.produce([
      { topic, partition: 0, bytes: await large.seal('none') },
      { topic, partition: 1, bytes: await batchOf([{ key: null, value: 'y' }]).seal('none') },
    ]);
    expect(answers.map(({ error }) => error?.code ?? null)).toEqual(['KAFKA_MESSAGE_TOO_LARGE', null]);
  });

  test('a topic that is not there, or not any more, hinders no other', async () => {
    const [there, gone] = [`${prefix}.there`, `${prefix}.gone`];
    const spec = (topic: string) => ({ topic, partitions: 1, replication: 1, settings: {} });
    await client.ensureTopics([spec(there), spec(gone)]);
    const bytes = await batchOf([{ key: null, value: 'y' }]).seal('none');
    const batch = (topic: string, partition = 0) => ({ topic, partition, bytes });
    await client.produce([batch(there), batch(gone)]);
    await client.offsets(gone);
    const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [gone] });
    await admin.disconnect();

    const codes = async (batches: ReturnType<typeof batch>[]): Promise<(string | null)[]> =>
      (await client.produce(batches)).map(({ error }) => error?.code ?? null);
    const missing = 'KAFKA_TOPIC_MISSING';
    await expect.poll(() => codes([batch(there), batch(gone)])).toEqual([null, missing]);
    expect(await codes([batch(`${prefix}.nowhere`), batch(there), batch(there, 7)])).toEqual([missing, null, missing]);
    expect((await client.offsets(there))[0]?.next).toBeGreaterThanOrEqual(3n);
    await expect(client.offsets(gone)).rejects.toThrow(missing);
    const from = (topic: string) => ({ topic, partition: 0, offset: 0n });
    const fetched = await client.fetch([from(gone), from(there)], { maxBytes: 1 << 20, maxWaitMs: 100 });
    expect(fetched.map(({ topic }) => topic)).toEqual([there]);
    await expect(client.fetch([from(gone)], { maxBytes: 1 << 20, maxWaitMs: 100 })).rejects.toThrow(missing);
    const past = client.fetch([{ ...from(there), offset: 10_000n }], { maxBytes: 1 << 20, maxWaitMs: 100 });
    await expect(past).rejects.toThrow('KAFKA_MESSAGES_GONE');
    // Another one of that name.
    await client.ensureTopics([spec(gone)]);
    await expect.poll(() => codes([batch(gone)])).toEqual([null]);
  });

  test('tells why a topic cannot be created', async () => {
    const spec = { topic: `${prefix}.impossible`, partitions: 1, replication: 3, settings: {} };
    await expect(client.ensureTopics([spec])).rejects.toThrow(
      new RegExp(`KAFKA_TOPIC_REFUSED: Create on topic ${spec.topic}`),
    );
    const odd = { ...spec, replication: 1, settings: { 'cleanup.policy': 'sometimes' } };
    await expect(client.ensureTopics([odd])).rejects.toThrow('KAFKA_TOPIC_REFUSED');
  });

  test('answers every one of many first requests at once', async () => {
    const topic = `${prefix}.first`;
    await client.ensureTopics([{ topic, partitions: 1, replication: 1, settings: {} }]);
    const batch = { topic, partition: 0, bytes: await batchOf([{ key: null, value: 'y' }]).seal('none') };
    await client.produce([batch]);
    const fresh = createKafkajsClient({ connection: { brokers: [broker.address], clientId: 'test' }, logger });
    const startedAt = performance.now();
    const position = [{ topic, partition: 0, offset: 0n }];
    const fetches = Array.from({ length: 8 }, () => fresh.fetch(position, { maxBytes: 1 << 20, maxWaitMs: 100 }));
    const produces = Array.from({ length: 8 }, () => fresh.produce([batch]));
    for (const [answer] of await Promise.all(produces)) expect(answer?.error).toBeNull();
    for (const [fetched] of await Promise.all(fetches)) expect(fetched?.messages.length).toBeGreaterThan(0);
    // A lost answer is given up after 30 seconds.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    await fresh.close();
  });

  test.skipIf(!isOwnBroker())('a broker that throttles does not pass for one that has nothing', async () => {
    const topic = `${prefix}.throttled`;
    await client.ensureTopics([{ topic, partitions: 1, replication: 1, settings: {} }]);
    const values = Array.from({ length: 6 }, (_, n) => `${n} ${'x'.repeat(8_000)}`);
    for (const value of values) {
      await client.produce([{ topic, partition: 0, bytes: await batchOf([{ key: null, value }]).seal('none') }]);
    }
    await limitReading(broker.address, 24_000);
    try {
      let throttled = 0;
      const readers = Array.from({ length: 2 }, async () => {
        const found: string[] = [];
        while (found.length < values.length) {
          const startedAt = performance.now();
          const position = { topic, partition: 0, offset: BigInt(found.length) };
          const [fetched] = await client.fetch([position], { maxBytes: 1, maxPartitionBytes: 1, maxWaitMs: 100 });
          if (performance.now() - startedAt > 200) throttled++;
          if (fetched === undefined) throw new Error('left out');
          for (const { value } of fetched.messages) found.push(String(value));
          expect(fetched.next).toBe(BigInt(found.length));
          expect(found.length).toBeGreaterThan(Number(position.offset));
        }
        return found;
      });
      for (const found of await Promise.all(readers)) expect(found).toEqual(values);
      expect(throttled).toBeGreaterThan(0);
    } finally {
      await limitReading(broker.address, null);
    }
  });

  test.skipIf(!isOwnBroker())('goes on by itself after the broker was killed and started again', async () => {
    const topic = `${prefix}.killed`;
    await client.ensureTopics([{ topic, partitions: 1, replication: 1, settings: {} }]);
    const batch = { topic, partition: 0, bytes: await batchOf([{ key: null, value: 'y' }]).seal('none') };
    await client.produce([batch]);
    await broker.kill();
    const [down] = await client.produce([batch]);
    expect(down?.error?.code).toBe('KAFKA_UNREACHABLE');
    await broker.start();
    await expect
      .poll(async () => (await client.produce([batch]))[0]?.error ?? null, { timeout: 30_000, interval: 100 })
      .toBeNull();
    expect((await client.offsets(topic))[0]?.next).toBeGreaterThanOrEqual(2n);
  });
});
