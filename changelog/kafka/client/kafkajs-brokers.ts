import type kafkajs from 'kafkajs';
import { MillraceError } from '../../../runtime/errors.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { classifyError } from './classify-error.ts';
import { withDeadline } from './deadline.ts';
import type { KafkajsAdmin } from './kafkajs-admin.ts';
import { type Broker, createCluster, openConnection, type Protocol } from './kafkajs-internals.ts';
import { sendParts } from './kafkajs-request.ts';

/** Connections of their own to the brokers, and who leads what. Connects when it is first used. */
export interface Brokers {
  /**
   * Connected, and with leaders as new as the last failure. Resolves with those of the topics that do not exist, or may not be
   * seen, and the error of each.
   */
  ready(topics: readonly string[]): Promise<ReadonlyMap<string, MillraceError>>;
  /** False for a partition that the topic does not have. */
  has(topic: string, partition: number): boolean;
  /** Node id. Throws KAFKA_UNREACHABLE where there is none. */
  leaderOf(topic: string, partition: number): string;
  send<Answer>(leader: string, connection: 0 | 1, protocol: Protocol<Answer>): Promise<Answer>;
  /** Over the first connection, as `sendParts` of `kafkajs-request.ts`. */
  sendParts<Answer>(leader: string, request: Parameters<typeof sendParts<Answer>>[1]): Promise<Answer>;
  /** What is known of leaders is asked anew before the next request. */
  doubt(): void;
  close(): Promise<void>;
}

const NONE: ReadonlyMap<string, MillraceError> = new Map();

export function createBrokers(kafka: kafkajs.Kafka, admin: Pick<KafkajsAdmin, 'topics'>): Brokers {
  const cluster = createCluster(kafka);
  let isStale = false;
  let preparing: Promise<unknown> = Promise.resolve();

  async function prepareExisting(topics: readonly string[]): Promise<ReadonlyMap<string, MillraceError>> {
    try {
      await prepare(topics);
      return NONE;
    } catch (error) {
      const { code } = classifyError(error, 'Describe on topics');
      const isMissing = code === KAFKA_ERRORS.topicMissing.code;
      if (!isMissing && code !== KAFKA_ERRORS.notAuthorized.code) throw error;
      // One that does not exist, or is not shown, of these or of former ones, keeps the leaders of all from being known.
      const shown = new Set(await admin.topics());
      for (const topic of cluster.targetTopics) if (!shown.has(topic)) cluster.targetTopics.delete(topic);
      isStale = true;
      const rest = topics.filter((topic) => shown.has(topic));
      if (rest.length > 0) await prepare(rest);
      const failure = isMissing ? KAFKA_ERRORS.topicMissing : KAFKA_ERRORS.notAuthorized;
      const absent = topics.filter((topic) => !shown.has(topic));
      return new Map(absent.map((topic) => [topic, new MillraceError(failure, `Describe on topic ${topic}`)]));
    }
  }

  async function prepare(topics: readonly string[]): Promise<void> {
    if (!cluster.isConnected()) {
      await cluster.connect();
      isStale = true;
    }
    await cluster.addMultipleTargetTopics(topics);
    if (isStale) {
      await cluster.refreshMetadata();
      isStale = false;
    } else {
      await cluster.refreshMetadataIfNecessary();
    }
  }

  /** A connection that is gone is opened anew by the pool only for a broker that it does not know. */
  function forget(broker: Broker, error: unknown): void {
    isStale = true;
    const { host, port } = broker.connectionPool;
    const isLost = error instanceof MillraceError || (error instanceof Error && /Connection/.test(error.name));
    if (isLost) cluster.removeBroker({ host, port });
  }

  return {
    // One caller after the other: kafkajs wants it so.
    ready(topics) {
      const prepare = () => withDeadline('Describe on topics', prepareExisting(topics));
      const prepared = preparing.catch(() => {}).then(prepare);
      preparing = prepared;
      return prepared;
    },
    has: (topic, partition) =>
      cluster.findTopicPartitionMetadata(topic).some(({ partitionId }) => partitionId === partition),
    leaderOf(topic, partition) {
      const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (leader === undefined || Number(leader) < 0) {
        throw new MillraceError(KAFKA_ERRORS.unreachable, `${topic}/${partition} has no leader`);
      }
      return leader;
    },
    async send(leader, connection, protocol) {
      const broker = await cluster.findBroker({ nodeId: leader });
      try {
        await openConnection(broker, connection);
        return await withDeadline(protocol.request.apiName, broker.connectionPool.send(protocol));
      } catch (error) {
        forget(broker, error);
        throw error;
      }
    },
    async sendParts(leader, request) {
      const broker = await cluster.findBroker({ nodeId: leader });
      try {
        return await withDeadline(request.name.apiName, sendParts(await openConnection(broker, 0), request));
      } catch (error) {
        forget(broker, error);
        throw error;
      }
    },
    doubt() {
      isStale = true;
    },
    close: () => cluster.disconnect(),
  };
}
