import { ByteSink } from '../records/byte-sink.ts';
import type { ProduceBatch } from './kafka-client.ts';
import { int16, int32, text } from './request-fields.ts';

/** Produce, version 7: the oldest that takes zstd, and known to every broker from 2.1 to 4. */
export const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;

/** Body of the request (https://kafka.apache.org/protocol.html#The_Messages_Produce): batches as they are. */
export function encodeProduce(batches: readonly ProduceBatch[], timeoutMs: number): Buffer {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const out = new ByteSink(batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 256));
  int16(out, -1); // transactional id: none
  int16(out, -1); // acks: all replicas in sync
  int32(out, timeoutMs);
  int32(out, byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    text(out, topic);
    int32(out, ofTopic.length);
    for (const { partition, bytes } of ofTopic) {
      int32(out, partition);
      int32(out, bytes.length);
      out.append(bytes);
    }
  }
  return out.written();
}

export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: bigint;
}

/** The answer's body; also how long the broker asks to be left alone. */
export function decodeProduceAnswer(bytes: Buffer): { answers: PartitionAnswer[]; throttleMs: number } {
  const answers: PartitionAnswer[] = [];
  let at = 0;
  const topics = bytes.readInt32BE(at);
  at += 4;
  for (let t = 0; t < topics; t++) {
    const length = bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = bytes.readInt32BE(at);
    at += 4;
    for (let p = 0; p < partitions; p++) {
      const partition = bytes.readInt32BE(at);
      const errorCode = bytes.readInt16BE(at + 4);
      const baseOffset = bytes.readBigInt64BE(at + 6);
      answers.push({ topic, partition, errorCode, baseOffset });
      at += 30; // append time and log start offset as well
    }
  }
  return { answers, throttleMs: bytes.readInt32BE(at) };
}
