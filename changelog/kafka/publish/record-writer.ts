import type { RowVersion } from '../../destination.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { partitionOf } from '../records/murmur2.ts';
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

const VERSION_NAME = HEADER_NAME.version;
const RELATION_NAME = HEADER_NAME.relation;
const VERSION_BYTES = 16;

/** Messages of one topic: encodes into a buffer of its own, then into the partition that the key says. */
export interface RecordWriter {
  /** Where key and value are to be written, in this order. Empty after each message. */
  readonly out: ByteSink;
  /**
   * Sends what is in `out`: `keyLength` bytes of key (-1 for none), then the value (-1: a tombstone, without bytes). Returns
   * its size. `extras` are more headers.
   */
  send(version: Readonly<RowVersion>, lengths: { key: number; value: number }, extras: readonly ExtraHeader[]): number;
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
  const out = new ByteSink(4096);
  const relationId = Buffer.from(options.relationId);

  function writeVersion({ epoch, commitLsn, ordinal }: Readonly<RowVersion>): void {
    const target = out.reserve(VERSION_BYTES);
    const at = out.length;
    target.writeUInt32BE(epoch, at);
    target.writeBigUInt64BE(commitLsn, at + 4);
    target.writeUInt32BE(ordinal, at + 12);
    out.length = at + VERSION_BYTES;
  }

  return {
    out,
    send(version, lengths, extras) {
      const { key } = lengths;
      const before = out.length;
      writeVarint(out, 2 + extras.length);
      writeVarint(out, VERSION_NAME.length);
      out.append(VERSION_NAME);
      writeVarint(out, VERSION_BYTES);
      writeVersion(version);
      writeVarint(out, RELATION_NAME.length);
      out.append(RELATION_NAME);
      writeVarint(out, relationId.length);
      out.append(relationId);
      for (let i = 0; i < extras.length; i++) {
        const { name, value } = extras[i] as ExtraHeader;
        writeVarint(out, name.length);
        out.append(name);
        writeVarint(out, value.length);
        out.append(value);
      }
      const partition = partitionOf(key < 0 ? null : out.bytes, 0, key, queues.length);
      const queue = queues[partition] as PartitionQueue;
      const bytes = out.length;
      const isFull = queue.add(out.bytes, 0, key, lengths.value, bytes - before, version.ordinal === 0);
      out.length = 0;
      onAdded(queue);
      publisher.added(queue, bytes, isFull);
      return bytes;
    },
  };
}

/** The version in a message's header. Throws a RangeError when it is not one. */
export function readVersion(bytes: Buffer): RowVersion {
  if (bytes.length !== VERSION_BYTES) throw new RangeError(`a version of ${bytes.length} bytes`);
  return { epoch: bytes.readUInt32BE(0), commitLsn: bytes.readBigUInt64BE(4), ordinal: bytes.readUInt32BE(12) };
}
