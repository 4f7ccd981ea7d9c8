import { createKafkajsClient } from '../changelog/kafka/client/kafkajs-client.ts';
import { prepareConnector } from '../ingest/debezium/testing/connector.ts';
import { createLogger } from '../runtime/logger.ts';

/** A real Debezium on Kafka Connect, standalone, over a slot that exists. */
export interface Debezium {
  /** Time for so many messages at the speed from the first one that was seen to the last. */
  secondsFor(messages: number): Promise<number>;
  stop(): Promise<void>;
}

const POLL_MS = 50;
const START_TIMEOUT_MS = 180_000;

export async function startDebezium(options: {
  url: string;
  broker: string;
  slot: string;
  publication: string;
  partitions: number;
}): Promise<Debezium> {
  const { broker, slot } = options;
  const connector = await prepareConnector({
    ...options,
    prefix: slot,
    jvm: ['-Xmx2g'],
    // Tuned: large batches, few waits.
    worker: {
      'producer.linger.ms': '20',
      'producer.batch.size': '524288',
      'producer.buffer.memory': '134217728',
      'producer.compression.type': 'lz4',
    },
    properties: {
      'publication.autocreate.mode': 'disabled',
      'snapshot.mode': 'no_data',
      'decimal.handling.mode': 'string',
      'max.batch.size': '16384',
      'max.queue.size': '65536',
    },
  });
  connector.start();
  const logger = createLogger({ name: 'bench', level: 'silent' });
  const client = createKafkajsClient({ connection: { brokers: [broker], clientId: 'bench' }, logger });
  const topic = `${slot}.public.purchases`;

  async function count(): Promise<number> {
    const offsets = await client.offsets(topic).catch(() => []);
    return offsets.reduce((sum, { next }) => sum + Number(next), 0);
  }

  return {
    async secondsFor(messages) {
      const deadline = performance.now() + START_TIMEOUT_MS;
      let first = 0;
      while (first === 0) {
        if (!connector.isRunning() || performance.now() > deadline) {
          throw new Error(`Debezium published nothing:\n${connector.output()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        first = await count();
      }
      const startedAt = performance.now();
      while ((await count()) < messages) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return ((performance.now() - startedAt) / 1000) * (messages / (messages - first));
    },
    async stop() {
      await client.close();
      await connector.remove();
    },
  };
}
