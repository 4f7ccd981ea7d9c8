import { ByteSink } from '../records/byte-sink.ts';
import type { AbortedTransaction } from '../records/record-batch-reader.ts';
import { AnswerReader } from './answer-reader.ts';
import type { FetchPosition } from './kafka-client.ts';
import { int8, int16, int32, int64, text } from './request-fields.ts';

/** Fetch, version 11: the last without tagged fields, and known to every broker from 2.3 to 4. */
export const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' } as const;

const READ_COMMITTED = 1;

/** Body of the request (https://kafka.apache.org/protocol.html#The_Messages_Fetch), without a fetch session. */
export function encodeFetch(
  positions: readonly FetchPosition[],
  limits: { readonly maxWaitMs: number; readonly maxBytes: number; readonly maxPartitionBytes: number },
): Buffer {
  const byTopic = Map.groupBy(positions, ({ topic }) => topic);
  const out = new ByteSink(256 + positions.length * 64);
  int32(out, -1); // replica: none
  int32(out, limits.maxWaitMs);
  int32(out, 1); // answer when there is anything
  int32(out, limits.maxBytes);
  int8(out, READ_COMMITTED);
  int32(out, 0); // session: none
  int32(out, -1);
  int32(out, byTopic.size);
  for (const [topic, ofTopic] of byTopic) {
    text(out, topic);
    int32(out, ofTopic.length);
    for (const { partition, offset } of ofTopic) {
      int32(out, partition);
      int32(out, -1); // leader epoch: whichever
      int64(out, offset);
      int64(out, -1n); // log start offset: followers' alone
      int32(out, limits.maxPartitionBytes);
    }
  }
  int32(out, 0); // topics forgotten: none
  int16(out, 0); // rack: none
  return out.written();
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Batches; a part of the answer's bytes. */
  readonly records: Buffer;
}

export interface FetchAnswer {
  readonly throttleMs: number;
  /** Of the request as a whole. */
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

export function decodeFetchAnswer(bytes: Buffer): FetchAnswer {
  const answer = new AnswerReader(bytes);
  const throttleMs = answer.int32();
  const errorCode = answer.int16();
  answer.skip(4); // session id
  const topics = answer.array(() => {
    const topic = answer.text() ?? '';
    return answer.array((): FetchedPartition => {
      const partition = answer.int32();
      const errorCode = answer.int16();
      answer.skip(24); // high watermark, last stable offset, log start offset
      const aborted = answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() }));
      answer.skip(4); // preferred replica
      return { topic, partition, errorCode, aborted, records: answer.bytes() };
    });
  });
  return { throttleMs, errorCode, partitions: topics.flat() };
}
