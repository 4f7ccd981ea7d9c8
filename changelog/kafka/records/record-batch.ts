import { ByteSink } from './byte-sink.ts';
import { crc32c } from './crc32c.ts';
import { createSinkPool } from './sink-pool.ts';
import { varintLength, writeVarint } from './varint.ts';
import { appendZstdFrame } from './zstd-frames.ts';

/** Bytes of a batch in front of its records (https://kafka.apache.org/documentation/#recordbatch). */
export const BATCH_HEAD_BYTES = 61;
const ZSTD = 4;

/** Of batches being filled, and of what they are compressed to: much smaller. */
const RECORDS = createSinkPool({ initialBytes: 4096, maxKept: 24, maxBytes: 1 << 20 });
const COMPRESSED = createSinkPool({ initialBytes: 32 << 10, maxKept: 24, maxBytes: 256 << 10 });

/** Records of one partition, encoded as they arrive. */
export class RecordBatchBuilder {
  /** Room for the head, and the records. */
  #out: ByteSink;
  readonly #isPooled: boolean;
  readonly #baseTimestampMs: number;
  #count = 0;
  #payloadBytes = 0;
  #snapshotCount = 0;
  #isCompressed = false;

  /** `initialBytes`: what it will need; left out where memory is shared with other batches, until `release`. */
  constructor(options: { baseTimestampMs: number; initialBytes?: number }) {
    const { initialBytes } = options;
    this.#baseTimestampMs = options.baseTimestampMs;
    this.#isPooled = initialBytes === undefined;
    this.#out = initialBytes === undefined ? RECORDS.take() : new ByteSink(BATCH_HEAD_BYTES + initialBytes);
    this.#out.length = BATCH_HEAD_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  /** Records up to the last one of a snapshot; 0 when there is none. */
  get snapshotCount(): number {
    return this.#snapshotCount;
  }

  /** The last record is a snapshot's. */
  noteSnapshot(): void {
    this.#snapshotCount = this.#count;
  }

  /** Of the records, not compressed. */
  get bytes(): number {
    return this.#out.length - BATCH_HEAD_BYTES;
  }

  /** Of keys, values and headers, as they were given to `add`. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** `parts[start, ...)` has key, value and headers behind each other. The bytes are copied. */
  add(parts: Buffer, start: number, keyLength: number, valueLength: number, headersLength: number): void {
    const out = this.#out;
    const offset = this.#count++;
    const keyBytes = Math.max(0, keyLength);
    const valueBytes = Math.max(0, valueLength);
    this.#payloadBytes += keyBytes + valueBytes + headersLength;
    writeVarint(
      out,
      2 + // attributes; no difference to the batch's timestamp
        varintLength(offset) +
        varintLength(keyLength) +
        keyBytes +
        varintLength(valueLength) +
        valueBytes +
        headersLength,
    );
    out.byte(0);
    out.byte(0);
    writeVarint(out, offset);
    writeVarint(out, keyLength);
    out.copy(parts, start, start + keyBytes);
    writeVarint(out, valueLength);
    out.copy(parts, start + keyBytes, start + keyBytes + valueBytes + headersLength);
  }

  /** The batch as it goes over the wire. Compressed outside of this thread where it is worth it. Call once. */
  async seal(compression: 'zstd' | 'none'): Promise<Buffer> {
    this.#isCompressed = compression === 'zstd' && this.bytes > SMALL_BYTES;
    if (this.#isCompressed) await this.#compress();
    const out = this.#out;
    const batch = out.bytes.subarray(0, out.length);
    batch.writeBigInt64BE(0n, 0); // base offset: the broker's to say
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12); // leader epoch
    batch.writeInt8(2, 16); // magic
    batch.writeInt16BE(this.#isCompressed ? ZSTD : 0, 21);
    batch.writeInt32BE(this.#count - 1, 23);
    batch.writeBigInt64BE(BigInt(this.#baseTimestampMs), 27);
    batch.writeBigInt64BE(BigInt(this.#baseTimestampMs), 35);
    batch.writeBigInt64BE(-1n, 43); // producer id: none
    batch.writeInt16BE(-1, 51);
    batch.writeInt32BE(-1, 53);
    batch.writeInt32BE(this.#count, 57);
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
    return batch;
  }

  async #compress(): Promise<void> {
    const records = this.#out;
    const compressed = this.#isPooled ? COMPRESSED.take() : new ByteSink(records.length);
    compressed.length = BATCH_HEAD_BYTES;
    await appendZstdFrame(records.bytes.subarray(BATCH_HEAD_BYTES, records.length), compressed);
    this.#out = compressed;
    if (this.#isPooled) RECORDS.giveBack(records);
  }

  /** Nobody needs what `seal` answered any more: its memory may be another batch's. Need not be called. */
  release(): void {
    if (this.#isPooled) (this.#isCompressed ? COMPRESSED : RECORDS).giveBack(this.#out);
    this.#out = NONE;
  }
}

const NONE = new ByteSink(1);

/** Below it compression saves less than it costs. */
const SMALL_BYTES = 512;

export interface Header {
  readonly name: Buffer;
  readonly value: Buffer;
}

/** Appends headers with their count in front. */
export function writeHeaders(out: ByteSink, headers: readonly Header[]): void {
  writeVarint(out, headers.length);
  for (const { name, value } of headers) {
    writeVarint(out, name.length);
    out.append(name);
    writeVarint(out, value.length);
    out.append(value);
  }
}
