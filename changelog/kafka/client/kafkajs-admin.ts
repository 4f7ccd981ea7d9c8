import kafkajs from 'kafkajs';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { classifyError } from './classify-error.ts';
import { withDeadline } from './deadline.ts';
import { createGathering } from './gathering.ts';
import {
  JUDGED_SETTINGS,
  type KafkaClient,
  type PartitionOffsets,
  type TopicFacts,
  type TopicSpec,
} from './kafka-client.ts';
import { RETRY } from './kafkajs-connection.ts';

/** Of Kafka itself. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/** What is asked of and told to the cluster as a whole. */
export interface KafkajsAdmin extends Pick<KafkaClient, 'ensureTopics' | 'offsets' | 'offsetsAt'> {
  /** All topics that this user may see. */
  topics(): Promise<readonly string[]>;
  /** Settings of a topic that is there. Throws as `ensureTopics`. */
  facts(spec: TopicSpec): Promise<TopicFacts>;
  /** Null when the topic could be created. It is not. */
  whyNotCreated(spec: TopicSpec): Promise<MillraceError | null>;
  close(): Promise<void>;
}

/** Connects when it is first used. */
export function createKafkajsAdmin(options: { kafka: kafkajs.Kafka; logger: Logger }): KafkajsAdmin {
  const { kafka, logger } = options;
  let connected: Promise<kafkajs.Admin> | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function connect(): Promise<kafkajs.Admin> {
    const admin = kafka.admin({ retry: RETRY });
    await admin.connect();
    return admin;
  }

  /**
   * `asking` names the operation and what it is on: it is told with what it fails with. One after the other: kafkajs's admin
   * loses what it knows of topics when it is closed, and mixes up requests of different topics.
   */
  function ask<T>(asking: string, request: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    const answer = last.then(() => askNow(asking, request));
    last = answer.catch(() => {});
    return answer;
  }

  async function askNow<T>(asking: string, request: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
    for (const isFresh of [connected === null, true]) {
      connected ??= connect();
      const using = connected;
      try {
        return await withDeadline(asking, using.then(request));
      } catch (error) {
        forget(using);
        const failure = classifyError(error, asking);
        // It asks for every topic that it was ever asked about, and learns of none when one of them is deleted.
        if (isFresh || failure.code !== KAFKA_ERRORS.topicMissing.code) throw failure;
      }
    }
    throw new Error('a second attempt is the last');
  }

  function forget(using: Promise<kafkajs.Admin>): void {
    if (connected === using) connected = null;
    using.then((admin) => admin.disconnect()).catch(() => {});
  }

  async function create(missing: readonly TopicSpec[]): Promise<void> {
    const topics = missing.map(({ topic }) => topic);
    const made = await ask(`Create on ${namesOf(topics)}`, (admin) => admin.createTopics(creation(missing, false)));
    if (made) for (const { topic, partitions } of missing) logger.info({ topic, partitions }, 'topic created');
  }

  async function describe(specs: readonly TopicSpec[]): Promise<readonly TopicFacts[]> {
    const topics = specs.map(({ topic }) => topic);
    const names = namesOf(topics);
    const described = await ask(`Describe on ${names}`, (admin) =>
      admin.fetchTopicMetadata({ topics: [...new Set(topics)] }),
    );
    const configNames = [...new Set([...JUDGED_SETTINGS, ...specs.flatMap(({ settings }) => Object.keys(settings))])];
    const { resources } = await ask(`DescribeConfigs on ${names}`, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [...new Set(topics)].map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames })),
      }),
    );
    return topics.map((topic) => {
      const partitions = described.topics.find(({ name }) => name === topic)?.partitions ?? [];
      const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
      const settings = Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
      return {
        topic,
        partitions: partitions.length,
        replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        maxMessageBytes: Number(settings['max.message.bytes']) || DEFAULT_MAX_MESSAGE_BYTES,
        cleanup: settings['cleanup.policy'] ?? '',
        settings,
      };
    });
  }

  async function ensure(specs: readonly TopicSpec[]): Promise<readonly TopicFacts[]> {
    const existing = new Set(await topics());
    const missing = new Map(specs.flatMap((spec) => (existing.has(spec.topic) ? [] : [[spec.topic, spec]])));
    if (missing.size > 0) await create([...missing.values()]);
    return specs.length === 0 ? [] : describe(specs);
  }

  async function whyNotCreated(spec: TopicSpec): Promise<MillraceError | null> {
    try {
      await ask(`Create on topic ${spec.topic}`, (admin) => admin.createTopics(creation([spec], true)));
      return null;
    } catch (error) {
      if (error instanceof MillraceError && error.policy !== 'retry') return error;
      throw error;
    }
  }

  const topics = (): Promise<readonly string[]> => ask('Describe on topics', (admin) => admin.listTopics());

  return {
    topics,
    async facts(spec) {
      const [facts] = await describe([spec]);
      return facts as TopicFacts;
    },
    whyNotCreated,
    ensureTopics: createGathering(ensure, isOfAll),
    async offsets(topic) {
      const offsets = await ask(`Describe on topic ${topic}`, (admin) => admin.fetchTopicOffsets(topic));
      return offsets
        .map(({ partition, low, high }): PartitionOffsets => ({ partition, first: BigInt(low), next: BigInt(high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    async offsetsAt(topic, timeMs) {
      const found = await ask(`Describe on topic ${topic}`, (admin) =>
        admin.fetchTopicOffsetsByTimestamp(topic, timeMs),
      );
      const byPartition = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
      return Array.from({ length: byPartition.size }, (_, partition) => byPartition.get(partition) ?? 0n);
    },
    async close() {
      if (connected !== null) forget(connected);
    },
  };
}

/** Brokers that do not answer, which would not for each topic either. */
function isOfAll(error: unknown): boolean {
  const isPassing = error instanceof MillraceError && error.policy === 'retry';
  return isPassing && error.code !== KAFKA_ERRORS.topicMissing.code;
}

function namesOf(topics: readonly string[]): string {
  return `topic${topics.length === 1 ? '' : 's'} ${topics.join(', ')}`;
}

function creation(specs: readonly TopicSpec[], validateOnly: boolean) {
  return {
    validateOnly,
    waitForLeaders: !validateOnly,
    topics: specs.map(({ topic, partitions, replication, settings }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  };
}
