import { constants, zstdCompress } from 'node:zlib';
import { ByteSink } from './byte-sink.ts';
import { crc32c } from './crc32c.ts';
import { giveBack, takeSink } from './sink-pool.ts';
import { varintLength, writeVarint } from './varint.ts';

/** Bytes of a batch in front of its records (https://kafka.apache.org/documentation/#recordbatch). */
export const BATCH_HEAD_BYTES = 61;
const ZSTD = 4;

/** Records of one partition, encoded as they arrive. */
export class RecordBatchBuilder {
  /** Given back when the batch is sealed. */
  #records: ByteSink;
  readonly #baseTimestampMs: number;
  #count = 0;
  #payloadBytes = 0;
  #snapshotCount = 0;

  constructor(options: { baseTimestampMs: number; initialBytes: number }) {
    this.#baseTimestampMs = options.baseTimestampMs;
    this.#records = takeSink(options.initialBytes);
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
    return this.#records.length;
  }

  /** Of keys, values and headers, as they were given to `add`. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** `parts[start, ...)` has key, value and headers behind each other. The bytes are copied. */
  add(parts: Buffer, start: number, keyLength: number, valueLength: number, headersLength: number): void {
    const out = this.#records;
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
    const records = this.#records.written();
    const isCompressed = compression === 'zstd' && records.length > SMALL_BYTES;
    const body = isCompressed ? await compress(records) : records;
    const batch = Buffer.allocUnsafe(BATCH_HEAD_BYTES + body.length);
    batch.writeBigInt64BE(0n, 0); // base offset: the broker's to say
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12); // leader epoch
    batch.writeInt8(2, 16); // magic
    batch.writeInt16BE(isCompressed ? ZSTD : 0, 21);
    batch.writeInt32BE(this.#count - 1, 23);
    batch.writeBigInt64BE(BigInt(this.#baseTimestampMs), 27);
    batch.writeBigInt64BE(BigInt(this.#baseTimestampMs), 35);
    batch.writeBigInt64BE(-1n, 43); // producer id: none
    batch.writeInt16BE(-1, 51);
    batch.writeInt32BE(-1, 53);
    batch.writeInt32BE(this.#count, 57);
    body.copy(batch, BATCH_HEAD_BYTES);
    giveBack(this.#records);
    this.#records = NO_RECORDS;
    batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
    return batch;
  }
}

const NO_RECORDS = new ByteSink(1);

/** Below it compression saves less than it costs. */
const SMALL_BYTES = 512;

/** Of envelopes, the default (3) makes nothing smaller, and takes nearly twice the time. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

function compress(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zstdCompress(bytes, COMPRESSION, (error, compressed) => (error === null ? resolve(compressed) : reject(error)));
  });
}

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
