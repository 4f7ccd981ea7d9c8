import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Relation } from '../../change.ts';
import type { TableBuild } from '../../change-log.ts';
import { ensureCheckedTopics } from '../checked-topics.ts';
import type { KafkaClient, PartitionOffsets, TopicFacts } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import type { EnvelopeOptions } from '../envelope/envelope-options.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { REWIND, readRewind, rewindJson } from '../mark.ts';
import { type RelationRecord, relationId, relationKey } from '../relation-record.ts';
import { retryWhilePassing } from '../retry.ts';
import { type TopicSettings, tableTopic, tableTopicSpec } from '../topics.ts';
import { topicFailure } from './topic-failure.ts';
import { readPartitionCounts, topicKey } from './topic-memory.ts';

/** Which topic a table's rows go to, and under which id its shape is known. */
export interface TableTopics {
  /**
   * Resolves when the topic is there and the shape is on record. Waits for brokers that are away. Rejects with a
   * TableFailure when this topic alone cannot be had, or is another one than it was; with a build it then begins anew.
   */
  open(relation: Relation, build: TableBuild | null): Promise<{ id: string; facts: TopicFacts }>;
  /** The topic was deleted, or is another one than it was. */
  lose(topic: string): void;
}

/** Topics whose failures concern their own table alone. */
const OF_TABLE: ReadonlySet<string> = new Set(
  [KAFKA_ERRORS.notAuthorized, KAFKA_ERRORS.topicUnsuitable, KAFKA_ERRORS.topicRefused].map(({ code }) => code),
);

/** `records` are those of all sources, as `millrace.relations` has them, and `remembered` is what `states` has. */
export function createTableTopics(options: {
  source: string;
  client: KafkaClient;
  relations: CompactTopic;
  records: ReadonlyMap<string, unknown>;
  states: CompactTopic;
  remembered: ReadonlyMap<string, unknown>;
  watermarks: CompactTopic;
  topics: TopicSettings;
  format: EnvelopeOptions;
  /** By partition, the offset behind what was ever written to a topic, until now. */
  reached: (topic: string) => readonly bigint[];
  epoch: () => number;
  /** Called before a topic begins anew. */
  onAnew: (topic: string) => void;
  logger: Logger;
  signal: AbortSignal;
}): TableTopics {
  const { source, client, relations, states, watermarks, topics, format, logger, signal } = options;
  const known = new Set<string>();
  const taken = new Map<string, string>();
  const opened = new Map<string, TopicFacts>();
  const partitionCounts = readPartitionCounts(source, options.remembered);
  const lost = new Set<string>();
  for (const value of options.records.values()) {
    const record = value as RelationRecord;
    if (record.relation.source !== source) continue;
    known.add(record.id);
    taken.set(`${record.relation.schema}.${record.relation.table}`, record.topic);
  }
  const retry = <T>(action: () => Promise<T>): Promise<T> => retryWhilePassing(action, { logger, signal });

  /** The topic as it is now. */
  async function ensure(topic: string, isBuild: boolean): Promise<{ made: TopicFacts; isAnew: boolean }> {
    const specs = [tableTopicSpec(topic, topics)];
    const [made] = await retry(() => ensureCheckedTopics({ client, kind: 'table', specs, logger }));
    if (made === undefined) throw new Error('a topic has no answer');
    // What is acknowledged while the brokers are asked may lie behind what they answer.
    const reached = options.reached(topic);
    const ranges = await retry(() => client.offsets(topic));
    const loss = lost.has(topic) ? 'it was deleted' : lossOf(topic, ranges, reached);
    if (loss !== null) {
      lost.add(topic);
      const error = new MillraceError(KAFKA_ERRORS.topicLost, `${topic}: ${loss}`);
      if (!isBuild) throw error;
      await beginAnew(topic, ranges, error);
    }
    return { made, isAnew: loss !== null };
  }

  async function ensureOrFail(topic: string, isBuild: boolean): ReturnType<typeof ensure> {
    try {
      return await ensure(topic, isBuild);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const isOfTable = OF_TABLE.has(error.code) || error.code === KAFKA_ERRORS.topicLost.code;
      throw isOfTable ? topicFailure(error) : error;
    }
  }

  /** How the topic shows that it is not the one any more that was written to; null while it may be. */
  function lossOf(topic: string, ranges: readonly PartitionOffsets[], reached: readonly bigint[]): string | null {
    const count = partitionCounts.get(topic) ?? 0;
    if (ranges.length < count) return `it has ${ranges.length} partitions, and had ${count}`;
    for (const [partition, offset] of reached.entries()) {
      const next = ranges[partition]?.next ?? 0n;
      if (next < offset) return `partition ${partition} ends at ${next}, and ended at ${offset}`;
    }
    return null;
  }

  /** Loaders leave behind what they knew of the former topic, before a watermark speaks of this one. */
  async function beginAnew(
    topic: string,
    ranges: readonly PartitionOffsets[],
    { code, message: err }: MillraceError,
  ): Promise<void> {
    options.onAnew(topic);
    const key = `${source}${REWIND}${topic}`;
    const former = (await watermarks.load()).get(key);
    const replayed = former === undefined ? 0n : readRewind(key, former, 0n).replayed;
    // What is in it already is older than the build.
    const epoch = options.epoch();
    await watermarks.put(key, rewindJson({ offsets: ranges.map(({ next }) => next), replayed, epoch }));
    lost.delete(topic);
    logger.warn({ topic, code, err }, 'a topic begins anew, and so does its table');
  }

  /** Rows keep to the partitions that there were at first: a key would else be in two of them, out of order. */
  async function partitionsOf(topic: string, found: number, isAnew: boolean): Promise<number> {
    const count = isAnew ? undefined : partitionCounts.get(topic);
    if (count === undefined) {
      await states.put(topicKey(source, topic), { partitions: found });
      partitionCounts.set(topic, found);
      return found;
    }
    if (found > count) {
      const { code } = KAFKA_ERRORS.topicDiffers;
      logger.warn({ topic, code, found, used: count }, 'partitions were added to a topic: its rows keep to the first');
    }
    return count;
  }

  return {
    async open(relation, build) {
      const topic = tableTopic(relation, taken, topics);
      const opening = build === null ? opened.get(topic) : undefined;
      const found = opening === undefined ? await ensureOrFail(topic, build !== null) : null;
      const id = relationId(relation, build, format);
      if (!known.has(id)) {
        const record: RelationRecord = { id, topic, relation, build, format };
        await relations.put(relationKey(source, id), record);
        known.add(id);
        failpoint('changelog.shape-recorded');
      }
      taken.set(`${relation.schema}.${relation.table}`, topic);
      if (found === null) return { id, facts: opening as TopicFacts };
      // After the shape: a topic that is remembered without one counts as a loss.
      const facts = { ...found.made, partitions: await partitionsOf(topic, found.made.partitions, found.isAnew) };
      opened.set(topic, facts);
      failpoint('changelog.topic-remembered');
      return { id, facts };
    },
    lose(topic) {
      opened.delete(topic);
      lost.add(topic);
    },
  };
}
