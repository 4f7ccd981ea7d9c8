import type { LogBatch } from '../records/log-batch.ts';
import { HeldChanges } from './held-changes.ts';
import { VersionWords } from './version-words.ts';

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
  /** Highest version seen: it is published in order, so whatever is lower was seen before. */
  readonly newest: VersionWords;
  /** Seen and not taken. */
  readonly held: HeldChanges;
}

/**
 * Puts the changes of a topic's partitions into one order, that of their versions, whatever the distance to go: of each
 * partition a little is held, and what is below the newest of them all is complete. Changes that were taken before, or
 * stand twice, are dropped.
 */
export class TableCursor {
  /** Every change up to this version has been taken, or is to be before anything else is done. */
  through: bigint;
  readonly #partitions: Partition[] = [];
  readonly #through = new VersionWords();
  readonly #complete = new VersionWords();
  /** The change that was taken last. */
  readonly #last = new VersionWords();
  batch: LogBatch | null = null;
  index = 0;
  partition = 0;

  constructor(options: { offsets: readonly bigint[]; through: bigint }) {
    this.through = options.through;
    this.#through.unpack(options.through);
    for (const next of options.offsets) this.#partitions.push(partitionAt(next));
  }

  /** Where to read on towards the target; none when nothing is to be read before something is taken, or at its offsets. */
  toRead({ offsets }: Target): { partition: number; offset: bigint }[] {
    const reading: { partition: number; offset: bigint }[] = [];
    for (const [partition, end] of offsets.entries()) {
      const { next, held } = this.#partition(partition);
      if (next < end && held.bytes < MAX_HELD_BYTES) reading.push({ partition, offset: next });
    }
    return reading;
  }

  /** Where the partition is read on. */
  next(partition: number): bigint {
    return this.#partition(partition).next;
  }

  /** A change that was read; in the order of its partition. */
  add(partition: number, batch: LogBatch, index: number, version: VersionWords): void {
    const { newest, held } = this.#partition(partition);
    if (version.compare(newest) > 0) newest.take(version);
    if (version.compare(this.#through) > 0) held.add(batch, index, version);
  }

  /** Everything of the partition below the offset was read. */
  read(partition: number, next: bigint): void {
    this.#partition(partition).next = next;
  }

  /** Finds what is complete, and not past the target: `take` then gives it, by version and each once. */
  release({ offsets, through }: Target): void {
    const complete = this.#complete;
    complete.unpack(through);
    for (const [partition, end] of offsets.entries()) {
      const { next, newest } = this.#partition(partition);
      if (next < end && newest.compare(complete) < 0) complete.take(newest);
    }
    for (const { held } of this.#partitions) held.release(complete);
    this.#last.take(this.#through);
    if (complete.compare(this.#through) <= 0) return;
    this.#through.take(complete);
    this.through = complete.pack();
  }

  /** Goes to the next change that is complete: it is `index` in `batch`, of `partition`. False when there is none. */
  take(): boolean {
    const partitions = this.#partitions;
    for (;;) {
      let held: HeldChanges | null = null;
      for (let i = 0; i < partitions.length; i++) {
        const each = (partitions[i] as Partition).held;
        if (!each.isDue || (held !== null && each.first.compare(held.first) >= 0)) continue;
        held = each;
        this.partition = i;
      }
      if (held === null) {
        this.batch = null;
        return false;
      }
      const isNew = held.first.compare(this.#last) > 0;
      if (isNew) {
        this.#last.take(held.first);
        this.batch = held.batch;
        this.index = held.index;
      }
      held.shift();
      if (isNew) return true;
    }
  }

  /** Whether all that belongs to the target was taken. */
  hasReached({ offsets, through }: Target): boolean {
    for (const [partition, end] of offsets.entries()) if (this.#partition(partition).next < end) return false;
    return this.through >= through || !this.isHolding();
  }

  /** Something was read and not taken. */
  isHolding(): boolean {
    return this.#partitions.some(({ held }) => !held.isEmpty);
  }

  /** By partition, the offset to read on from. */
  reading(): bigint[] {
    return this.#partitions.map(({ next }) => next);
  }

  /** By partition, the offset below which everything was taken. */
  taken(): bigint[] {
    return this.#partitions.map(({ next, held }) => held.offset() ?? next);
  }

  #partition(index: number): Partition {
    while (this.#partitions.length <= index) this.#partitions.push(partitionAt(0n));
    return this.#partitions[index] as Partition;
  }
}

function partitionAt(next: bigint): Partition {
  return { next, newest: new VersionWords(), held: new HeldChanges() };
}
