import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { type ReadBatches, readBatches } from '../records/record-batch-reader.ts';
import { classifyError, errorOfCode } from './classify-error.ts';
import { decodeFetchAnswer, encodeFetch, FETCH, type FetchAnswer } from './fetch-request.ts';
import type { Fetched, FetchLimits, FetchPosition, KafkaClient, ProduceAnswer, ProduceBatch } from './kafka-client.ts';
import { createKafkajsAdmin } from './kafkajs-admin.ts';
import { type Brokers, createBrokers } from './kafkajs-brokers.ts';
import { ACKNOWLEDGE_TIMEOUT_MS, createKafkajs, type KafkaConnection } from './kafkajs-connection.ts';
import { FETCH_CONNECTION, ownProtocol, type Protocol } from './kafkajs-internals.ts';
import { decodeProduceAnswer, encodeProduce, type PartitionAnswer, PRODUCE } from './produce-request.ts';

const FETCH_PARTITION_BYTES = 1 << 20;
/** Longer than a broker throttles at once, by its defaults (`quota.window.num`). */
const THROTTLED_MS = 15_000;
const THROTTLED = 89;

/** A client over kafkajs's connections. Connects when it is first used. */
export function createKafkajsClient(options: { connection: KafkaConnection; logger: Logger }): KafkaClient {
  const { logger } = options;
  const kafka = createKafkajs(options);
  const admin = createKafkajsAdmin({ kafka, logger });
  const brokers = createBrokers(kafka, admin);
  const following = createBrokers(kafka, admin);

  function produceTo(leader: string, batches: readonly ProduceBatch[]): Promise<readonly PartitionAnswer[]> {
    return brokers.sendParts(leader, {
      name: PRODUCE,
      parts: encodeProduce(batches, ACKNOWLEDGE_TIMEOUT_MS),
      decode(bytes) {
        const { answers, throttleMs } = decodeProduceAnswer(bytes);
        return { answer: answers, throttleMs };
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
      const topics = [...new Set(from.map(({ topic }) => topic))];
      const absent = await over.ready(topics);
      for (const error of absent.values()) if (error.policy !== 'retry') throw error;
      const there = from.filter(({ topic, partition }) => !absent.has(topic) && over.has(topic, partition));
      if (there.length < from.length) over.doubt();
      if (there.length === 0) throw new MillraceError(KAFKA_ERRORS.topicMissing, topics.join(', '));
      const byLeader = Map.groupBy(there, ({ topic, partition }) => over.leaderOf(topic, partition));
      const limits = { maxWaitMs, maxBytes, maxPartitionBytes };
      const answers = await Promise.all(
        [...byLeader].map(async ([leader, positions]) =>
          fetchedOf(
            await unthrottled(() => over.send(leader, FETCH_CONNECTION, fetchProtocol(positions, limits))),
            positions,
          ),
        ),
      );
      return answers.flat();
    } catch (error) {
      over.doubt();
      throw classifyError(error, `Read on topics ${[...new Set(from.map(({ topic }) => topic))].join(', ')}`);
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
          answered.set(batch, failed(errorOfCode(answer.errorCode, `Write on topic ${name}`)));
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
    ensureTopics: admin.ensureTopics,
    offsets: admin.offsets,
    offsetsAt: admin.offsetsAt,

    async produce(batches) {
      const answered = new Map<ProduceBatch, ProduceAnswer>();
      try {
        const absent = await brokers.ready([...new Set(batches.map(({ topic }) => topic))]);
        const there = batches.filter((batch) => {
          const { topic, partition } = batch;
          if (!absent.has(topic) && brokers.has(topic, partition)) return true;
          const missing = new MillraceError(KAFKA_ERRORS.topicMissing, `${topic}/${partition}`);
          answered.set(batch, failed(absent.get(topic) ?? missing));
          return false;
        });
        const byLeader = Map.groupBy(there, ({ topic, partition }) => brokers.leaderOf(topic, partition));
        await Promise.all([...byLeader].map(([leader, group]) => produceGroup(leader, group, answered)));
      } catch (error) {
        const failure = classifyError(error, 'produce');
        for (const batch of batches) if (!answered.has(batch)) answered.set(batch, failed(failure));
      }
      return batches.map((batch) => answered.get(batch) as ProduceAnswer);
    },

    fetch: (from, limits) => fetchOver(brokers, from, limits),
    follow: (from, limits) => fetchOver(following, from, limits),

    async close() {
      await Promise.allSettled([brokers.close(), following.close(), admin.close()]);
    },
  };
}

function fetchProtocol(
  positions: readonly FetchPosition[],
  limits: { maxWaitMs: number; maxBytes: number; maxPartitionBytes: number },
): Protocol<FetchAnswer> {
  return ownProtocol(
    FETCH,
    () => encodeFetch(positions, limits),
    (bytes) => {
      const answer = decodeFetchAnswer(bytes);
      return { answer, throttleMs: answer.throttleMs };
    },
  );
}

/**
 * A broker that throttles answers without any partition, whatever it has: asked again, as soon as the connection may, lest
 * that passes for a topic that is not there.
 */
async function unthrottled(ask: () => Promise<FetchAnswer>): Promise<FetchAnswer> {
  const untilMs = performance.now() + THROTTLED_MS;
  for (;;) {
    const answer = await ask();
    if (answer.throttleMs === 0 || answer.errorCode !== 0 || answer.partitions.length > 0) return answer;
    if (performance.now() > untilMs) throw errorOfCode(THROTTLED, 'Read, throttled by a quota');
  }
}

async function fetchedOf(answer: FetchAnswer, positions: readonly FetchPosition[]): Promise<Fetched[]> {
  if (answer.errorCode !== 0) throw errorOfCode(answer.errorCode, 'Read');
  const from = new Map(positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return Promise.all(
    answer.partitions.map(async ({ topic, partition, errorCode, records, aborted }) => {
      const name = `${topic}/${partition}`;
      if (errorCode !== 0) throw errorOfCode(errorCode, `Read on topic ${name}`);
      try {
        return fetchedFrom(topic, partition, await readBatches(records, from.get(name) ?? 0n, aborted));
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new MillraceError(KAFKA_ERRORS.refused, `${name}: ${cause.message}`, { cause });
      }
    }),
  );
}

function fetchedFrom(topic: string, partition: number, read: ReadBatches): Fetched {
  return {
    topic,
    partition,
    batches: read.batches,
    get messages() {
      return read.messages;
    },
    next: read.next,
  };
}
