import kafkajs from 'kafkajs';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { readBatches } from '../records/record-batch-reader.ts';
import { classifyError, errorOfCode } from './classify-error.ts';
import { decodeFetchAnswer, encodeFetch, FETCH, type FetchAnswer } from './fetch-request.ts';
import type {
  Fetched,
  FetchLimits,
  FetchPosition,
  KafkaClient,
  PartitionOffsets,
  ProduceAnswer,
  ProduceBatch,
  TopicFacts,
  TopicSpec,
} from './kafka-client.ts';
import { type Brokers, createBrokers } from './kafkajs-brokers.ts';
import { ACKNOWLEDGE_TIMEOUT_MS, createKafkajs, type KafkaConnection, RETRY } from './kafkajs-connection.ts';
import { FETCH_CONNECTION, type Protocol } from './kafkajs-internals.ts';
import { decodeProduceAnswer, encodeProduce, type PartitionAnswer, PRODUCE } from './produce-request.ts';

const FETCH_PARTITION_BYTES = 1 << 20;

/** A client over kafkajs's connections. Connects when it is first used. */
export function createKafkajsClient(options: { connection: KafkaConnection; logger: Logger }): KafkaClient {
  const { logger } = options;
  const kafka = createKafkajs(options);
  const brokers = createBrokers(kafka);
  const following = createBrokers(kafka);
  const admin = kafka.admin({ retry: RETRY });
  let adminConnected: Promise<void> | null = null;

  async function administration(): Promise<kafkajs.Admin> {
    adminConnected ??= admin.connect();
    try {
      await adminConnected;
    } catch (error) {
      adminConnected = null;
      throw error;
    }
    return admin;
  }

  function produceTo(leader: string, batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]> {
    return brokers.send(leader, 0, {
      request: { ...PRODUCE, encode: () => encoded(encodeProduce(batches, ACKNOWLEDGE_TIMEOUT_MS)) },
      response: {
        async decode(bytes) {
          const { answers, throttleMs } = decodeProduceAnswer(bytes);
          return { clientSideThrottleTime: throttleMs, answer: answers };
        },
        parse: async ({ answer }) => answer,
      },
    });
  }

  async function fetchOver(
    over: Brokers,
    from: readonly FetchPosition[],
    { maxBytes, maxWaitMs, maxPartitionBytes = FETCH_PARTITION_BYTES }: FetchLimits,
  ): Promise<readonly Fetched[]> {
    if (from.length === 0) return [];
    try {
      await over.ready([...new Set(from.map(({ topic }) => topic))]);
      const byLeader = Map.groupBy(from, ({ topic, partition }) => over.leaderOf(topic, partition));
      const limits = { maxWaitMs, maxBytes, maxPartitionBytes };
      const answers = await Promise.all(
        [...byLeader].map(async ([leader, positions]) =>
          fetchedOf(await over.send(leader, FETCH_CONNECTION, fetchProtocol(positions, limits)), positions),
        ),
      );
      return answers.flat();
    } catch (error) {
      over.doubt();
      throw classifyError(error, 'fetch');
    }
  }

  function failed(error: MillraceError): ProduceAnswer {
    brokers.doubt();
    return { baseOffset: null, error };
  }

  async function produceGroup(
    leader: string,
    batches: readonly ProduceBatch[],
    answered: Map<ProduceBatch, ProduceAnswer>,
  ): Promise<void> {
    try {
      const answers = await produceTo(leader, batches);
      for (const batch of batches) {
        const name = `${batch.topic}/${batch.partition}`;
        const answer = answers.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition);
        if (answer === undefined) {
          answered.set(batch, failed(new MillraceError(KAFKA_ERRORS.refused, `${name}: no answer`)));
        } else if (answer.errorCode !== 0) {
          answered.set(batch, failed(errorOfCode(answer.errorCode, name)));
        } else {
          answered.set(batch, { baseOffset: answer.baseOffset, error: null });
        }
      }
    } catch (error) {
      const failure = classifyError(error, 'produce');
      for (const batch of batches) answered.set(batch, failed(failure));
    }
  }

  return {
    async ensureTopics(specs) {
      try {
        const using = await administration();
        const existing = new Set(await using.listTopics());
        const missing = specs.filter(({ topic }) => !existing.has(topic));
        if (missing.length > 0) {
          await using.createTopics({
            waitForLeaders: true,
            topics: missing.map(({ topic, partitions, replication, settings }) => ({
              topic,
              numPartitions: partitions,
              replicationFactor: replication,
              configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
            })),
          });
          for (const { topic, partitions } of missing) logger.info({ topic, partitions }, 'topic created');
        }
        return await factsOf(using, specs);
      } catch (error) {
        throw classifyError(error, `topics ${specs.map(({ topic }) => topic).join(', ')}`);
      }
    },

    async produce(batches) {
      const answered = new Map<ProduceBatch, ProduceAnswer>();
      try {
        await brokers.ready([...new Set(batches.map(({ topic }) => topic))]);
        const byLeader = Map.groupBy(batches, ({ topic, partition }) => brokers.leaderOf(topic, partition));
        await Promise.all([...byLeader].map(([leader, group]) => produceGroup(leader, group, answered)));
      } catch (error) {
        const failure = classifyError(error, 'produce');
        for (const batch of batches) if (!answered.has(batch)) answered.set(batch, failed(failure));
      }
      return batches.map((batch) => answered.get(batch) as ProduceAnswer);
    },

    async offsets(topic) {
      try {
        const offsets = await (await administration()).fetchTopicOffsets(topic);
        return offsets
          .map(({ partition, low, high }): PartitionOffsets => ({ partition, first: BigInt(low), next: BigInt(high) }))
          .sort((a, b) => a.partition - b.partition);
      } catch (error) {
        throw classifyError(error, `offsets of ${topic}`);
      }
    },

    async offsetsAt(topic, timeMs) {
      try {
        const found = await (await administration()).fetchTopicOffsetsByTimestamp(topic, timeMs);
        const byPartition = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
        return Array.from({ length: byPartition.size }, (_, partition) => byPartition.get(partition) ?? 0n);
      } catch (error) {
        throw classifyError(error, `offsets of ${topic}`);
      }
    },

    fetch: (from, limits) => fetchOver(brokers, from, limits),
    follow: (from, limits) => fetchOver(following, from, limits),

    async close() {
      await Promise.allSettled([
        brokers.close(),
        following.close(),
        adminConnected === null ? null : admin.disconnect(),
      ]);
    },
  };
}

async function factsOf(admin: kafkajs.Admin, specs: readonly TopicSpec[]): Promise<TopicFacts[]> {
  const topics = specs.map(({ topic }) => topic);
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['max.message.bytes', 'cleanup.policy'],
    })),
  });
  return specs.map(({ topic }) => {
    const partitions = metadata.find(({ name }) => name === topic)?.partitions.length ?? 0;
    const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const setting = (name: string): string => entries.find((entry) => entry.configName === name)?.configValue ?? '';
    return {
      topic,
      partitions,
      maxMessageBytes: Number(setting('max.message.bytes')) || DEFAULT_MAX_MESSAGE_BYTES,
      cleanup: setting('cleanup.policy'),
    };
  });
}

/** Of Kafka itself. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

function fetchProtocol(
  positions: readonly FetchPosition[],
  limits: { maxWaitMs: number; maxBytes: number; maxPartitionBytes: number },
): Protocol<FetchAnswer> {
  return {
    request: { ...FETCH, encode: () => encoded(encodeFetch(positions, limits)) },
    response: {
      async decode(bytes) {
        const answer = decodeFetchAnswer(bytes);
        return { clientSideThrottleTime: answer.throttleMs, answer };
      },
      parse: async ({ answer }) => answer,
    },
  };
}

async function encoded(buffer: Buffer): Promise<{ buf: Buffer; buffer: Buffer; size: () => number }> {
  return { buf: buffer, buffer, size: () => buffer.length };
}

async function fetchedOf(answer: FetchAnswer, positions: readonly FetchPosition[]): Promise<Fetched[]> {
  if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode, 'fetch');
  const from = new Map(positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return Promise.all(
    answer.partitions.map(async ({ topic, partition, errorCode, records, aborted }) => {
      const name = `${topic}/${partition}`;
      if (errorCode !== 0) throw errorOfCode(errorCode, name);
      try {
        return { topic, partition, ...(await readBatches(records, from.get(name) ?? 0n, aborted)) };
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new MillraceError(KAFKA_ERRORS.refused, `${name}: ${cause.message}`, { cause });
      }
    }),
  );
}
