import { ByteSink } from '../records/byte-sink.ts';
import { AnswerReader } from './answer-reader.ts';
import type { ProduceBatch } from './kafka-client.ts';
import { int16, int32, text } from './request-fields.ts';

/** Produce, version 7: the oldest that takes zstd, and known to every broker from 2.1 to 4. */
export const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;

/**
 * Body of the request (https://kafka.apache.org/protocol.html#The_Messages_Produce), in parts: batches are in it as they
 * are, not copied.
 */
export function encodeProduce(batches: readonly ProduceBatch[], timeoutMs: number): readonly Buffer[] {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const parts: Buffer[] = [];
  let out = new ByteSink(256);
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
      parts.push(out.written(), bytes);
      out = new ByteSink(64);
    }
  }
  return parts;
}

export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: bigint;
}

/** The answer's body; also how long the broker asks to be left alone. */
export function decodeProduceAnswer(bytes: Buffer): { answers: PartitionAnswer[]; throttleMs: number } {
  const answer = new AnswerReader(bytes);
  const topics = answer.array(() => {
    const topic = answer.text() ?? '';
    return answer.array((): PartitionAnswer => {
      const partition = answer.int32();
      const errorCode = answer.int16();
      const baseOffset = answer.int64();
      answer.skip(16); // append time and log start offset
      return { topic, partition, errorCode, baseOffset };
    });
  });
  return { answers: topics.flat(), throttleMs: answer.int32() };
}
