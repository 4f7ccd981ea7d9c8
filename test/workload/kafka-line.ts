import kafkajs from 'kafkajs';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import { createCompactTopic, readJson } from '../../changelog/kafka/compact-topic.ts';
import type { RelationRecord } from '../../changelog/kafka/relation-record.ts';
import { startTestBroker } from '../../changelog/kafka/testing/test-broker.ts';
import { DEFAULT_TOPICS, type SystemTopic, systemTopic } from '../../changelog/kafka/topics.ts';
import { readCaptureState } from '../../changelog/kafka/watermark.ts';
import type { KafkaConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import type { Line } from './line.ts';
import { startWeatherProxy } from './weather-proxy.ts';

const PARTITIONS = 6;
/** With that of ingest there are three. */
const LOADERS = 2;
const EVIDENCE_MS = 10_000;
const FETCH = { maxBytes: 4 << 20, maxWaitMs: 1 };

/** A real broker behind a network whose weather can be changed. Each source has topics and a group of its own. */
export async function startKafkaLine(): Promise<Line> {
  let port = 0;
  const network = await startWeatherProxy(() => port);
  const broker = await startTestBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${network.port}` });
  port = Number(broker.address.split(':')[1]);
  const address = `127.0.0.1:${network.port}`;
  const logger = createLogger({ name: 'test', level: 'error' });
  const connection = { brokers: [address], clientId: 'workload' };
  const followers = new Map<string, Follower>();
  let restarting: Promise<void> | null = null;

  function prefixOf(source: string): string {
    return `${source}.`;
  }

  return {
    kafkaOf: (source): KafkaConfig => ({
      brokers: [address],
      prefix: prefixOf(source),
      partitions: PARTITIONS,
      replication: 1,
    }),
    loaders: LOADERS,
    async capturedTables(source) {
      const topic = systemTopic('capture-states', { ...DEFAULT_TOPICS, prefix: prefixOf(source) });
      const follower = followers.get(source) ?? followLast(createKafkajsClient({ connection, logger }), topic);
      followers.set(source, follower);
      const json = await follower.read();
      return json === null ? null : readCaptureState(json).snapshot;
    },
    network,
    killBroker() {
      restarting ??= broker
        .kill()
        .then(() => broker.start())
        .finally(() => {
          restarting = null;
        });
      return restarting;
    },
    async evidence(source) {
      const client = createKafkajsClient({ connection, logger });
      const topics = { ...DEFAULT_TOPICS, prefix: prefixOf(source) };
      const signal = AbortSignal.timeout(EVIDENCE_MS);
      const open = (name: SystemTopic) =>
        createCompactTopic({ client, topic: systemTopic(name, topics), logger, signal });
      try {
        const [marks, relations] = await Promise.all([open('watermarks').load(), open('relations').load()]);
        const shapes = [...relations.values()].map((record) => {
          const { id, build, relation } = record as RelationRecord;
          return `${id} ${relation.table} ${build?.id ?? ''} ${relation.columns.map(({ name }) => name)}`;
        });
        return [...[...marks].map(([key, mark]) => `${key}: ${JSON.stringify(mark)}`), ...shapes];
      } catch (error) {
        return [String(error)];
      } finally {
        await client.close();
      }
    },
    async cleanUp(source) {
      await followers.get(source)?.close();
      followers.delete(source);
      await Promise.resolve(restarting);
      const admin = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING }).admin();
      // What is left costs the broker memory, and nothing else.
      try {
        await admin.connect();
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefixOf(source)));
        await admin.deleteTopics({ topics });
        await admin.deleteGroups([`${prefixOf(source)}millrace-loader`]);
      } catch (error) {
        logger.warn({ source, err: error }, 'topics are left');
      } finally {
        await admin.disconnect();
      }
    },
    async stop() {
      await Promise.allSettled([...followers.values()].map((follower) => follower.close()));
      await broker.stop();
      await network.close();
    },
  };
}

interface Follower {
  read(): Promise<unknown>;
  close(): Promise<void>;
}

/** The value of a topic's last message, asked again and again. */
function followLast(client: KafkaClient, topic: string): Follower {
  let offset = 0n;
  let last: unknown = null;
  return {
    async read() {
      for (;;) {
        const [fetched] = await client.fetch([{ topic, partition: 0, offset }], FETCH);
        if (fetched === undefined || fetched.next === offset) return last;
        for (const message of fetched.messages) last = readJson(topic, message);
        offset = fetched.next;
      }
    },
    close: () => client.close(),
  };
}
