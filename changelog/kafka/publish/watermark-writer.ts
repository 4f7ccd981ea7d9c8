import { failpoint } from '../../../runtime/failpoint.ts';
import type { CaptureState } from '../../change-log.ts';
import type { Position } from '../../destination.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { type Watermark, watermarkJson } from '../watermark.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** Writes how far a source is durable in Kafka, with the offsets that this takes. */
export interface WatermarkWriter {
  /** Everything up to this point is acknowledged. Resolves when the watermark is as well. One at a time. */
  write(point: { position: Position | null; through: bigint; state: CaptureState | null }): Promise<void>;
  /** The point as a loader has to reach it before it does what is written under another key. */
  describe(point: { position: Position | null; through: bigint; state: CaptureState | null }): Watermark;
}

/** `former` are the offsets of the last watermark of earlier runs. */
export function createWatermarkWriter(options: {
  source: string;
  topic: CompactTopic;
  former: Watermark | null;
  queues: Iterable<PartitionQueue>;
}): WatermarkWriter {
  const { source, topic, former, queues } = options;
  const offsets = offsetsOf(former?.offsets);
  const snapshotOffsets = offsetsOf(former?.snapshotOffsets);

  function describe(point: Parameters<WatermarkWriter['describe']>[0]): Watermark {
    for (const { topic, partition, nextOffset, nextSnapshotOffset } of queues) {
      if (nextOffset !== null) setOffset(offsets, topic, partition, nextOffset);
      if (nextSnapshotOffset !== null) setOffset(snapshotOffsets, topic, partition, nextSnapshotOffset);
    }
    const { position, through, state } = point;
    return {
      source,
      epoch: state?.epoch ?? 1,
      position,
      through,
      offsets: Object.fromEntries(offsets),
      snapshotOffsets: Object.fromEntries(snapshotOffsets),
      state,
    };
  }

  return {
    describe,
    async write(point) {
      await topic.put(source, watermarkJson(describe(point)));
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
