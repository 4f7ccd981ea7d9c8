import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { FetchedMessage, KafkaClient } from './client/kafka-client.ts';
import { KAFKA_ERRORS } from './errors.ts';
import { isMissingTopic } from './gone.ts';
import { ByteSink } from './records/byte-sink.ts';
import { type Header, RecordBatchBuilder, writeHeaders } from './records/record-batch.ts';
import { retryUnlessMissing } from './retry.ts';

const FETCH = { maxBytes: 8 << 20, maxWaitMs: 500 };
/** Answers without anything, one behind the other, that mean that nothing is there. */
export const MAX_EMPTY = 4;

/** A topic of one partition with JSON under keys, of which the last counts: a small table that outlives processes. */
export interface CompactTopic {
  /** Reads all that is there now: the last value of each key. Throws KAFKA_STATE_UNREADABLE. */
  load(): Promise<Map<string, unknown>>;
  /**
   * Resolves when all replicas in sync have it; waits for brokers that are away. Returns its offset. Throws KAFKA_STATE_GONE
   * when the topic was deleted, or is another one than it was.
   */
  put(key: string, value: unknown, headers?: readonly Header[]): Promise<bigint>;
}

export function createCompactTopic(options: {
  client: KafkaClient;
  topic: string;
  logger: Logger;
  signal: AbortSignal;
}): CompactTopic {
  const { client, topic } = options;
  /** Behind the last message that was read or written. */
  let reached = 0n;

  async function retry<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await retryUnlessMissing(action, options);
    } catch (error) {
      if (!isMissingTopic(error)) throw error;
      throw new MillraceError(KAFKA_ERRORS.stateGone, `${topic} is not there`, { cause: error });
    }
  }

  return {
    async load() {
      const values = new Map<string, unknown>();
      const [range] = await retry(() => client.offsets(topic));
      if (range === undefined) throw new MillraceError(KAFKA_ERRORS.topicUnsuitable, `${topic} has no partition`);
      for (let offset = range.first, empty = 0; offset < range.next; ) {
        const [fetched] = await retry(() => client.fetch([{ topic, partition: 0, offset }], FETCH));
        if (fetched === undefined || fetched.next === offset) {
          // What was compacted away at the end is never sent; a broker that is busy may send nothing for once.
          if (++empty >= MAX_EMPTY) break;
          continue;
        }
        empty = 0;
        for (const message of fetched.messages) {
          if (message.key !== null) values.set(message.key.toString(), readJson(topic, message));
        }
        offset = fetched.next;
      }
      if (range.next > reached) reached = range.next;
      return values;
    },
    async put(key, value, headers = []) {
      const bytes = await oneMessage(key, JSON.stringify(value), headers).seal('zstd');
      const answer = await retry(async () => {
        const [answer] = await client.produce([{ topic, partition: 0, bytes }]);
        if (answer === undefined) throw new Error('a batch has no answer');
        if (answer.error !== null) throw answer.error;
        return answer;
      });
      const { baseOffset } = answer;
      if (baseOffset < reached) {
        throw new MillraceError(KAFKA_ERRORS.stateGone, `${topic} has offset ${baseOffset} again, and had ${reached}`);
      }
      reached = baseOffset + 1n;
      return baseOffset;
    },
  };
}

/** The JSON of a message of a system topic. Throws KAFKA_STATE_UNREADABLE. */
export function readJson(topic: string, { value, offset }: FetchedMessage): unknown {
  try {
    return value === null ? null : (JSON.parse(value.toString()) as unknown);
  } catch (cause) {
    throw new MillraceError(KAFKA_ERRORS.stateUnreadable, `${topic}, offset ${offset}`, { cause });
  }
}

function oneMessage(key: string, value: string, headers: readonly Header[]): RecordBatchBuilder {
  const out = new ByteSink(key.length + value.length + 16);
  out.append(Buffer.from(key));
  const keyLength = out.length;
  out.append(Buffer.from(value));
  const valueLength = out.length - keyLength;
  writeHeaders(out, headers);
  const builder = new RecordBatchBuilder({ baseTimestampMs: Date.now(), initialBytes: out.length + 32 });
  builder.add(out.bytes, 0, keyLength, valueLength, out.length - keyLength - valueLength);
  return builder;
}
