import type { RowVersion } from '../../destination.ts';
import type { FetchedMessage } from '../client/kafka-client.ts';

/** A change of the stream, where it belongs among those of all partitions of its topic. */
export interface StreamChange {
  readonly packed: bigint;
  readonly version: RowVersion;
  readonly relationId: string;
  readonly partition: number;
  readonly message: FetchedMessage;
}

/** How far a topic may be loaded: of a watermark. */
export interface Target {
  readonly offsets: readonly bigint[];
  readonly through: bigint;
}

/** What is held of a partition that lags behind the others', before it is read on. */
const MAX_HELD_BYTES = 512 << 10;

interface Partition {
  /** Offset to read on from. */
  next: bigint;
  /** Highest version seen: it is published in order, so whatever is lower was seen before. -1 before the first. */
  newest: bigint;
  /** Seen and not taken, by offset. */
  held: StreamChange[];
  heldBytes: number;
}

/**
 * Puts the changes of a topic's partitions into one order, that of their versions, whatever the distance to go: of each
 * partition a little is held, and what is below the newest of them all is complete. Changes that were taken before, or
 * stand twice, are dropped.
 */
export class TableCursor {
  /** Every change up to this version has been taken. */
  through: bigint;
  readonly #partitions: Partition[] = [];

  constructor(options: { offsets: readonly bigint[]; through: bigint }) {
    this.through = options.through;
    for (const next of options.offsets) this.#partitions.push({ next, newest: -1n, held: [], heldBytes: 0 });
  }

  /** Where to read on towards the target; none when nothing is to be read before something is taken, or at its offsets. */
  toRead({ offsets }: Target): { partition: number; offset: bigint }[] {
    const reading: { partition: number; offset: bigint }[] = [];
    for (const [partition, end] of offsets.entries()) {
      const { next, heldBytes } = this.#partition(partition);
      if (next < end && heldBytes < MAX_HELD_BYTES) reading.push({ partition, offset: next });
    }
    return reading;
  }

  /** Where the partition is read on. */
  next(partition: number): bigint {
    return this.#partition(partition).next;
  }

  /** A change that was read; in the order of its partition. */
  add(change: StreamChange): void {
    const of = this.#partition(change.partition);
    if (change.packed > of.newest) of.newest = change.packed;
    if (change.packed <= this.through) return;
    of.held.push(change);
    of.heldBytes += change.message.valueBytes;
  }

  /** Everything of the partition below the offset was read. */
  read(partition: number, next: bigint): void {
    this.#partition(partition).next = next;
  }

  /** Takes what is complete, and not past the target, by version and each once. */
  take({ offsets, through }: Target): StreamChange[] {
    let complete = through;
    for (const [partition, end] of offsets.entries()) {
      const { next, newest } = this.#partition(partition);
      if (next < end && newest < complete) complete = newest;
    }
    const due: StreamChange[] = [];
    for (const partition of this.#partitions) {
      if (partition.held.length === 0) continue;
      const kept: StreamChange[] = [];
      let keptBytes = 0;
      for (const change of partition.held) {
        if (change.packed > complete) {
          kept.push(change);
          keptBytes += change.message.valueBytes;
        } else if (change.packed > this.through) {
          due.push(change);
        }
      }
      partition.held = kept;
      partition.heldBytes = keptBytes;
    }
    if (complete > this.through) this.through = complete;
    due.sort((a, b) => (a.packed < b.packed ? -1 : a.packed > b.packed ? 1 : 0));
    return due.filter((change, i) => change.packed !== due[i - 1]?.packed);
  }

  /** Whether all that belongs to the target was taken. */
  hasReached({ offsets, through }: Target): boolean {
    for (const [partition, end] of offsets.entries()) if (this.#partition(partition).next < end) return false;
    return this.through >= through || !this.isHolding();
  }

  /** Something was read and not taken. */
  isHolding(): boolean {
    return this.#partitions.some(({ held }) => held.length > 0);
  }

  /** By partition, the offset to read on from. */
  reading(): bigint[] {
    return this.#partitions.map(({ next }) => next);
  }

  /** By partition, the offset below which everything was taken. */
  taken(): bigint[] {
    return this.#partitions.map(({ next, held }) => held[0]?.message.offset ?? next);
  }

  #partition(index: number): Partition {
    while (this.#partitions.length <= index) {
      this.#partitions.push({ next: 0n, newest: -1n, held: [], heldBytes: 0 });
    }
    return this.#partitions[index] as Partition;
  }
}
