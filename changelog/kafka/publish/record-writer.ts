import type { RowVersion } from '../../destination.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { partitionOf } from '../records/murmur2.ts';
import { writeHeaders } from '../records/record-batch.ts';
import { writeVarint } from '../records/varint.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';

/** Names of the headers that messages of tables have. */
export const HEADER = {
  /** (epoch, commit LSN, ordinal) as a UInt128, big-endian: 16 bytes. */
  version: 'millrace.version',
  /** Id of the relation (`millrace.relations`) by which the row is to be read. */
  relation: 'millrace.relation',
  /** What the row's JSON does not tell exactly: see `envelope/exceptions.ts`. */
  exceptions: 'millrace.exceptions',
  /** The same of the old key, where the key changed. */
  oldExceptions: 'millrace.old_exceptions',
  newKey: '__debezium.newkey',
  oldKey: '__debezium.oldkey',
} as const;

/** The same, as they stand in a record. */
export const HEADER_NAME = {
  version: Buffer.from(HEADER.version),
  relation: Buffer.from(HEADER.relation),
  exceptions: Buffer.from(HEADER.exceptions),
  oldExceptions: Buffer.from(HEADER.oldExceptions),
  newKey: Buffer.from(HEADER.newKey),
  oldKey: Buffer.from(HEADER.oldKey),
} as const;

const VERSION_BYTES = 16;

/** Messages of one topic, each written into the partition that its key says. */
export interface RecordWriter {
  /** Where the key is to be written, before `open`. */
  readonly key: ByteSink;
  /**
   * Begins a message with that key, or without one. Its value is to be written into what is answered, before `close`; a
   * message that is not closed is as if it had never been opened. `leastBytes`: what its value takes in any case.
   */
  open(hasKey: boolean, leastBytes: number): ByteSink;
  /** Sends the message; a tombstone has no value. Returns its size. `extras` are more headers. */
  close(version: Readonly<RowVersion>, isTombstone: boolean, extras: readonly ExtraHeader[]): number;
}

export interface ExtraHeader {
  readonly name: Buffer;
  readonly value: Buffer;
}

export function createRecordWriter(options: {
  publisher: Publisher;
  queues: readonly PartitionQueue[];
  /** Told of each queue that something was put into. */
  onAdded: (queue: PartitionQueue) => void;
  relationId: string;
}): RecordWriter {
  const { publisher, queues, onAdded } = options;
  const key = new ByteSink(256);
  const headers = new MessageHeaders(options.relationId);
  let queue = queues[0] as PartitionQueue;
  let out = NONE;

  return {
    key,
    open(hasKey, leastBytes) {
      const length = hasKey ? key.length : -1;
      queue = queues[partitionOf(hasKey ? key.bytes : null, 0, length, queues.length)] as PartitionQueue;
      out = queue.open(key.bytes, length, leastBytes);
      return out;
    },
    close(version, isTombstone, extras) {
      queue.endValue(isTombstone);
      out.append(headers.of(version, extras.length));
      for (let i = 0; i < extras.length; i++) {
        const { name, value } = extras[i] as ExtraHeader;
        writeVarint(out, name.length);
        out.append(name);
        writeVarint(out, value.length);
        out.append(value);
      }
      const bytes = queue.close(version.ordinal === 0);
      onAdded(queue);
      publisher.added(queue, bytes, queue.hasFull());
      return bytes;
    },
  };
}

const NONE = new ByteSink(1);

/** The headers that every message has, with their count in front, as they stand in a record: only the version changes. */
class MessageHeaders {
  readonly #bytes: Buffer;
  readonly #version: DataView;
  #epoch = 0;
  #commitLsn = 0n;

  constructor(relationId: string) {
    const out = new ByteSink(256);
    const version = { name: HEADER_NAME.version, value: Buffer.alloc(VERSION_BYTES) };
    writeHeaders(out, [version, { name: HEADER_NAME.relation, value: Buffer.from(relationId) }]);
    this.#bytes = out.written();
    const at = 1 + 1 + HEADER_NAME.version.length + 1;
    this.#version = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, VERSION_BYTES);
  }

  /** Valid until the next call. `extras` more headers are to follow: fewer than 60. */
  of({ epoch, commitLsn, ordinal }: Readonly<RowVersion>, extras: number): Buffer {
    this.#bytes[0] = (2 + extras) << 1; // a varint of one byte
    if (commitLsn !== this.#commitLsn || epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#commitLsn = commitLsn;
      this.#version.setUint32(0, epoch);
      this.#version.setBigUint64(4, commitLsn);
    }
    this.#version.setUint32(12, ordinal);
    return this.#bytes;
  }
}

/** The version in a message's header. Throws a RangeError when it is not one. */
export function readVersion(bytes: Buffer): RowVersion {
  if (bytes.length !== VERSION_BYTES) throw new RangeError(`a version of ${bytes.length} bytes`);
  return { epoch: bytes.readUInt32BE(0), commitLsn: bytes.readBigUInt64BE(4), ordinal: bytes.readUInt32BE(12) };
}
