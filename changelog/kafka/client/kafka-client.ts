import type { MillraceError } from '../../../runtime/errors.ts';
import type { LogBatch } from '../records/log-batch.ts';

/**
 * What Millrace needs of a Kafka client, so that the client library can be another one. Batches go out as bytes in Kafka's
 * own record format: a library that makes an object per message would be the slowest part of the line.
 */
export interface KafkaClient {
  /**
   * Creates the topics that do not exist; those that do are never altered. Resolves with what is there. Throws
   * KAFKA_NOT_AUTHORIZED, KAFKA_AUTHENTICATION_FAILED, KAFKA_CERTIFICATE_REJECTED, KAFKA_TOPIC_REFUSED, and what is worth
   * trying again: KAFKA_UNREACHABLE.
   */
  ensureTopics(topics: readonly TopicSpec[]): Promise<readonly TopicFacts[]>;
  /**
   * Sends each batch to the leader of its partition and waits for all replicas in sync (acks -1). Never rejects: the
   * answers are in the order of the batches. What failed with policy `retry` may be durable nevertheless. A topic that is
   * not there (KAFKA_TOPIC_MISSING) hinders no other.
   */
  produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceAnswer[]>;
  /** First and next offset of every partition. Throws as `ensureTopics`, and KAFKA_TOPIC_MISSING. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Of each partition, the first offset with a message of this time (Unix) or later; the next one where there is none. */
  offsetsAt(topic: string, timeMs: number): Promise<readonly bigint[]>;
  /**
   * Messages of the partitions from the offsets on, at most about `maxBytes`; waits up to `maxWaitMs` for any. Messages of
   * one partition are in order, those that were compacted away are missing. Throws as `ensureTopics`, and
   * KAFKA_MESSAGES_GONE when a partition has not, or not any more, what it is asked for. Topics that are not there are left
   * out of the answer; KAFKA_TOPIC_MISSING when none is.
   */
  fetch(from: readonly FetchPosition[], limits: FetchLimits): Promise<readonly Fetched[]>;
  /**
   * As `fetch`, for what is yet to come: over a connection of its own, because brokers answer the requests of one after the
   * other, and this one waits.
   */
  follow(from: readonly FetchPosition[], limits: FetchLimits): Promise<readonly Fetched[]>;
  /** Lets go of the connections; a second call does nothing. */
  close(): Promise<void>;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replication: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: number;
  /** `max.message.bytes`: the largest batch, as it is compressed. */
  readonly maxMessageBytes: number;
  /** `cleanup.policy`. */
  readonly cleanup: string;
  /** Of the partition that has the fewest. */
  readonly replication: number;
  /** Those that `JUDGED_SETTINGS` names, and those that were asked for, as the broker has them now. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Settings of topics that are looked at, whether they are configured or not. */
export const JUDGED_SETTINGS = [
  'max.message.bytes',
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'min.insync.replicas',
] as const;

export interface ProduceBatch {
  readonly topic: string;
  readonly partition: number;
  /**
   * A record batch (`RecordBatchBuilder.seal`). Sent as it lies there: it must not change until it is answered for, nor after
   * an answer that has an error, since it may still be on its way.
   */
  readonly bytes: Buffer;
}

/** Offset of the batch's first message, or why it was not taken. */
export type ProduceAnswer =
  | { readonly baseOffset: bigint; readonly error: null }
  | { readonly baseOffset: null; readonly error: MillraceError };

export interface PartitionOffsets {
  readonly partition: number;
  readonly first: bigint;
  /** Offset that the next message will have. */
  readonly next: bigint;
}

export interface FetchLimits {
  /** Of the answer, as it is compressed; one batch of messages is sent whatever its size. */
  readonly maxBytes: number;
  /** The same of each partition; default 1 MiB. */
  readonly maxPartitionBytes?: number;
  readonly maxWaitMs: number;
}

export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  /** The messages where they lie: for whoever reads many of them. */
  readonly batches: readonly LogBatch[];
  /** The same, an object each, made when they are first asked for. */
  readonly messages: readonly FetchedMessage[];
  /** Offset to go on with. */
  readonly next: bigint;
}

/** Its parts are cut out of the batch each time that they are asked for. */
export interface FetchedMessage {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Length of the value; 0 where there is none. */
  readonly valueBytes: number;
  /** The last of each name. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** The last of this name. */
  header(name: Buffer): Buffer | undefined;
}
