import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { createCompactTopic } from '../../changelog/kafka/compact-topic.ts';
import { HEADER } from '../../changelog/kafka/publish/record-writer.ts';
import { ByteSink } from '../../changelog/kafka/records/byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from '../../changelog/kafka/records/record-batch.ts';
import { relationKey } from '../../changelog/kafka/relation-record.ts';
import { rewindTopics } from '../../changelog/kafka/rewind.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { replicaDifferences } from '../harness/compare-replicas.ts';
import { captureIntoKafka, testClient, testLogger } from './kafka-scene.ts';
import { loadedUpTo, startLoader } from './loading-scene.ts';
import { describeOverKafka } from './over-kafka.ts';
import { readTopic } from './read-topics.ts';

const title = 'messages that cannot be read';
const TOPICS = { prefix: 'rejected.', partitions: 2, replication: 1, settings: {} };
const TOPIC = 'rejected.poison.t';

describeOverKafka(title, (engines) => {
  let client: KafkaClient;

  beforeAll(() => {
    client = testClient(engines.broker.address);
  });

  afterAll(async () => {
    await client?.close();
  });

  /** As a stranger does it, or a version of tomorrow. */
  async function write(message: { key: string | null; value: string; headers: Record<string, Buffer> }): Promise<void> {
    const key = Buffer.from(message.key ?? '');
    const value = Buffer.from(message.value);
    const out = new ByteSink(1024);
    out.append(key);
    out.append(value);
    const before = out.length;
    writeHeaders(
      out,
      Object.entries(message.headers).map(([name, bytes]) => ({ name: Buffer.from(name), value: bytes })),
    );
    const builder = new RecordBatchBuilder({ baseTimestampMs: 1_700_000_000_000, initialBytes: 1024 });
    builder.add(out.bytes, 0, message.key === null ? -1 : key.length, value.length, out.length - before);
    const [answer] = await client.produce([{ topic: TOPIC, partition: 1, bytes: await builder.seal('none') }]);
    expect(answer?.error).toBeNull();
  }

  test('go to a topic of their own, in full and with the reason; the rest flows on, also after a start', async () => {
    const url = await engines.postgres.createDatabase('poison');
    const connection = await engines.postgres.connect('poison');
    await connection.query(`
      create table t (id int primary key, v text);
      insert into t select i, 'v' || i from generate_series(1, 20) i;
      create publication poison_publication for all tables`);
    const log = { topics: TOPICS };
    const capture = captureIntoKafka({ address: engines.broker.address, source: sourceConfig('poison', url), log });
    await capture.caughtUp(connection);
    const [ours] = (await readTopic(client, TOPIC)).filter(({ value }) => value !== null);
    const relation = ours?.headers[HEADER.relation] as Buffer;
    const version = Buffer.from(ours?.headers[HEADER.version] as Buffer);
    version.writeUInt32BE(7, 12);

    await write({ key: null, value: 'hello', headers: {} });
    await write({
      key: '{"id":1}',
      value: '{"before":',
      headers: { [HEADER.version]: version, [HEADER.relation]: relation },
    });
    version.writeUInt32BE(8, 12);
    // What a newer version writes, in a shape that this one does not know.
    const odd = (await readTopic(client, TOPIC)).find(({ key }) => key?.toString() === '{"id":3}');
    const value = odd?.value?.toString().replace('"v":"v3"', '"v":"of tomorrow"').replace('"op":"r"', '"op":"u"') ?? '';
    const tomorrow = { [HEADER.version]: version, [HEADER.relation]: Buffer.from('tomorrow') };
    await write({ key: '{"id":3}', value, headers: tomorrow });
    await write({
      key: '{"id":2}',
      value: '{}',
      headers: { [HEADER.version]: Buffer.from('short'), [HEADER.relation]: relation },
    });
    await connection.query(
      "update t set v = 'after' where id % 2 = 0; insert into t select i, 'new' from generate_series(100, 130) i",
    );
    await capture.caughtUp(connection);

    const options = {
      address: engines.broker.address,
      warehouse: engines.warehouse.client,
      source: 'poison',
      topics: TOPICS,
    };
    const onTableFailure = (): Promise<void> => Promise.reject(new Error('no table fails here'));
    const loader = startLoader({ ...options, onTableFailure });
    await Promise.race([
      loadedUpTo(engines.warehouse.client, 'poison', connection),
      loader.ended.then((error) => Promise.reject(error)),
    ]);
    expect(await replicaDifferences({ source: 'poison', url, client: engines.warehouse.client })).toEqual([]);

    const aside = await readTopic(client, `${TOPIC}.dlq`);
    const told = aside.map(({ key, value, headers }) => [
      key?.toString() ?? null,
      value?.toString() ?? null,
      headers['millrace.rejected.topic']?.toString(),
      headers['millrace.rejected.partition']?.toString(),
      headers['millrace.rejected.code']?.toString(),
    ]);
    const of = [TOPIC, '1', 'KAFKA_MESSAGE_UNREADABLE'];
    expect(told.sort()).toEqual(
      [
        [null, 'hello', ...of],
        ['{"id":1}', '{"before":', ...of],
        ['{"id":3}', value, ...of],
        ['{"id":2}', '{}', ...of],
      ].sort(),
    );
    const reasons = aside.map(({ headers }) => headers['millrace.rejected.reason']?.toString());
    expect(reasons).toContain('not a message of Millrace');
    expect(reasons).toContain('relation tomorrow is not on record');
    const offsets = aside.map(({ headers }) => Number(headers['millrace.rejected.offset']?.toString()));
    expect(new Set(offsets).size).toBe(4);
    const kept = aside.find(({ value }) => value?.toString() === '{"before":');
    expect(kept?.headers[HEADER.relation]).toEqual(relation);
    expect(kept?.headers['millrace.rejected.timestamp']?.toString()).toBe('1700000000000');
    const counted = 'select rejected from millrace.loader_progress final';
    expect((await queryText(engines.warehouse.client, counted)).trim()).toBe('4');

    expect(await loader.stop()).toBeNull();
    const next = startLoader({ ...options, onTableFailure });
    await connection.query("update t set v = 'later' where id = 100");
    await capture.caughtUp(connection);
    await until(
      'the next loader to load',
      async () => (await replicaDifferences({ source: 'poison', url, client: engines.warehouse.client })).length === 0,
    );
    expect(await readTopic(client, `${TOPIC}.dlq`)).toHaveLength(4);

    // The newer version has told of the shape.
    const waiting = { logger: testLogger, signal: AbortSignal.timeout(60_000) };
    const relations = createCompactTopic({ client, topic: 'rejected.millrace.relations', ...waiting });
    const record = (await relations.load()).get(relationKey('poison', relation.toString()));
    await relations.put(relationKey('poison', 'tomorrow'), { ...(record as object), id: 'tomorrow' });
    const replay = () =>
      rewindTopics({ client, topics: TOPICS, source: 'poison', table: 't', to: 'put-aside', ...waiting });
    expect((await replay()).map(({ topic }) => topic)).toEqual([TOPIC]);
    await until('it to be loaded', async () =>
      (await queryText(engines.warehouse.client, 'select v from raw.poison__t final where id = 3')).includes(
        'of tomorrow',
      ),
    );
    // What is none of ours is put aside once more; what was replayed is not replayed again.
    await until('the others', async () => (await readTopic(client, `${TOPIC}.dlq`)).length === 7);
    expect(await next.stop()).toBeNull();
    expect((await replay())[0]?.topic).toBe(TOPIC);
    expect(await replay()).toEqual([]);
    await capture.stop();
  });
});
