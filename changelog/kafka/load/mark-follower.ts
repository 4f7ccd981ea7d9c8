import type { KafkaClient } from '../client/kafka-client.ts';
import { readJson } from '../compact-topic.ts';
import { EXCHANGE, type Mark, readMark } from '../mark.ts';

/** What is durable in Kafka of one source, as far as the topic of watermarks was read. */
export interface SourceMarks {
  newest(): Mark | null;
  /** The last exchange of each table. */
  exchanges(): readonly Mark[];
  /** Calls back with each new mark. Returns what ends that. */
  onMark(callback: (mark: Mark) => void): () => void;
}

export interface MarkFollower {
  of(source: string): SourceMarks;
  /** Resolves when everything that was there at the start is read. */
  readonly ready: Promise<void>;
  /** Until the signal aborts. */
  run(): Promise<void>;
}

const FETCH = { maxBytes: 4 << 20, maxWaitMs: 500 };

/** Reads `millrace.watermarks`, which all sources share, once for all of them. `client` waits for brokers by itself. */
export function createMarkFollower(options: {
  client: KafkaClient;
  topic: string;
  sources: readonly string[];
  signal: AbortSignal;
}): MarkFollower {
  const { client, topic, signal } = options;
  const followed = new Map(options.sources.map((source) => [source, createFollowed()]));
  const { promise: ready, resolve: setReady, reject } = Promise.withResolvers<void>();
  ready.catch(() => {}); // `run` rejects with the same.

  async function follow(): Promise<void> {
    const [range] = await client.offsets(topic);
    let offset = range?.first ?? 0n;
    const atStart = range?.next ?? 0n;
    while (!signal.aborted) {
      if (offset >= atStart) setReady();
      const [fetched] = await client.fetch([{ topic, partition: 0, offset }], FETCH);
      if (fetched === undefined) continue;
      for (const message of fetched.messages) {
        const key = message.key?.toString() ?? '';
        const [source = ''] = key.split(EXCHANGE);
        const of = followed.get(source);
        if (of !== undefined) of.add(readMark(key, readJson(topic, message), message.offset), key);
      }
      // What was compacted away at the end is never sent.
      offset = fetched.next === offset && offset < atStart ? atStart : fetched.next;
    }
  }

  return {
    of(source) {
      const found = followed.get(source);
      if (found === undefined) throw new Error(`${source} is not followed`);
      return found.marks;
    },
    ready,
    async run() {
      try {
        await follow();
      } catch (error) {
        reject(error);
        if (!signal.aborted) throw error;
      }
    },
  };
}

function createFollowed(): { marks: SourceMarks; add(mark: Mark, key: string): void } {
  let newest: Mark | null = null;
  const exchanges = new Map<string, Mark>();
  const callbacks = new Set<(mark: Mark) => void>();
  return {
    add(mark, key) {
      if (mark.exchange === null) newest = mark;
      else exchanges.set(key, mark);
      for (const callback of callbacks) callback(mark);
    },
    marks: {
      newest: () => newest,
      exchanges: () => [...exchanges.values()],
      onMark(callback) {
        callbacks.add(callback);
        return () => void callbacks.delete(callback);
      },
    },
  };
}
