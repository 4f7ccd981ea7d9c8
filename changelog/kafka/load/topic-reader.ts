import { setTimeout as sleep } from 'node:timers/promises';
import { packVersion } from '../../version.ts';
import type { Fetched, KafkaClient } from '../client/kafka-client.ts';
import type { Mark } from '../mark.ts';
import type { LogBatch } from '../records/log-batch.ts';
import { LogMessage } from '../records/log-message.ts';
import type { LoadedRelation, LoadedRelations } from './loaded-relations.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import { RowMessage } from './row-message.ts';
import type { SnapshotRows } from './snapshot-rows.ts';
import type { TopicUnit } from './topic-unit.ts';

/**
 * Of one request, as it is compressed: 15 times as much lies in memory. Of each partition a little, since it is held until the
 * others have come as far.
 */
const FETCH = { maxBytes: 1 << 20, maxPartitionBytes: 96 << 10, maxWaitMs: 250 };

/** Before what brokers have left out is asked for again. */
const LEFT_OUT_MS = 100;

/** Reads topics: snapshot rows go on at once, changes into the order of their table. */
export interface TopicReader {
  /** Reads on towards the targets of these units. False when nothing is to be read, or not before something is taken. */
  readOn(units: readonly TopicUnit[], newest: Mark): Promise<boolean>;
  /** Begins to fetch what `readOn` will want next. */
  prefetch(units: readonly TopicUnit[], newest: Mark): void;
  /**
   * Hands over the snapshot rows of these units up to the mark, also where the stream has not come to them. Brokers may
   * have had nothing of a topic just then: the unit tells what is left.
   */
  readSnapshots(units: Iterable<TopicUnit>, mark: Mark): Promise<void>;
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** `client` waits for brokers by itself. */
export function createTopicReader(options: {
  client: KafkaClient;
  relations: LoadedRelations;
  snapshots: SnapshotRows;
  rejected: RejectedMessages;
  /** Told of each topic that was asked for; it may not be among the answers. */
  onAnswer: (topic: string, fetched: readonly Fetched[]) => void;
}): TopicReader {
  const { client, relations, snapshots, rejected, onAnswer } = options;
  const message = new RowMessage();
  let next: { readonly positions: string; readonly fetched: Promise<readonly Fetched[]> } | null = null;

  function toRead(units: readonly TopicUnit[], newest: Mark): Position[] {
    const positions: Position[] = [];
    for (const unit of units) {
      const { topic } = unit;
      for (const { partition, offset } of unit.cursor.toRead(unit.target(newest))) {
        positions.push({ topic, partition, offset });
      }
    }
    return positions;
  }

  function fetchNext(positions: readonly Position[]): Promise<readonly Fetched[]> {
    const text = positions.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`).join(' ');
    if (next?.positions !== text) next = { positions: text, fetched: client.fetch(positions, FETCH) };
    return next.fetched;
  }

  async function takeStream(unit: TopicUnit, { partition, batches, next: nextOffset }: Fetched): Promise<void> {
    for (const batch of batches) {
      for (let index = 0; index < batch.count; index++) {
        const waiting = takeMessage(unit, partition, batch, index);
        if (waiting !== null) await waiting;
      }
    }
    const from = unit.cursor.next(partition);
    unit.cursor.read(partition, nextOffset);
    const handedOver = unit.snapshotNext[partition] ?? 0n;
    // What is to be read again before is read by itself.
    if (handedOver >= from && handedOver < nextOffset) unit.snapshotNext[partition] = nextOffset;
  }

  /** Without a promise but where rows of a snapshot are to be waited for. */
  function takeMessage(unit: TopicUnit, partition: number, batch: LogBatch, index: number): Promise<void> | null {
    try {
      if (!message.read(batch, index)) return null;
    } catch (error) {
      rejected.add(unit, partition, new LogMessage(batch, index), error);
      return null;
    }
    if (message.words.ordinal !== 0) {
      unit.cursor.add(partition, batch, index, message.words);
      return null;
    }
    const isHandedOver = batch.offset(index) < (unit.snapshotNext[partition] ?? 0n);
    return isHandedOver ? null : takeSnapshot(unit, partition, batch, index);
  }

  /** `message` is the one at the index. Without a promise where its relation is known and its block has room. */
  function takeSnapshot(unit: TopicUnit, partition: number, batch: LogBatch, index: number): Promise<void> | null {
    const { relationId } = message;
    const of = relations.ready(relationId);
    if (of === undefined) return takeUnready(unit, partition, batch, index, relationId);
    if (of.record.build === null || relationId === unit.relationId) {
      return addSnapshot(unit, partition, batch, index, of);
    }
    unit.park(relationId, partition, batch.offset(index));
    return null;
  }

  async function takeUnready(
    unit: TopicUnit,
    partition: number,
    batch: LogBatch,
    index: number,
    relationId: string,
  ): Promise<void> {
    const record = await relations.record(relationId);
    if (record !== null && record.build !== null && relationId !== unit.relationId) {
      unit.park(relationId, partition, batch.offset(index));
      return;
    }
    const of = await relations.get(relationId, unit);
    message.read(batch, index); // Others may have been read meanwhile.
    await addSnapshot(unit, partition, batch, index, of);
  }

  function addSnapshot(
    unit: TopicUnit,
    partition: number,
    batch: LogBatch,
    index: number,
    of: LoadedRelation | null,
  ): Promise<void> | null {
    try {
      if (of === null) throw new RangeError(`relation ${message.relationId} is not on record`);
      if (packVersion(message.version) < unit.floor) return null;
      unit.table = of.table;
      unit.rows++;
      return snapshots.add(of, message);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      rejected.add(unit, partition, new LogMessage(batch, index), error);
      return null;
    }
  }

  /** What is read ahead of the stream comes again with it: that is where it is put aside. */
  function isReadable(batch: LogBatch, index: number): boolean {
    try {
      return message.read(batch, index);
    } catch {
      return false;
    }
  }

  return {
    async readOn(units, newest) {
      const positions = toRead(units, newest);
      if (positions.length === 0) return false;
      const fetched = await fetchNext(positions).finally(() => {
        next = null;
      });
      for (const { topic } of positions) onAnswer(topic, fetched);
      for (const each of fetched) {
        const unit = units.find(({ topic }) => topic === each.topic);
        if (unit !== undefined) await takeStream(unit, each);
      }
      return true;
    },
    prefetch(units, newest) {
      const positions = toRead(units, newest);
      if (positions.length > 0) fetchNext(positions).catch(() => {}); // Whoever reads on awaits it.
    },
    async readSnapshots(units, mark) {
      const byTopic = new Map([...units].map((unit) => [unit.topic, unit]));
      let isLeftOut = false;
      for (;;) {
        const positions = [...byTopic.values()].flatMap((unit) => unit.snapshotsToRead(mark));
        if (positions.length === 0) break;
        const fetched = await client.fetch(positions, FETCH);
        for (const { topic } of positions) {
          onAnswer(topic, fetched);
          if (fetched.some((each) => each.topic === topic)) continue;
          byTopic.delete(topic);
          isLeftOut = true;
        }
        for (const { topic, partition, batches, next: nextOffset } of fetched) {
          const unit = byTopic.get(topic) as TopicUnit;
          for (const batch of batches) {
            for (let index = 0; index < batch.count; index++) {
              if (!isReadable(batch, index) || message.words.ordinal !== 0) continue;
              const waiting = takeSnapshot(unit, partition, batch, index);
              if (waiting !== null) await waiting;
            }
          }
          unit.snapshotNext[partition] = nextOffset;
        }
      }
      await snapshots.flush();
      if (isLeftOut) await sleep(LEFT_OUT_MS);
    },
  };
}

/** What our readers throw for bytes that are not what they should be. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof RangeError || error instanceof SyntaxError;
}
