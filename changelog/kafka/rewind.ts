import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { versionFloor } from '../version.ts';
import type { KafkaClient } from './client/kafka-client.ts';
import { createCompactTopic } from './compact-topic.ts';
import { KAFKA_ERRORS } from './errors.ts';
import { firstOffsetOf } from './load/first-offset.ts';
import { REJECTED_HEADER } from './load/rejected-messages.ts';
import { REWIND, readRewind, rewindJson } from './mark.ts';
import type { RelationRecord } from './relation-record.ts';
import { rejectedTopicSpec, systemTopic, type TopicSettings } from './topics.ts';
import { readWatermark } from './watermark.ts';

/** Where loading is to begin again; `put-aside`: at the first message that was put aside and not loaded again since. */
export type RewindPoint =
  | 'beginning'
  | 'put-aside'
  /** Messages that were published at this time or later. */
  | { readonly timeMs: number }
  /** Commits at this LSN or behind it, of the source's present epoch. */
  | { readonly lsn: bigint };

export interface RewoundTopic {
  readonly topic: string;
  /** Of each partition. */
  readonly offsets: readonly bigint[];
  /** Messages that will be read again, at most. */
  readonly messages: number;
}

const FETCH = { maxBytes: 8 << 20, maxWaitMs: 500 };

/**
 * Has a source's topics, or that of one table, loaded again from a point on, by whichever loaders have them; resolves when
 * they will hear of it. Topics for which there is nothing to be done are left out. Throws KAFKA_TOPIC_UNKNOWN.
 */
export async function rewindTopics(options: {
  client: KafkaClient;
  topics: TopicSettings;
  source: string;
  /** `table` or `schema.table`; null for all. */
  table: string | null;
  to: RewindPoint;
  logger: Logger;
  signal: AbortSignal;
}): Promise<readonly RewoundTopic[]> {
  const { client, topics, source, table, to } = options;
  const relations = createCompactTopic({ ...options, topic: systemTopic('relations', topics) });
  const watermarks = createCompactTopic({ ...options, topic: systemTopic('watermarks', topics) });
  const [records, marks] = await Promise.all([relations.load(), watermarks.load()]);
  const names = new Set<string>();
  for (const { relation, topic } of [...records.values()] as RelationRecord[]) {
    const isAsked = table === null || table === relation.table || table === `${relation.schema}.${relation.table}`;
    if (relation.source === source && isAsked) names.add(topic);
  }
  if (names.size === 0)
    throw new MillraceError(KAFKA_ERRORS.topicUnknown, `${source}${table === null ? '' : `.${table}`}`);
  const newest = marks.get(source);
  const epoch = newest === undefined ? 1 : readWatermark(newest).epoch;

  async function offsetsOf(topic: string, former: bigint): Promise<{ offsets: bigint[]; replayed: bigint } | null> {
    const ranges = await client.offsets(topic);
    if (to === 'beginning') return { offsets: ranges.map(({ first }) => first), replayed: former };
    if (to === 'put-aside') return putAside(topic, former);
    if ('timeMs' in to) return { offsets: [...(await client.offsetsAt(topic, to.timeMs))], replayed: former };
    const version = versionFloor(epoch, to.lsn);
    const offsets = await Promise.all(ranges.map((range) => firstOffsetOf(client, { topic, ...range }, version)));
    return { offsets, replayed: former };
  }

  /** Null when nothing was put aside since. */
  async function putAside(topic: string, former: bigint): Promise<{ offsets: bigint[]; replayed: bigint } | null> {
    const aside = rejectedTopicSpec(topic, topics);
    await client.ensureTopics([aside]);
    const ranges = await client.offsets(topic);
    const offsets = ranges.map(({ next }) => next);
    const [{ first, next } = { first: 0n, next: 0n }] = await client.offsets(aside.topic);
    let offset = former > first ? former : first;
    if (offset >= next) return null;
    while (offset < next) {
      const [fetched] = await client.fetch([{ topic: aside.topic, partition: 0, offset }], FETCH);
      if (fetched === undefined || fetched.next === offset) break;
      for (const { headers } of fetched.messages) {
        const partition = Number(headers[REJECTED_HEADER.partition]?.toString());
        const at = BigInt(headers[REJECTED_HEADER.offset]?.toString() ?? 0);
        const range = ranges[partition];
        if (range !== undefined && at >= range.first && at < (offsets[partition] as bigint)) offsets[partition] = at;
      }
      offset = fetched.next;
    }
    return { offsets, replayed: next };
  }

  const rewound: RewoundTopic[] = [];
  for (const topic of [...names].sort()) {
    const key = `${source}${REWIND}${topic}`;
    const former = marks.get(key);
    const point = await offsetsOf(topic, former === undefined ? 0n : readRewind(key, former, 0n).replayed);
    if (point === null) continue;
    await watermarks.put(key, rewindJson({ ...point, epoch }));
    const ranges = await client.offsets(topic);
    const messages = ranges.reduce(
      (sum, { next }, partition) => sum + Number(next - (point.offsets[partition] ?? next)),
      0,
    );
    rewound.push({ topic, offsets: point.offsets, messages });
  }
  return rewound;
}
