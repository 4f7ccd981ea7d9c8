import { sleep } from '../../../runtime/abortable.ts';
import type { OnTableFailure } from '../../change-log.ts';
import { TableFailure } from '../../table-failure.ts';
import type { Fetched, KafkaClient, PartitionOffsets } from '../client/kafka-client.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import { isMissingTopic } from '../gone.ts';
import { MISSING_MS } from '../retry.ts';
import { type Fate, fateOf } from './gone-messages.ts';
import type { LoadedRelations } from './loaded-relations.ts';
import type { TopicUnit } from './topic-unit.ts';

/** Topics, or messages, that are not there any more: what becomes of their tables. */
export interface GoneTopics {
  /** What was asked for of a topic, and what was answered. */
  onAnswer(topic: string, fetched: readonly Fetched[]): void;
  /** A topic has not answered for so long that it may be gone. */
  isOverdue(): boolean;
  /** Meets the topics' fates; resolves after a pause, for whoever tries again. */
  look(): Promise<void>;
  /** Of each partition what is there; null when the topic is not. */
  rangesOf(topic: string): Promise<readonly PartitionOffsets[] | null>;
  /** Goes on behind what was deleted, or waits for a rewind; the table has failed unless all is there. */
  meet(unit: TopicUnit, fate: Fate, ranges: readonly PartitionOffsets[] | null): Promise<void>;
}

const PAUSE_MS = 100;

export function createGoneTopics(options: {
  /** Waits for brokers by itself. */
  client: KafkaClient;
  units: () => Iterable<TopicUnit>;
  relations: Pick<LoadedRelations, 'ofTopic'>;
  onTableFailure: OnTableFailure;
  signal: AbortSignal;
}): GoneTopics {
  const { client, units, relations, onTableFailure, signal } = options;
  /** Since when a topic is not there. */
  const absentSinceMs = new Map<string, number>();

  async function rangesOf(topic: string): Promise<readonly PartitionOffsets[] | null> {
    try {
      return await client.offsets(topic);
    } catch (error) {
      if (isMissingTopic(error)) return null;
      throw error;
    }
  }

  async function meet(unit: TopicUnit, fate: Fate, ranges: readonly PartitionOffsets[] | null): Promise<void> {
    if (fate === 'there') return;
    absentSinceMs.delete(unit.topic);
    if (fate === 'topic-gone') unit.isGone = true;
    else unit.skipTo((ranges ?? []).map(({ first }) => first));
    unit.isFailed = true;
    const relation = await relations.ofTopic(unit.topic);
    if (relation === null) return;
    // What was deleted before it was loaded has to come from the source again.
    const failure = new TableFailure(KAFKA_ERRORS.messagesGone, unit.topic, { isMendedByResync: true });
    await onTableFailure(relation, failure);
  }

  return {
    onAnswer(topic, fetched) {
      if (fetched.some((each) => each.topic === topic)) absentSinceMs.delete(topic);
      else if (!absentSinceMs.has(topic)) absentSinceMs.set(topic, performance.now());
    },
    isOverdue() {
      const longAgo = performance.now() - MISSING_MS;
      return [...absentSinceMs.values()].some((since) => since < longAgo);
    },
    async look() {
      for (const unit of units()) {
        if (unit.isGone) continue;
        const ranges = await rangesOf(unit.topic);
        const fates = [unit.cursor.reading(), unit.snapshotNext].map((next) => fateOf(next, ranges));
        await meet(unit, fates.find((fate) => fate !== 'there') ?? 'there', ranges);
      }
      await sleep(PAUSE_MS, signal);
    },
    rangesOf,
    meet,
  };
}
