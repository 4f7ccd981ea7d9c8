import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Relation } from '../../change.ts';
import type { TableBuild } from '../../change-log.ts';
import { TableFailure } from '../../table-failure.ts';
import type { KafkaClient, TopicFacts } from '../client/kafka-client.ts';
import type { CompactTopic } from '../compact-topic.ts';
import type { EnvelopeOptions } from '../envelope/envelope-options.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { type RelationRecord, relationId, relationKey } from '../relation-record.ts';
import { retryWhilePassing } from '../retry.ts';
import { type TopicSettings, tableTopic, tableTopicSpec } from '../topics.ts';

/** Which topic a table's rows go to, and under which id its shape is known. */
export interface TableTopics {
  /**
   * Resolves when the topic is there and the shape is on record. Waits for brokers that are away. Rejects with a
   * TableFailure when this topic alone cannot be had.
   */
  open(relation: Relation, build: TableBuild | null): Promise<{ id: string; facts: TopicFacts }>;
  /** Every topic that a table of the source was ever given. */
  all(): readonly string[];
}

/** `records` are those of all sources, as `millrace.relations` has them. */
export function createTableTopics(options: {
  source: string;
  client: KafkaClient;
  relations: CompactTopic;
  records: ReadonlyMap<string, unknown>;
  topics: TopicSettings;
  format: EnvelopeOptions;
  logger: Logger;
  signal: AbortSignal;
}): TableTopics {
  const { source, client, relations, topics, format, logger, signal } = options;
  const known = new Set<string>();
  const taken = new Map<string, string>();
  const facts = new Map<string, TopicFacts>();
  for (const value of options.records.values()) {
    const record = value as RelationRecord;
    if (record.relation.source !== source) continue;
    known.add(record.id);
    taken.set(`${record.relation.schema}.${record.relation.table}`, record.topic);
  }

  async function ensure(topic: string): Promise<TopicFacts> {
    const found = facts.get(topic);
    if (found !== undefined) return found;
    try {
      const [made] = await retryWhilePassing(() => client.ensureTopics([tableTopicSpec(topic, topics)]), {
        logger,
        signal,
      });
      if (made === undefined) throw new MillraceError(KAFKA_ERRORS.topicUnsuitable, topic);
      facts.set(topic, made);
      return made;
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== KAFKA_ERRORS.notAuthorized.code) throw error;
      throw new TableFailure(KAFKA_ERRORS.notAuthorized, topic, { cause: error });
    }
  }

  return {
    async open(relation, build) {
      const topic = tableTopic(relation, taken, topics);
      const made = await ensure(topic);
      const id = relationId(relation, build, format);
      if (!known.has(id)) {
        const record: RelationRecord = { id, topic, relation, build, format };
        await relations.put(relationKey(source, id), record);
        known.add(id);
      }
      taken.set(`${relation.schema}.${relation.table}`, topic);
      return { id, facts: made };
    },
    all: () => [...new Set(taken.values())],
  };
}
