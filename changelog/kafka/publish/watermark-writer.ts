import { failpoint } from '../../../runtime/failpoint.ts';
import type { CaptureState } from '../../change-log.ts';
import type { Position } from '../../destination.ts';
import type { CompactTopic } from '../compact-topic.ts';
import { traceHeaders } from '../trace-header.ts';
import { type TopicShape, type Watermark, watermarkJson } from '../watermark.ts';
import type { PartitionQueue } from './partition-queue.ts';

interface Point {
  readonly position: Position | null;
  readonly through: bigint;
  readonly state: CaptureState | null;
}

/** Writes how far a source is durable in Kafka, with the offsets that this takes. */
export interface WatermarkWriter {
  /** The topic's rows are of this relation from here on; it has so many partitions. True when they were of another one. */
  define(topic: string, partitions: number, relation: string): boolean;
  /**
   * Everything up to this point is acknowledged. Resolves when the watermark is as well. One at a time. `traceparent` goes
   * along in a header. Rejects for good.
   */
  write(point: Point, traceparent?: string): Promise<void>;
  /**
   * Resolves when a watermark says of every row of a snapshot that is acknowledged now, and of its shape. It has the point
   * of the last one, so that nothing of the stream is waited for; in an epoch without any it has none, and this state.
   */
  writeSnapshots(state: CaptureState | null): Promise<void>;
  /** The point as a loader has to reach it before it does what is written under another key. */
  describe(point: Point): Watermark;
  /** By partition, the offset behind the last message that was ever written to the topic. */
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
  const written = new Map<PartitionQueue, bigint>();
  let last = former;
  let turn: Promise<void> = Promise.resolve();
  const shapes = new Map<string, TopicShape>(Object.entries(former?.shapes ?? {}));

  function collect(): void {
    for (const { topic, partition, nextOffset, nextSnapshotOffset } of queues) {
      if (nextOffset !== null) setOffset(offsets, topic, partition, nextOffset);
      if (nextSnapshotOffset !== null) setOffset(snapshotOffsets, topic, partition, nextSnapshotOffset);
    }
  }

  function describe(point: Point): Watermark {
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

  async function put(watermark: Watermark, traceparent?: string): Promise<void> {
    const snapshots = [...queues].map((queue) => [queue, queue.nextSnapshotOffset] as const);
    await topic.put(source, watermarkJson(watermark), traceHeaders(traceparent));
    for (const [queue, offset] of snapshots) if (offset !== null) written.set(queue, offset);
    last = watermark;
  }

  /** Topics with rows of a snapshot that no watermark says of. */
  function unwrittenSnapshots(): ReadonlySet<string> {
    const topics = new Set<string>();
    for (const queue of queues) {
      const { nextSnapshotOffset } = queue;
      if (nextSnapshotOffset !== null && nextSnapshotOffset !== written.get(queue)) topics.add(queue.topic);
    }
    return topics;
  }

  /** After one that failed none is written: it may be there, and ahead of the others. */
  function inTurn(action: () => Promise<void>): Promise<void> {
    turn = turn.then(action);
    turn.catch(() => {}); // Whoever asked awaits it.
    return turn;
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
      return offsets.get(topic) ?? [];
    },
    forget(topic) {
      offsets.delete(topic);
      snapshotOffsets.delete(topic);
    },
    write: (point, traceparent) =>
      inTurn(async () => {
        await put(describe(point), traceparent);
        failpoint('changelog.watermark-written');
      }),
    writeSnapshots: (state) =>
      inTurn(async () => {
        const topics = unwrittenSnapshots();
        if (topics.size === 0) return;
        const current = describe({ position: null, through: last?.through ?? 0n, state });
        if (last === null || last.epoch !== current.epoch) return put(current);
        const { offsets, snapshotOffsets } = current;
        // Rows of a build whose shape is not named are taken for those of one that was given up.
        const named = Object.entries(current.shapes).filter(([topic]) => topics.has(topic));
        const shapes = { ...last.shapes, ...Object.fromEntries(named) };
        await put({ ...last, offsets, snapshotOffsets, shapes });
      }),
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
