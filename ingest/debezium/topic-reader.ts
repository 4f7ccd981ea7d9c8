import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { KAFKA_ERRORS } from '../../changelog/kafka/errors.ts';
import { sleep } from '../../runtime/abortable.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { PartitionQueue } from './partition-queue.ts';

export interface ReaderLimits {
  /** Of what is read ahead, in all partitions together. */
  readonly maxBufferedBytes: number;
  /** Of one answer, as it is compressed. */
  readonly maxFetchBytes: number;
  readonly maxPartitionBytes: number;
  /** Longest that the brokers wait for a message. */
  readonly maxWaitMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
}

export const DEFAULT_LIMITS: ReaderLimits = {
  maxBufferedBytes: 64 << 20,
  maxFetchBytes: 8 << 20,
  maxPartitionBytes: 1 << 20,
  maxWaitMs: 250,
  retryFirstMs: 100,
  retryMaxMs: 5_000,
};

/**
 * Reads partitions ahead, each a little. What is read ahead and not wanted now is given up when memory is short: it is in the
 * brokers still.
 */
export class TopicReader {
  readonly #client: Pick<KafkaClient, 'follow'>;
  readonly #limits: ReaderLimits;
  readonly #onFailure: (error: MillraceError, failures: number) => void;
  readonly #onAnswer: () => void;
  /** Finds out where messages are gone, and sees to it that they are not asked for again. */
  onGone: () => Promise<void> = async () => {};
  readonly queues = new Set<PartitionQueue>();
  #failures = 0;

  constructor(options: {
    client: Pick<KafkaClient, 'follow'>;
    limits: ReaderLimits;
    /** Told of each failure that will be tried again. */
    onFailure: (error: MillraceError, failures: number) => void;
    onAnswer: () => void;
  }) {
    this.#client = options.client;
    this.#limits = options.limits;
    this.#onFailure = options.onFailure;
    this.#onAnswer = options.onAnswer;
  }

  /**
   * Asks the brokers once for what comes next in the partitions of which nothing is at hand, the wanted ones first; waits up to
   * `maxWaitMs` for any. True when there was an answer: false when it failed in a way that passes, or when messages are gone,
   * of which `onGone` was told. The kept ones are not given up. Throws what an operator is needed for.
   */
  async poll(
    wanted: readonly PartitionQueue[],
    signal: AbortSignal,
    kept: readonly PartitionQueue[] = [],
  ): Promise<boolean> {
    const asked = this.#choose(wanted, kept);
    if (asked.length === 0) {
      await sleep(this.#limits.maxWaitMs, signal);
      return true;
    }
    const { maxFetchBytes: maxBytes, maxPartitionBytes, maxWaitMs } = this.#limits;
    try {
      const positions = asked.map(({ topic, partition, next: offset }) => ({ topic, partition, offset }));
      const answer = await this.#client.follow(positions, { maxBytes, maxPartitionBytes, maxWaitMs });
      for (const fetched of answer) {
        const queue = asked.find(({ topic, partition }) => topic === fetched.topic && partition === fetched.partition);
        if (queue?.isEmpty === true) queue.fill(fetched);
      }
      this.#failures = 0;
      this.#onAnswer();
      return true;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (error.code === KAFKA_ERRORS.messagesGone.code) {
        await this.onGone();
        return false;
      }
      if (error.policy !== 'retry') throw error;
      this.#failures++;
      this.#onFailure(error, this.#failures);
      const { retryFirstMs, retryMaxMs } = this.#limits;
      await sleep(backoffMs(this.#failures, { firstMs: retryFirstMs, maxMs: retryMaxMs }), signal);
      return false;
    }
  }

  #choose(wanted: readonly PartitionQueue[], kept: readonly PartitionQueue[]): PartitionQueue[] {
    let buffered = 0;
    for (const queue of this.queues) buffered += queue.bytes;
    const isWanted = new Set(wanted);
    if (buffered >= this.#limits.maxBufferedBytes) {
      const others = [...this.queues].filter(
        (queue) => !isWanted.has(queue) && !kept.includes(queue) && !queue.isEmpty,
      );
      for (const queue of others.sort((a, b) => b.bytes - a.bytes)) {
        if (buffered < this.#limits.maxBufferedBytes / 2) break;
        buffered -= queue.bytes;
        queue.evict();
      }
      return wanted.filter((queue) => queue.isEmpty);
    }
    const first = wanted.filter((queue) => queue.isEmpty);
    return [...first, ...[...this.queues].filter((queue) => queue.isEmpty && !isWanted.has(queue))];
  }
}
