import type { Logger } from '../../../runtime/logger.ts';
import type { FetchedMessage, KafkaClient } from '../client/kafka-client.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from '../records/record-batch.ts';
import { retryWhilePassing } from '../retry.ts';
import { rejectedTopicSpec, type TopicSettings } from '../topics.ts';

/** Headers that a message which was put aside has beside its own. */
export const REJECTED_HEADER = {
  topic: 'millrace.rejected.topic',
  partition: 'millrace.rejected.partition',
  offset: 'millrace.rejected.offset',
  timestamp: 'millrace.rejected.timestamp',
  code: 'millrace.rejected.code',
  reason: 'millrace.rejected.reason',
} as const;

/** Messages that cannot be read go to `<topic>.dlq`, in full and with the reason, and the rest flows on. */
export interface RejectedMessages {
  add(of: { topic: string; rejected: number }, partition: number, message: FetchedMessage, error: unknown): void;
  /** Resolves when all that were added are durable there; waits for brokers that are away. */
  flush(): Promise<void>;
  /** Of those that wait. */
  bytes(): number;
}

interface Rejected {
  readonly topic: string;
  readonly partition: number;
  readonly message: FetchedMessage;
  readonly reason: string;
}

export function createRejectedMessages(options: {
  client: KafkaClient;
  topics: TopicSettings;
  logger: Logger;
  signal: AbortSignal;
}): RejectedMessages {
  const { client, topics, logger } = options;
  let waiting: Rejected[] = [];
  let bytes = 0;
  const told = new Set<string>();

  async function send(topic: string, messages: readonly Rejected[]): Promise<void> {
    await retryWhilePassing(() => client.ensureTopics([rejectedTopicSpec(topic, topics)]), options);
    const to = rejectedTopicSpec(topic, topics).topic;
    // One by one: any of them may be of any size.
    for (const message of messages) {
      const sealed = await batchOf(message).seal('zstd');
      await retryWhilePassing(async () => {
        const [answer] = await client.produce([{ topic: to, partition: 0, bytes: sealed }]);
        if (answer !== undefined && answer.error !== null) throw answer.error;
      }, options);
    }
  }

  return {
    add(of, partition, message, error) {
      const { topic } = of;
      of.rejected++;
      const reason = error instanceof Error ? error.message : String(error);
      waiting.push({ topic, partition, message, reason });
      bytes += (message.value?.length ?? 0) + (message.key?.length ?? 0);
      if (told.has(topic)) return;
      told.add(topic);
      const { code } = KAFKA_ERRORS.messageUnreadable;
      logger.warn({ topic, partition, offset: message.offset.toString(), code, reason }, 'a message was put aside');
    },
    async flush() {
      const taken = waiting;
      waiting = [];
      bytes = 0;
      for (const [topic, messages] of Map.groupBy(taken, (each) => each.topic)) await send(topic, messages);
    },
    bytes: () => bytes,
  };
}

function batchOf({ topic, partition, message, reason }: Rejected): RecordBatchBuilder {
  const key = message.key ?? Buffer.alloc(0);
  const value = message.value ?? Buffer.alloc(0);
  const out = new ByteSink(key.length + value.length + 512);
  out.append(key);
  out.append(value);
  const header = (name: string, text: string | number | bigint): { name: Buffer; value: Buffer } => ({
    name: Buffer.from(name),
    value: Buffer.from(String(text)),
  });
  writeHeaders(out, [
    ...Object.entries(message.headers).map(([name, each]) => ({ name: Buffer.from(name), value: each })),
    header(REJECTED_HEADER.topic, topic),
    header(REJECTED_HEADER.partition, partition),
    header(REJECTED_HEADER.offset, message.offset),
    header(REJECTED_HEADER.timestamp, message.timestampMs),
    header(REJECTED_HEADER.code, KAFKA_ERRORS.messageUnreadable.code),
    header(REJECTED_HEADER.reason, reason),
  ]);
  const builder = new RecordBatchBuilder({ baseTimestampMs: Date.now(), initialBytes: out.length + 32 });
  const headersLength = out.length - key.length - value.length;
  builder.add(
    out.bytes,
    0,
    message.key === null ? -1 : key.length,
    message.value === null ? -1 : value.length,
    headersLength,
  );
  return builder;
}
