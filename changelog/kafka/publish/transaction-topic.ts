import type { Logger } from '../../../runtime/logger.ts';
import { ensureCheckedTopics } from '../checked-topics.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { type EnvelopeContext, transactionIdText } from '../envelope/envelope.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { writeHeaders } from '../records/record-batch.ts';
import { retryWhilePassing } from '../retry.ts';
import { type TopicSettings, transactionTopicSpec } from '../topics.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';
import type { TableWriter } from './table-writer.ts';

/** The topic that says where transactions begin and end, and how many messages of which tables they have. */
export interface TransactionTopic {
  begin(context: EnvelopeContext): number;
  end(context: EnvelopeContext, total: number, tables: readonly TableWriter[]): number;
}

const CLOSE_LIST = 93;

/**
 * Resolves when the topic is there; waits for brokers that are away. One that ends before what was written to it is another
 * one of its name, and begins anew.
 */
export async function openTransactionTopic(options: {
  source: string;
  client: KafkaClient;
  topics: TopicSettings;
  limits: Pick<KafkaLimits, 'maxBatchBytes'>;
  publisher: Publisher;
  /** By partition, the offset behind the last message that was ever written to a topic. */
  reached: (topic: string) => readonly bigint[];
  /** Called before it begins anew. */
  onAnew: (topic: string) => void;
  onAdded: (queue: PartitionQueue) => void;
  logger: Logger;
  signal: AbortSignal;
}): Promise<TransactionTopic> {
  const { source, client, topics, limits, publisher, reached, logger, signal } = options;
  const waiting = { logger, signal };
  const specs = [transactionTopicSpec(source, topics)];
  const ensure = () => ensureCheckedTopics({ client, kind: 'transactions', specs, logger });
  const [made] = await retryWhilePassing(ensure, waiting);
  if (made === undefined) throw new Error('a topic has no answer');
  const { topic } = made;
  const ranges = await retryWhilePassing(() => client.offsets(topic), waiting);
  if (ranges.some(({ partition, next }) => next < (reached(topic)[partition] ?? 0n))) options.onAnew(topic);
  const queue = publisher.queue(topic, 0, limits.maxBatchBytes);
  return createTransactionTopic({ ...options, queue });
}

function createTransactionTopic(options: {
  publisher: Publisher;
  queue: PartitionQueue;
  onAdded: (queue: PartitionQueue) => void;
}): TransactionTopic {
  const { publisher, queue, onAdded } = options;
  const out = new ByteSink(1024);
  const names = new WeakMap<TableWriter, Buffer>();

  function nameOf(table: TableWriter): Buffer {
    const known = names.get(table);
    if (known !== undefined) return known;
    const name = Buffer.from(JSON.stringify(`${table.relation.schema}.${table.relation.table}`));
    names.set(table, name);
    return name;
  }

  /** The id is of digits and a colon. */
  function begun(id: string, status: 'BEGIN' | 'END'): number {
    out.length = 0;
    out.ascii(`{"id":"${id}"}`);
    const key = out.length;
    out.ascii(`{"status":"${status}","id":"${id}","event_count":`);
    return key;
  }

  function send(key: number, timeMicros: bigint): number {
    out.ascii(`,"ts_ms":${timeMicros / 1000n}}`);
    const length = out.length - key;
    writeHeaders(out, []);
    const isFull = queue.add(out.bytes, 0, key, length, out.length - key - length);
    onAdded(queue);
    publisher.added(queue, out.length, isFull);
    return out.length;
  }

  return {
    begin(context) {
      const key = begun(transactionIdText(context), 'BEGIN');
      out.ascii('null,"data_collections":null');
      return send(key, context.timeMicros);
    },
    end(context, total, tables) {
      const key = begun(transactionIdText(context), 'END');
      out.ascii(`${total},"data_collections":[`);
      for (let i = 0; i < tables.length; i++) {
        const table = tables[i] as TableWriter;
        out.ascii(i === 0 ? '{"data_collection":' : ',{"data_collection":');
        out.append(nameOf(table));
        out.ascii(`,"event_count":${table.inTransaction()}}`);
      }
      out.byte(CLOSE_LIST);
      return send(key, context.timeMicros);
    },
  };
}
