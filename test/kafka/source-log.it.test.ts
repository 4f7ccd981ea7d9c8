import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import type { SourceLog, TableBuild } from '../../changelog/change-log.ts';
import type { KafkaClient, ProduceAnswer, ProduceBatch } from '../../changelog/kafka/client/kafka-client.ts';
import { createKafkajs } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { DEFAULT_ENVELOPE } from '../../changelog/kafka/envelope/envelope-options.ts';
import { KAFKA_ERRORS } from '../../changelog/kafka/errors.ts';
import { createKafkaChangeLog } from '../../changelog/kafka/kafka-change-log.ts';
import { KAFKA_LIMITS } from '../../changelog/kafka/kafka-limits.ts';
import { REWIND } from '../../changelog/kafka/mark.ts';
import { relationId } from '../../changelog/kafka/relation-record.ts';
import { lackingForTestBroker, startTestBroker, type TestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { readWatermark, type Watermark } from '../../changelog/kafka/watermark.ts';
import { until } from '../../ingest/testing/scene.ts';
import { NEVER } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { relationOf, tupleOf } from '../../warehouse/testing/tuples.ts';
import { testClient, testLogger } from './kafka-scene.ts';
import { readTopic } from './read-topics.ts';

const lacking = lackingForTestBroker();
const title = 'the log of a source in Kafka';
const ROWS = 60;
const STATE = { epoch: 1, snapshotLsn: 10n, consistentLsn: 10n, snapshot: null };

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let broker: TestBroker;
  let client: KafkaClient;

  beforeAll(async () => {
    broker = await startTestBroker();
    client = testClient(broker.address);
  }, 240_000);

  afterAll(async () => {
    await client?.close();
    await broker?.stop();
  });

  /** A log whose source has a table with rows. `client` is what it speaks to the brokers with. */
  async function openLog(source: string, client: KafkaClient, limits = KAFKA_LIMITS) {
    const topics = { prefix: '', partitions: 3, replication: 1, settings: {} };
    const log = createKafkaChangeLog({ client, logger: testLogger, topics, limits });
    const opened = await log.openSource(source, NEVER);
    await opened.saveState(STATE);
    const relation = relationOf(source, 'item', { id: 'bigint', note: 'text' });
    await opened.defineRelation(relation);
    await commit(opened, relation, 100n);
    return { log, opened, relation, wider: relationOf(source, 'item', { id: 'bigint', note: 'text', more: 'text' }) };
  }

  async function commit(log: SourceLog, relation: Relation, lsn: bigint): Promise<void> {
    log.begin(lsn, 0n);
    for (let id = 1; id <= ROWS; id++) log.insert(relation, tupleOf([String(id), `at ${lsn}`]));
    log.commit(lsn + 5n);
    await until(`what was committed at ${lsn} to be durable`, () => log.durableLsn() >= lsn + 5n);
  }

  async function written(source: string): Promise<{ keys: string[]; all: Watermark[]; last: Watermark }> {
    const messages = (await readTopic(client, 'millrace.watermarks')).filter(({ key }) =>
      key?.toString().startsWith(source),
    );
    const ofSource = messages.filter(({ key }) => key?.toString() === source);
    const all = ofSource.map(({ value }) => readWatermark(JSON.parse(String(value))));
    return { keys: messages.map(({ key }) => String(key)), all, last: all.at(-1) as Watermark };
  }

  async function endsOf(topic: string): Promise<bigint[]> {
    return (await client.offsets(topic)).map(({ next }) => next);
  }

  test('rows that become durable while a topic is looked at do not show it as another one', async () => {
    const source = 'underway';
    const own = testClient(broker.address);
    let meanwhile = async (): Promise<void> => {};
    const { log, opened, relation, wider } = await openLog(source, {
      ...own,
      async offsets(topic) {
        const offsets = await own.offsets(topic);
        if (topic === `${source}.item`) await meanwhile();
        return offsets;
      },
    });
    meanwhile = () => commit(opened, relation, 200n);
    await opened.rebuild(wider, { id: 'a build', keepsOld: true });
    expect((await written(source)).keys.filter((key) => key.includes(REWIND))).toEqual([]);
    await log.close();
  });

  test('a build that begins while the exchange of the one before is announced keeps its place', async () => {
    const source = 'twice';
    const topic = `${source}.item`;
    const own = testClient(broker.address);
    let announcing: PromiseWithResolvers<void> | null = null;
    const held = Promise.withResolvers<void>();
    const { log, opened, relation, wider } = await openLog(source, {
      ...own,
      async produce(batches) {
        if (announcing !== null && batches.some((batch) => batch.topic === 'millrace.watermarks')) {
          announcing.resolve();
          await held.promise;
        }
        return own.produce(batches);
      },
    });
    const widest = relationOf(source, 'item', { id: 'bigint', note: 'text', more: 'text', most: 'text' });
    const [first, second] = ['first', 'second'].map((id) => ({ id, keepsOld: true })) as [TableBuild, TableBuild];
    await opened.rebuild(wider, first);
    await commit(opened, relation, 200n);
    announcing = Promise.withResolvers();
    const exchanged = opened.exchange(wider, first, 150n);
    await announcing.promise;
    await opened.rebuild(widest, second);
    held.resolve();
    await exchanged;
    await commit(opened, relation, 300n);
    const { last } = await written(source);
    expect(last.shapes[topic]?.relation).toBe(relationId(widest, second, DEFAULT_ENVELOPE));
    await log.close();
  });

  test('a table whose rows are refused is behind in the first watermark that passes them over', async () => {
    const source = 'refused';
    const topic = `${source}.item`;
    const own = testClient(broker.address);
    let isRefusing = false;
    const { log, opened, relation } = await openLog(source, {
      ...own,
      async produce(batches) {
        const isRefused = ({ topic: of }: ProduceBatch): boolean => isRefusing && of === topic;
        const answers = [...(await own.produce(batches.filter((batch) => !isRefused(batch))))];
        const error = new MillraceError(KAFKA_ERRORS.notAuthorized, topic);
        return batches.map((batch) =>
          isRefused(batch) ? { baseOffset: null, error } : (answers.shift() as ProduceAnswer),
        );
      },
    });
    opened.onTableFailure = () => opened.saveState({ ...STATE, behind: ['public.item'] });
    isRefusing = true;
    await commit(opened, relation, 200n);
    const { all } = await written(source);
    const passing = all.filter(({ position }) => position !== null && position.lsn >= 205n);
    expect(passing.length).toBeGreaterThan(0);
    for (const { state } of passing) expect(state?.behind).toEqual(['public.item']);
    await log.close();
  });

  test('rows of a former shape that come after their topic began anew are left out, and say nothing of the new one', async () => {
    const source = 'anew';
    const topic = `${source}.item`;
    const limits = { ...KAFKA_LIMITS, maxPendingBytes: 16 << 10 };
    const { log, opened, relation, wider } = await openLog(source, testClient(broker.address), limits);
    const connection = { brokers: [broker.address], clientId: 'millrace-test' };
    const admin = createKafkajs({ connection, logger: testLogger }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
    await admin.disconnect();

    await opened.rebuild(wider, { id: 'a build', keepsOld: false });
    const chunk = opened.openChunk(wider, 500n);
    for (let id = 1; id <= 10; id++) chunk.row(tupleOf([String(id), 'copied', 'more']));
    await chunk.done();
    // As many as there is room for, again and again.
    for (let lsn = 200n; lsn < 300n; lsn += 10n) {
      await commit(opened, relation, lsn);
      await opened.room();
    }
    const ends = await endsOf(topic);
    expect(ends.reduce((sum, end) => sum + end, 0n)).toBe(10n);
    const { last } = await written(source);
    expect(last.offsets[topic]).toEqual(ends);
    expect(last.snapshotOffsets[topic]).toEqual(ends);
    await log.close();
  }, 60_000);
});
