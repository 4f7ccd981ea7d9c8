import { failpoint } from '../../../runtime/failpoint.ts';
import type { CaptureState } from '../../change-log.ts';
import type { Position } from '../../destination.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { traceHeaders } from '../trace-header.ts';
import { type TopicShape, type Watermark, watermarkJson } from '../watermark.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** Writes how far a source is durable in Kafka, with the offsets that this takes. */
export interface WatermarkWriter {
  /** The topic's rows are of this relation from here on; it has so many partitions. True when they were of another one. */
  define(topic: string, partitions: number, relation: string): boolean;
  /**
   * Everything up to this point is acknowledged. Resolves when the watermark is as well. One at a time. `traceparent` goes
   * along in a header.
   */
  write(
    point: { position: Position | null; through: bigint; state: CaptureState | null },
    traceparent?: string,
  ): Promise<void>;
  /** Rows of a snapshot were acknowledged that no watermark says of. */
  hasUnwrittenSnapshots(): boolean;
  /** The point as a loader has to reach it before it does what is written under another key. */
  describe(point: { position: Position | null; through: bigint; state: CaptureState | null }): Watermark;
  /** By partition, the offset behind the last message that was written to the topic until now. */
  reached(topic: string): readonly bigint[];
  /** The topic begins anew: what was reached in a former one of its name is not waited for any more. */
  forget(topic: string): void;
}

const SHAPES_OF_EPOCH = 1 << 16;

/** `former` is the last watermark of earlier runs: it goes on from there. */
export function createWatermarkWriter(options: {
  source: string;
  topic: CompactTopic;
  former: Watermark | null;
  queues: Iterable<PartitionQueue>;
  epoch: () => number;
}): WatermarkWriter {
  const { source, topic, former, queues } = options;
  const offsets = offsetsOf(former?.offsets);
  const snapshotOffsets = offsetsOf(former?.snapshotOffsets);
  /** By queue, its `nextSnapshotOffset` as the last watermark has it. */
  const written = new WeakMap<PartitionQueue, bigint>();
  const shapes = new Map<string, TopicShape>(Object.entries(former?.shapes ?? {}));

  function collect(): void {
    for (const { topic, partition, nextOffset, nextSnapshotOffset } of queues) {
      if (nextOffset !== null) setOffset(offsets, topic, partition, nextOffset);
      if (nextSnapshotOffset !== null) setOffset(snapshotOffsets, topic, partition, nextSnapshotOffset);
    }
  }

  function describe(point: Parameters<WatermarkWriter['describe']>[0]): Watermark {
    collect();
    const { position, through, state } = point;
    return {
      source,
      epoch: state?.epoch ?? 1,
      position,
      through,
      offsets: Object.fromEntries(offsets),
      snapshotOffsets: Object.fromEntries(snapshotOffsets),
      shapes: Object.fromEntries(shapes),
      state,
    };
  }

  return {
    describe,
    define(topic, partitions, relation) {
      // Loaders hear of a topic by its offsets.
      if (!offsets.has(topic)) offsets.set(topic, new Array<bigint>(partitions).fill(0n));
      const last = shapes.get(topic);
      if (last?.relation === relation) return false;
      // Of a later epoch higher ones: what was numbered before may be lost.
      const former = last?.number ?? (options.epoch() - 1) * SHAPES_OF_EPOCH;
      shapes.set(topic, { relation, number: former + 1 });
      return true;
    },
    reached(topic) {
      collect();
      return [...(offsets.get(topic) ?? [])];
    },
    forget(topic) {
      offsets.delete(topic);
      snapshotOffsets.delete(topic);
    },
    hasUnwrittenSnapshots() {
      for (const queue of queues) {
        if (queue.nextSnapshotOffset !== null && queue.nextSnapshotOffset !== written.get(queue)) return true;
      }
      return false;
    },
    async write(point, traceparent) {
      const watermark = watermarkJson(describe(point));
      const snapshots = [...queues].map((queue) => [queue, queue.nextSnapshotOffset] as const);
      await topic.put(source, watermark, traceHeaders(traceparent));
      for (const [queue, offset] of snapshots) if (offset !== null) written.set(queue, offset);
      failpoint('changelog.watermark-written');
    },
  };
}

function offsetsOf(record: Watermark['offsets'] = {}): Map<string, bigint[]> {
  return new Map(Object.entries(record).map(([topic, next]) => [topic, [...next]]));
}

function setOffset(offsets: Map<string, bigint[]>, topic: string, partition: number, offset: bigint): void {
  const ofTopic = offsets.get(topic) ?? [];
  offsets.set(topic, ofTopic);
  while (ofTopic.length <= partition) ofTopic.push(0n);
  ofTopic[partition] = offset;
}
