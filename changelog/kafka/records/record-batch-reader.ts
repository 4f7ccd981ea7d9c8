import { promisify } from 'node:util';
import { gunzip, type ZlibOptions, type ZstdOptions, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { LogBatch } from './log-batch.ts';
import { LogMessage } from './log-message.ts';
import { BATCH_HEAD_BYTES } from './record-batch.ts';

/** A transaction of a producer that was given up: its messages from here on to its marker do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export class ReadBatches {
  /** Those with messages, in their order. */
  readonly batches: readonly LogBatch[];
  /** Offset to go on with: behind the last batch that is whole. */
  readonly next: bigint;
  #messages: readonly LogMessage[] | null = null;

  constructor(batches: readonly LogBatch[], next: bigint) {
    this.batches = batches;
    this.next = next;
  }

  /** All of them, made when they are first asked for. */
  get messages(): readonly LogMessage[] {
    this.#messages ??= this.batches.flatMap((batch) =>
      Array.from({ length: batch.count }, (_, index) => new LogMessage(batch, index)),
    );
    return this.#messages;
  }
}

/** Codec (lower three bits), log append time, transactional, control. */
const CODEC = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const MAGIC = 2;
const gunzipInto = promisify<Buffer, ZlibOptions, Buffer>(gunzip);
const zstdDecompressInto = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);
const decompressors: Readonly<Record<number, (bytes: Buffer) => Buffer | Promise<Buffer>>> = {
  0: (bytes) => bytes,
  1: (bytes) => gunzipInto(bytes, pieces(bytes)),
  4: (bytes) =>
    bytes.length <= SYNC_BYTES ? zstdDecompressSync(bytes, pieces(bytes)) : zstdDecompressInto(bytes, pieces(bytes)),
};
/** Compressed; up to here the way to another thread and back takes longer than to decompress. */
const SYNC_BYTES = 2 << 10;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Envelopes become 15 times as large: a batch comes out in one piece or two, where the default is 16 KiB. */
function pieces({ length }: Buffer): { chunkSize: number } {
  return { chunkSize: Math.min(512 << 10, Math.max(1 << 10, length * 20)) };
}

/**
 * The messages at `from` or behind it in batches as a broker sends them: the first may begin before, the last may be cut off
 * (https://kafka.apache.org/documentation/#recordbatch). Throws a RangeError for what is no batch, or compressed with a
 * codec that we do not know.
 */
export async function readBatches(
  bytes: Buffer,
  from: bigint,
  aborted: readonly AbortedTransaction[],
): Promise<ReadBatches> {
  const batches: LogBatch[] = [];
  const pending = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const abortedNow = new Set<bigint>();
  let next = from;
  for (let at = 0; at + BATCH_HEAD_BYTES <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    if (bytes[at + 16] !== MAGIC) throw new RangeError(`a batch of format ${bytes[at + 16]}`);
    if (crc32c(bytes, at + 21, end) !== bytes.readUInt32BE(at + 17))
      throw new RangeError('a batch with another checksum');
    const attributes = bytes.readInt16BE(at + 21);
    const baseOffset = bytes.readBigInt64BE(at);
    const lastOffset = baseOffset + BigInt(bytes.readInt32BE(at + 23));
    const producerId = bytes.readBigInt64BE(at + 43);
    for (; pending[0] !== undefined && pending[0].firstOffset <= lastOffset; pending.shift()) {
      abortedNow.add(pending[0].producerId);
    }
    if (attributes & CONTROL) {
      abortedNow.delete(producerId); // A marker ends the transaction, either way.
    } else if (!(attributes & TRANSACTIONAL && abortedNow.has(producerId))) {
      const codec = attributes & CODEC;
      const decompress = decompressors[codec];
      if (decompress === undefined) throw new RangeError(`a batch compressed with ${CODECS[codec] ?? codec}`);
      const facts = {
        bytes: await decompress(bytes.subarray(at + BATCH_HEAD_BYTES, end)),
        baseOffset,
        baseTimestampMs: Number(bytes.readBigInt64BE(at + 27)),
        appendTimestampMs: attributes & APPEND_TIME ? Number(bytes.readBigInt64BE(at + 35)) : null,
      };
      const batch = new LogBatch(facts, bytes.readInt32BE(at + 57), from);
      if (batch.count > 0) batches.push(batch);
    }
    if (lastOffset >= next) next = lastOffset + 1n;
    at = end;
  }
  return new ReadBatches(batches, next);
}
