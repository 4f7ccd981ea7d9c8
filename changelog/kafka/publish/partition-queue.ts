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

  /** As `RecordBatchBuilder.add`. True when a batch is full and may be sent. */
  add(
    parts: Buffer,
    start: number,
    keyLength: number,
    valueLength: number,
    headersLength: number,
    isSnapshot = false,
  ): boolean {
    const bytes = Math.max(0, keyLength) + Math.max(0, valueLength) + headersLength;
    // A record that would make the batch too large begins the next one, and may be larger than that alone.
    if (this.#open !== null && this.#open.bytes + bytes > this.#maxBatchBytes) this.flush();
    this.#open ??= new RecordBatchBuilder({ baseTimestampMs: Date.now() });
    this.#open.add(parts, start, keyLength, valueLength, headersLength);
    if (isSnapshot) this.#open.noteSnapshot();
    this.added++;
    if (this.#open.bytes >= this.#maxBatchBytes) this.flush();
    return this.#full.length > 0;
  }

  /** What is there may be sent. True when there is anything. */
  flush(): boolean {
    if (this.#open !== null) this.#full.push(this.#open);
    this.#open = null;
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
