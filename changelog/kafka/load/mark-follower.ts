import { unlessAborted } from '../../../runtime/abortable.ts';
import type { Fetched, KafkaClient, PartitionOffsets } from '../client/kafka-client.ts';
import { MAX_EMPTY, readJson } from '../compact-topic.ts';
import { isGone } from '../gone.ts';
import { isIdentityKey } from '../log-identity.ts';
import { type Mark, REWIND, type Rewind, readMark, readRewind } from '../mark.ts';
import { traceparentOf } from '../trace-header.ts';

/** What is durable in Kafka of one source, as far as the topic of watermarks was read. */
export interface SourceMarks {
  newest(): Mark | null;
  /** Exchanges of tables in their order, the last of each table at least. */
  exchanges(): readonly Mark[];
  /** The last rewind of each topic. */
  rewinds(): readonly Rewind[];
  /** Calls back with each new mark, or with null for a rewind. Returns what ends that. */
  onMark(callback: (mark: Mark | null) => void): () => void;
}

export interface MarkFollower {
  of(source: string): SourceMarks;
  /** Resolves when everything that was there at the start is read. */
  readonly ready: Promise<void>;
  /** Until the signal aborts. */
  run(): Promise<void>;
}

/** Exchanges of one table that are remembered: a loader that is behind carries out one after the other. */
const MAX_EXCHANGES = 20;
const MAX_BYTES = 4 << 20;
/** What was there at the start is waited for only until it is clear that it was compacted away. */
const READING_MS = 500;
/** For what is to come: a broker answers as soon as there is something, and whoever stops does not wait for it. */
const FOLLOWING_MS = 2_000;

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

  /** Nothing when the offset is not in the topic any more. */
  async function fetch(offset: bigint, maxWaitMs: number): Promise<readonly Fetched[]> {
    try {
      return await unlessAborted(
        client.follow([{ topic, partition: 0, offset }], { maxBytes: MAX_BYTES, maxWaitMs }),
        signal,
      );
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  }

  /** Nothing while the topic is not there: capture tells of that. */
  async function rangeOfAll(): Promise<PartitionOffsets | undefined> {
    try {
      return (await client.offsets(topic))[0];
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async function follow(): Promise<void> {
    const range = await rangeOfAll();
    let offset = range?.first ?? 0n;
    const atStart = range?.next ?? 0n;
    let empty = 0;
    while (!signal.aborted) {
      if (offset >= atStart) setReady();
      const [fetched] = await fetch(offset, offset < atStart ? READING_MS : FOLLOWING_MS);
      if (fetched === undefined) {
        // Emptied, or created anew: what counts is there again with the next watermark.
        offset = (await rangeOfAll())?.first ?? 0n;
        continue;
      }
      for (const message of fetched.messages) {
        const key = message.key?.toString() ?? '';
        const of = followed.get(key.split('/')[0] ?? '');
        if (of === undefined || isIdentityKey(key)) continue;
        const json = readJson(topic, message);
        if (key.includes(REWIND)) of.rewind(readRewind(key, json, message.offset));
        else of.add(readMark(key, json, message.offset, traceparentOf(message)), key);
      }
      empty = fetched.next === offset ? empty + 1 : 0;
      // What was compacted away at the end is never sent.
      offset = empty >= MAX_EMPTY && offset < atStart ? atStart : fetched.next;
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

function createFollowed(): {
  marks: SourceMarks;
  add(mark: Mark, key: string): void;
  rewind(rewind: Rewind): void;
} {
  let newest: Mark | null = null;
  const exchanges = new Map<string, Mark[]>();
  const rewinds = new Map<string, Rewind>();
  const callbacks = new Set<(mark: Mark | null) => void>();
  return {
    add(mark, key) {
      if (mark.exchange === null) newest = mark;
      else exchanges.set(key, [...(exchanges.get(key) ?? []), mark].slice(-MAX_EXCHANGES));
      for (const callback of callbacks) callback(mark);
    },
    rewind(rewind) {
      rewinds.set(rewind.topic, rewind);
      for (const callback of callbacks) callback(null);
    },
    marks: {
      newest: () => newest,
      exchanges: () => [...exchanges.values()].flat().sort((a, b) => (a.offset < b.offset ? -1 : 1)),
      rewinds: () => [...rewinds.values()],
      onMark(callback) {
        callbacks.add(callback);
        return () => void callbacks.delete(callback);
      },
    },
  };
}
