import type { FetchedMessage, KafkaClient } from '../client/kafka-client.ts';

/** Offsets by topic and partition. */
export type Offsets = Map<string, bigint[]>;

export interface PartitionMessage {
  readonly topic: string;
  readonly message: FetchedMessage;
}

const FETCH = { maxBytes: 8 << 20, maxWaitMs: 250 };

/** Reads partitions behind each other's pace: each goes on from its own offset. */
export interface PartitionReader {
  readonly offsets: Offsets;
  /** Next messages below `until`; null when there are none left. Partitions that are not in `until` are left alone. */
  next(until: Offsets): Promise<readonly PartitionMessage[] | null>;
}

export function createPartitionReader(options: { client: KafkaClient; from: Offsets }): PartitionReader {
  const { client } = options;
  const offsets: Offsets = new Map([...options.from].map(([topic, next]) => [topic, [...next]]));

  function offsetOf(topic: string, partition: number): bigint {
    return offsets.get(topic)?.[partition] ?? 0n;
  }

  return {
    offsets,
    async next(until) {
      const from = [...until].flatMap(([topic, ends]) =>
        ends.flatMap((end, partition) => {
          const offset = offsetOf(topic, partition);
          return offset < end ? [{ topic, partition, offset }] : [];
        }),
      );
      if (from.length === 0) return null;
      const messages: PartitionMessage[] = [];
      for (const fetched of await client.fetch(from, FETCH)) {
        const end = until.get(fetched.topic)?.[fetched.partition] ?? 0n;
        for (const message of fetched.messages) {
          if (message.offset < end) messages.push({ topic: fetched.topic, message });
        }
        const ofTopic = offsets.get(fetched.topic) ?? [];
        offsets.set(fetched.topic, ofTopic);
        while (ofTopic.length <= fetched.partition) ofTopic.push(0n);
        ofTopic[fetched.partition] = fetched.next < end ? fetched.next : end;
      }
      return messages;
    },
  };
}

/** Whether every partition of `wanted` has been reached. */
export function hasReached(offsets: Offsets, wanted: Offsets): boolean {
  for (const [topic, ends] of wanted) {
    for (const [partition, end] of ends.entries()) if ((offsets.get(topic)?.[partition] ?? 0n) < end) return false;
  }
  return true;
}
