import { MISSING_MS } from './retry.ts';

export interface KafkaLimits {
  /** How long what is handed over may wait for company, and so for its watermark. */
  readonly tickMs: number;
  /** As long as the watermark before it took, up to here: brokers that are busy get fewer, larger batches. */
  readonly maxTickMs: number;
  /** A source that comes on without changes has a watermark once in this time, all sources at the same moment. */
  readonly restMs: number;
  /** Records of one partition, not compressed, at which they are sent; kafkajs and the broker like about a thousand. */
  readonly maxBatchBytes: number;
  /** A produce request takes batches of several partitions up to here. */
  readonly maxRequestBytes: number;
  /** Requests on their way at once. A partition has one at most: its messages stay in order when one is sent again. */
  readonly maxRequests: number;
  /** Handed over and not acknowledged, per source; beyond it `room()` asks to wait. */
  readonly maxPendingBytes: number;
  /** In the middle of a large transaction a watermark is written after this many bytes: loaders hold no more. */
  readonly maxMarkBytes: number;
  /** A topic that is missing for so long was deleted: one that was just made is not known everywhere for a moment. */
  readonly missingMs: number;
}

export const KAFKA_LIMITS: KafkaLimits = {
  tickMs: 100,
  maxTickMs: 250,
  restMs: 500,
  maxBatchBytes: 384 << 10,
  maxRequestBytes: 2 << 20,
  maxRequests: 2,
  maxPendingBytes: 8 << 20,
  maxMarkBytes: 16 << 20,
  missingMs: MISSING_MS,
};
