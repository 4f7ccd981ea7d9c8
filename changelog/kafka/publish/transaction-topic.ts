import type { Logger } from '../../../runtime/logger.ts';
import { ensureCheckedTopics } from '../checked-topics.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { type EnvelopeContext, writeTransactionId } from '../envelope/envelope.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import { ByteSink } from '../records/byte-sink.ts';
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

const CLOSE = 125;
const CLOSE_LIST = 93;
const ID = Buffer.from('{"id":"');
const ID_END = Buffer.from('"}');
const BEGIN = Buffer.from('{"status":"BEGIN","id":"');
const END = Buffer.from('{"status":"END","id":"');
const NO_COUNTS = Buffer.from('","event_count":null,"data_collections":null');
const COUNT = Buffer.from('","event_count":');
const TABLES = Buffer.from(',"data_collections":[');
const TABLE = Buffer.from('{"data_collection":');
const NEXT_TABLE = Buffer.from(',{"data_collection":');
const TABLE_COUNT = Buffer.from(',"event_count":');
const TIME = Buffer.from(',"ts_ms":');

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
  const former = reached(topic);
  const ranges = await retryWhilePassing(() => client.offsets(topic), waiting);
  if (ranges.some(({ partition, next }) => next < (former[partition] ?? 0n))) options.onAnew(topic);
  const queue = publisher.queue(topic, 0, limits.maxBatchBytes);
  return createTransactionTopic({ ...options, queue });
}

function createTransactionTopic(options: {
  publisher: Publisher;
  queue: PartitionQueue;
  onAdded: (queue: PartitionQueue) => void;
}): TransactionTopic {
  const { publisher, queue, onAdded } = options;
  const key = new ByteSink(256);
  const names = new WeakMap<TableWriter, Buffer>();

  function nameOf(table: TableWriter): Buffer {
    const known = names.get(table);
    if (known !== undefined) return known;
    const name = Buffer.from(JSON.stringify(`${table.relation.schema}.${table.relation.table}`));
    names.set(table, name);
    return name;
  }

  /** `{"id":"..."}` is the key; answers where the value is written. */
  function open(context: EnvelopeContext, status: Buffer): ByteSink {
    key.length = 0;
    key.append(ID);
    writeTransactionId(key, context);
    key.append(ID_END);
    const out = queue.open(key.bytes, key.length, 0);
    out.append(status);
    writeTransactionId(out, context);
    return out;
  }

  function send(out: ByteSink, timeMicros: bigint): number {
    out.append(TIME);
    out.digits(timeMicros / 1000n);
    out.byte(CLOSE);
    queue.endValue(false);
    out.byte(0); // no headers
    const bytes = queue.close(false);
    onAdded(queue);
    publisher.added(queue, bytes, queue.hasFull());
    return bytes;
  }

  return {
    begin(context) {
      const out = open(context, BEGIN);
      out.append(NO_COUNTS);
      return send(out, context.timeMicros);
    },
    end(context, total, tables) {
      const out = open(context, END);
      out.append(COUNT);
      out.digits(total);
      out.append(TABLES);
      for (let i = 0; i < tables.length; i++) {
        const table = tables[i] as TableWriter;
        out.append(i === 0 ? TABLE : NEXT_TABLE);
        out.append(nameOf(table));
        out.append(TABLE_COUNT);
        out.digits(table.inTransaction());
        out.byte(CLOSE);
      }
      out.byte(CLOSE_LIST);
      return send(out, context.timeMicros);
    },
  };
}
