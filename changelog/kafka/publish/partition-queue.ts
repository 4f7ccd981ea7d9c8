import type { ByteSink } from '../records/byte-sink.ts';
import { RecordBatchBuilder } from '../records/record-batch.ts';

/** What waits for one partition: a batch that is filled, and full ones behind each other. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Records handed over since the process began, and those of them that the broker has. */
  added = 0;
  acknowledged = 0;
  /** Offset behind the last record that was acknowledged; null before the first. */
  nextOffset: bigint | null = null;
  /** The same of the last row of a snapshot. */
  nextSnapshotOffset: bigint | null = null;
  /** Since when the broker says that there is no such partition; null while it knows it. */
  missingSinceMs: number | null = null;
  /** What is put into it is sent no more: its topic is not the one any more that it was made for. */
  isAbandoned = false;
  /** Number of the watermark that waits for what was added last (`mark-pump.ts`); 0 for none. */
  awaitedBy = 0;
  /** Is being sent: the next batch has to wait. */
  isSending = false;
  /** In the publisher's list of queues that have something to send. */
  isListed = false;
  #open: RecordBatchBuilder | null = null;
  readonly #full: RecordBatchBuilder[] = [];
  readonly #maxBatchBytes: number;

  readonly #reachedOffset: bigint;

  /** `reachedOffset`: what earlier runs have written lies below it. */
  constructor(options: { topic: string; partition: number; maxBatchBytes: number; reachedOffset: bigint }) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.#maxBatchBytes = options.maxBatchBytes;
    this.#reachedOffset = options.reachedOffset;
  }

  /**
   * Opens a record with the key `bytes[0, length)`; -1: without one. Its value is to be written into what is answered, as
   * `RecordBatchBuilder.open` says. `leastBytes`: what it takes in any case.
   */
  open(key: Buffer, length: number, leastBytes: number): ByteSink {
    let batch = this.#open;
    if (batch !== null && batch.bytes + leastBytes > this.#maxBatchBytes) {
      this.flush();
      batch = this.#open;
    }
    batch ??= new RecordBatchBuilder({ baseTimestampMs: Date.now() });
    this.#open = batch;
    return batch.open(key, 0, length);
  }

  /** As `RecordBatchBuilder.endValue`: of the record that was opened. */
  endValue(isNull: boolean): void {
    this.#open?.endValue(isNull);
  }

  /** The record is complete. Returns the bytes of its key, value and headers. */
  close(isSnapshot: boolean): number {
    const batch = this.#open;
    if (batch === null) throw new Error('no record was opened');
    const bytes = batch.close();
    this.added++;
    // A record that makes the batch too large begins the next one, and may be larger than that alone.
    if (batch.bytes > this.#maxBatchBytes && batch.count > 1) {
      const next = new RecordBatchBuilder({ baseTimestampMs: Date.now() });
      batch.moveLast(next);
      this.flush();
      this.#open = next;
    }
    if (isSnapshot) this.#open?.noteSnapshot();
    if ((this.#open?.bytes ?? 0) >= this.#maxBatchBytes) this.flush();
    return bytes;
  }

  /** What is there may be sent. True when there is anything. */
  flush(): boolean {
    if (this.#open !== null && this.#open.count > 0) {
      this.#full.push(this.#open);
      this.#open = null;
    }
    return this.#full.length > 0;
  }

  /** The broker has the batch, from this offset on. */
  acknowledge(builder: RecordBatchBuilder, baseOffset: bigint): void {
    this.missingSinceMs = null;
    this.nextOffset = baseOffset + BigInt(builder.count);
    if (builder.snapshotCount > 0) this.nextSnapshotOffset = baseOffset + BigInt(builder.snapshotCount);
  }

  /** False for an offset that was written before: the topic is another one than it was. */
  isAhead(baseOffset: bigint): boolean {
    return baseOffset >= (this.nextOffset ?? this.#reachedOffset);
  }

  hasFull(): boolean {
    return this.#full.length > 0;
  }

  take(): RecordBatchBuilder | undefined {
    return this.#full.shift();
  }
}
