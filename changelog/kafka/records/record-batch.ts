import { ByteSink } from './byte-sink.ts';
import { crc32c } from './crc32c.ts';
import { createSinkPool } from './sink-pool.ts';
import { putVarint, varintLength, writeVarint } from './varint.ts';
import { appendZstdFrame } from './zstd-frames.ts';

/** Bytes of a batch in front of its records (https://kafka.apache.org/documentation/#recordbatch). */
export const BATCH_HEAD_BYTES = 61;
const ZSTD = 4;

/** Of batches being filled, and of what they are compressed to: much smaller. */
const RECORDS = createSinkPool({ maxKept: 24, maxBytes: 1 << 20 });
const COMPRESSED = createSinkPool({ maxKept: 24, maxBytes: 256 << 10 });

/** Records of one partition, encoded as they arrive: each is written where it stays. */
export class RecordBatchBuilder {
  /** Room for the head, and the records. */
  #out: ByteSink;
  readonly #isPooled: boolean;
  readonly #baseTimestampMs: number;
  #count = 0;
  #payloadBytes = 0;
  #snapshotCount = 0;
  #isCompressed = false;
  /** Behind the last record that was closed. */
  #end = BATCH_HEAD_BYTES;
  /** Of the record that was opened last: where its parts begin. */
  #record = 0;
  #key = 0;
  #value = 0;
  #headers = 0;
  #keyLength = -1;
  #valueLength = -1;
  /** Bytes that are left free for a length that is not known yet: as many as the one before took. */
  #lengthWidth = 2;
  #valueWidth = 2;

  /** `initialBytes`: what it will need; left out where memory is shared with other batches, until `release`. */
  constructor(options: { baseTimestampMs: number; initialBytes?: number }) {
    const { initialBytes } = options;
    this.#baseTimestampMs = options.baseTimestampMs;
    this.#isPooled = initialBytes === undefined;
    this.#out = initialBytes === undefined ? RECORDS.take(4096) : new ByteSink(BATCH_HEAD_BYTES + initialBytes);
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
    return this.#end - BATCH_HEAD_BYTES;
  }

  /** Of keys, values and headers. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /**
   * Opens a record with the key `bytes[start, start + length)`; -1: without one. Its value is to be written into what is
   * answered, which takes nothing else until `close`. One that is not closed is as if it had never been opened.
   */
  open(bytes: Buffer, start: number, length: number): ByteSink {
    const out = this.#out;
    out.length = this.#end;
    this.#record = this.#end;
    out.reserve(LENGTH_BYTES);
    out.length += this.#lengthWidth;
    out.byte(0); // attributes
    out.byte(0); // no difference to the batch's timestamp
    writeVarint(out, this.#count);
    writeVarint(out, length);
    this.#keyLength = length;
    this.#key = out.length;
    if (length > 0) out.copy(bytes, start, start + length);
    out.reserve(LENGTH_BYTES);
    out.length += this.#valueWidth;
    this.#value = out.length;
    return out;
  }

  /** The value ends here; headers are to be written behind it, with their count in front. */
  endValue(isNull: boolean): void {
    const out = this.#out;
    this.#valueLength = isNull ? -1 : out.length - this.#value;
    const width = varintLength(this.#valueLength);
    if (width !== this.#valueWidth) {
      move(out, this.#value, width - this.#valueWidth);
      this.#value += width - this.#valueWidth;
      this.#valueWidth = width;
    }
    putVarint(out.bytes, this.#value - width, this.#valueLength);
    this.#headers = out.length;
  }

  /** The record is complete. Returns the bytes of its key, value and headers. */
  close(): number {
    const out = this.#out;
    const length = out.length - this.#record - this.#lengthWidth;
    const width = varintLength(length);
    const by = width - this.#lengthWidth;
    if (by !== 0) {
      move(out, this.#record + this.#lengthWidth, by);
      this.#key += by;
      this.#value += by;
      this.#headers += by;
      this.#lengthWidth = width;
    }
    putVarint(out.bytes, this.#record, length);
    this.#end = out.length;
    this.#count++;
    const payload = this.#lastPayload();
    this.#payloadBytes += payload;
    return payload;
  }

  /** Takes away the record that was closed last, and puts it into another batch. */
  moveLast(to: RecordBatchBuilder): void {
    const { bytes } = this.#out;
    const out = to.open(bytes, this.#key, this.#keyLength);
    out.copy(bytes, this.#value, this.#headers);
    to.endValue(this.#valueLength < 0);
    out.copy(bytes, this.#headers, this.#end);
    to.close();
    this.#payloadBytes -= this.#lastPayload();
    this.#count--;
    this.#end = this.#record;
  }

  #lastPayload(): number {
    return Math.max(0, this.#keyLength) + this.#end - this.#value;
  }

  /** `parts[start, ...)` has key, value and headers behind each other; a length of -1: there is none. The bytes are copied. */
  add(parts: Buffer, start: number, keyLength: number, valueLength: number, headersLength: number): void {
    const out = this.open(parts, start, keyLength);
    const valueStart = start + Math.max(0, keyLength);
    const headersStart = valueStart + Math.max(0, valueLength);
    out.copy(parts, valueStart, headersStart);
    this.endValue(valueLength < 0);
    out.copy(parts, headersStart, headersStart + headersLength);
    this.close();
  }

  /** The batch as it goes over the wire. Compressed outside of this thread where it is worth it. Call once. */
  async seal(compression: 'zstd' | 'none'): Promise<Buffer> {
    this.#isCompressed = compression === 'zstd' && this.bytes > SMALL_BYTES;
    if (this.#isCompressed) await this.#compress();
    const batch = this.#out.bytes.subarray(0, this.#end);
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
    const compressed = this.#isPooled
      ? COMPRESSED.take(BATCH_HEAD_BYTES + (records.length >> 3))
      : new ByteSink(this.#end);
    compressed.length = BATCH_HEAD_BYTES;
    await appendZstdFrame(records.bytes.subarray(BATCH_HEAD_BYTES, this.#end), compressed);
    this.#out = compressed;
    this.#end = compressed.length;
    if (this.#isPooled) RECORDS.giveBack(records);
  }

  /** Nobody needs what `seal` answered any more: its memory may be another batch's. Need not be called. */
  release(): void {
    if (this.#isPooled) (this.#isCompressed ? COMPRESSED : RECORDS).giveBack(this.#out);
    this.#out = NONE;
  }
}

const NONE = new ByteSink(1);

/** A varint of 32 bits takes no more. */
const LENGTH_BYTES = 5;

/** Moves what was written from `at` on. */
function move(out: ByteSink, at: number, by: number): void {
  out.reserve(LENGTH_BYTES).copyWithin(at + by, at, out.length);
  out.length += by;
}

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
