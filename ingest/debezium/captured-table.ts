import { FIELD_TEXT, type Relation, type Tuple } from '../../changelog/change.ts';
import type { SnapshotChunk } from '../../changelog/change-log.ts';
import { createTuple, resizeTuple } from '../../changelog/tuple.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { RowLayout } from './row-layout.ts';

/** One table whose topic is read, with what is known of it in this process. */
export class CapturedTable {
  /** `schema.table`. */
  readonly name: string;
  readonly topic: string;
  readonly queues: readonly PartitionQueue[];
  /** How its latest rows are read; null before the first. */
  layout: RowLayout | null = null;
  /** The relation that the log was told last. */
  relation: Relation | null = null;
  /** Columns that the catalog has and its messages do not. */
  missing: readonly string[] = [];
  /** Rows of a snapshot that are not durable yet. */
  chunk: SnapshotChunk | null = null;
  chunkRows = 0;
  chunkBytes = 0;
  copiedRows = 0;
  copiedBytes = 0;
  /** The key that a row had before it was changed, between the two halves of that. */
  readonly movedKey = createTuple();
  isMoving = false;

  constructor(name: string, topic: string, queues: readonly PartitionQueue[]) {
    this.name = name;
    this.topic = topic;
    this.queues = queues;
  }

  /** Keeps the key until the row itself comes. */
  keepKey(key: Tuple): void {
    const { movedKey } = this;
    resizeTuple(movedKey, key.length);
    let size = 0;
    for (let i = 0; i < key.length; i++)
      if (key.kinds[i] === FIELD_TEXT) size += (key.ends[i] as number) - (key.starts[i] as number);
    if (movedKey.bytes.length < size) movedKey.bytes = Buffer.allocUnsafe(Math.max(256, size * 2));
    let at = 0;
    for (let i = 0; i < key.length; i++) {
      movedKey.kinds[i] = key.kinds[i] as number;
      if (key.kinds[i] !== FIELD_TEXT) continue;
      movedKey.starts[i] = at;
      at += key.bytes.copy(movedKey.bytes, at, key.starts[i], key.ends[i]);
      movedKey.ends[i] = at;
    }
    this.isMoving = true;
  }
}
