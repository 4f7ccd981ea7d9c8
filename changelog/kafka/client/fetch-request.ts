import { ByteSink } from '../records/byte-sink.ts';
import type { AbortedTransaction } from '../records/record-batch-reader.ts';
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
  const throttleMs = bytes.readInt32BE(0);
  const errorCode = bytes.readInt16BE(4);
  const partitions: FetchedPartition[] = [];
  let at = 10; // session id as well
  const topics = bytes.readInt32BE(at);
  at += 4;
  for (let t = 0; t < topics; t++) {
    const length = bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const count = bytes.readInt32BE(at);
    at += 4;
    for (let p = 0; p < count; p++) {
      const partition = bytes.readInt32BE(at);
      const code = bytes.readInt16BE(at + 4);
      at += 30; // high watermark, last stable offset, log start offset
      const abortedCount = bytes.readInt32BE(at);
      at += 4;
      const aborted: AbortedTransaction[] = [];
      for (let i = 0; i < abortedCount; i++, at += 16) {
        aborted.push({ producerId: bytes.readBigInt64BE(at), firstOffset: bytes.readBigInt64BE(at + 8) });
      }
      at += 4; // preferred replica
      const size = Math.max(0, bytes.readInt32BE(at));
      at += 4;
      partitions.push({ topic, partition, errorCode: code, aborted, records: bytes.subarray(at, at + size) });
      at += size;
    }
  }
  return { throttleMs, errorCode, partitions };
}
