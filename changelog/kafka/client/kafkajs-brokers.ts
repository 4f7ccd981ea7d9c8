import type kafkajs from 'kafkajs';
import { MillraceError } from '../../../runtime/errors.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { type Broker, createCluster, openConnection, type Protocol } from './kafkajs-internals.ts';

/** Connections of their own to the brokers, and who leads what. Connects when it is first used. */
export interface Brokers {
  /** Connected, and with leaders as new as the last failure. */
  ready(topics: readonly string[]): Promise<void>;
  /** Node id. Throws KAFKA_UNREACHABLE where there is none. */
  leaderOf(topic: string, partition: number): string;
  send<Answer>(leader: string, connection: 0 | 1, protocol: Protocol<Answer>): Promise<Answer>;
  /** What is known of leaders is asked anew before the next request. */
  doubt(): void;
  close(): Promise<void>;
}

export function createBrokers(kafka: kafkajs.Kafka): Brokers {
  const cluster = createCluster(kafka);
  let isStale = false;
  let preparing: Promise<void> = Promise.resolve();

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
    if (error instanceof Error && /Connection/.test(error.name)) cluster.removeBroker({ host, port });
  }

  return {
    // One caller after the other: kafkajs wants it so.
    ready(topics) {
      const previous = preparing;
      preparing = previous.catch(() => {}).then(() => prepare(topics));
      return preparing;
    },
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
        return await broker.connectionPool.send(protocol);
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
