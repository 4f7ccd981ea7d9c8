import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../../../runtime/backoff.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { KafkaClient, ProduceBatch } from '../client/kafka-client.ts';
import { KAFKA_ERRORS } from '../errors.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import type { PublishView } from '../metrics.ts';
import type { RecordBatchBuilder } from '../records/record-batch.ts';
import { PartitionQueue } from './partition-queue.ts';

/** Sends what waits in the queues of partitions until the broker has it: for ever, in order within a partition. */
export interface Publisher {
  queue(topic: string, partition: number, maxBatchBytes: number): PartitionQueue;
  /** Tells of bytes put into a queue; `isFull` as its `add` said. */
  added(queue: PartitionQueue, bytes: number, isFull: boolean): void;
  /** Everything in these queues is sent as soon as may be; resolves when what they had at this moment is acknowledged. */
  flushed(queues: Iterable<PartitionQueue>): Promise<void>;
  /** As `SourceLog.room`. */
  room(): Promise<void> | null;
  pendingBytes(): number;
  /** What waits for this topic, and what is put into its present queues from now on, counts as done and is not sent. */
  abandon(topic: string): void;
  /** What failed for good: it rejects, and nothing is sent any more. */
  readonly failed: Promise<never>;
  /** Nothing is sent any more, and nothing waited for. */
  close(): void;
}

const RETRY = { firstMs: 50, maxMs: 1_000 };

const TOO_LARGE = KAFKA_ERRORS.messageTooLarge.code;
/** Codes of what a topic refuses, whatever it is sent. */
const OF_TOPIC: ReadonlySet<string> = new Set(
  [KAFKA_ERRORS.topicLost, KAFKA_ERRORS.topicUnsuitable, KAFKA_ERRORS.notAuthorized].map(({ code }) => code),
);

interface Sending {
  readonly queue: PartitionQueue;
  readonly builder: RecordBatchBuilder;
  readonly batch: ProduceBatch;
}

export function createPublisher(options: {
  client: KafkaClient;
  limits: KafkaLimits;
  compression: 'zstd' | 'none';
  /** Counts what is acknowledged. */
  view: PublishView;
  logger: Logger;
  /** How far earlier runs have come. */
  reachedOffset: (topic: string, partition: number) => bigint;
  /** A topic does not take what it is sent, for a reason that concerns no other: true when that may be left out. */
  onRefused: (topic: string, error: MillraceError) => Promise<boolean>;
}): Publisher {
  const { client, limits, compression, view, logger, onRefused } = options;
  const queues = new Map<string, PartitionQueue>();
  const ready: PartitionQueue[] = [];
  const waiting = new Set<{ isDone: () => boolean; resolve: () => void; reject: (error: unknown) => void }>();
  let pendingBytes = 0;
  view.pendingBytes = () => pendingBytes;
  let requests = 0;
  let isClosed = false;
  let failure: unknown = null;
  let isDisturbed = false;
  let roomPromise: Promise<void> | null = null;
  let roomResolve: (() => void) | null = null;
  const { promise: failed, reject: rejectFailed } = Promise.withResolvers<never>();
  failed.catch(() => {}); // Whoever cares awaits it.

  function fail(error: unknown): void {
    failure ??= error;
    rejectFailed(error);
    for (const each of waiting) each.reject(error);
    waiting.clear();
    releaseRoom();
  }

  function releaseRoom(): void {
    roomResolve?.();
    roomPromise = null;
    roomResolve = null;
  }

  function list(queue: PartitionQueue): void {
    if (queue.isListed || queue.isSending || !queue.hasFull()) return;
    queue.isListed = true;
    ready.push(queue);
  }

  function dispatch(): void {
    while (ready.length > 0 && requests < limits.maxRequests && !isClosed && failure === null) {
      const taken: { queue: PartitionQueue; builder: RecordBatchBuilder }[] = [];
      for (let bytes = 0; ready.length > 0 && bytes < limits.maxRequestBytes; ) {
        const queue = ready.shift() as PartitionQueue;
        queue.isListed = false;
        const builder = queue.take();
        if (builder === undefined) continue;
        queue.isSending = true;
        bytes += builder.bytes;
        taken.push({ queue, builder });
      }
      if (taken.length === 0) return;
      requests++;
      send(taken)
        .catch(fail)
        .finally(() => {
          requests--;
          dispatch();
        });
    }
  }

  async function send(taken: { queue: PartitionQueue; builder: RecordBatchBuilder }[]): Promise<void> {
    let sendings: Sending[] = await Promise.all(
      taken.filter(isWanted).map(async ({ queue, builder }) => {
        const { topic, partition } = queue;
        return { queue, builder, batch: { topic, partition, bytes: await builder.seal(compression) } };
      }),
    );
    for (let attempt = 0; sendings.length > 0 && !isClosed && failure === null; attempt++) {
      if (attempt > 0) await sleep(backoffMs(attempt, RETRY));
      sendings = sendings.filter(isWanted);
      if (sendings.length === 0) break;
      // A former request whose answer did not come may still be on its way, with the same memory.
      const isFirst = attempt === 0;
      const answers = await client.produce(sendings.map(({ batch }) => batch));
      const again: Sending[] = [];
      for (const [i, sending] of sendings.entries()) {
        const answer = answers[i];
        if (answer === undefined) throw new Error('a batch has no answer');
        if (answer.error === null && sending.queue.isAhead(answer.baseOffset)) {
          acknowledge(sending, answer.baseOffset);
          if (isFirst) sending.builder.release();
        } else if (await isToBeSentAgain(sending, answer.error ?? madeAnew(sending.queue))) {
          again.push(sending);
        }
      }
      if (again.length === 0 && isDisturbed) {
        isDisturbed = false;
        logger.info('the brokers answer again');
      }
      sendings = again;
    }
  }

  function isWanted({ queue, builder }: Pick<Sending, 'queue' | 'builder'>): boolean {
    if (queue.isAbandoned) settle(queue, builder);
    return !queue.isAbandoned;
  }

  async function isToBeSentAgain(sending: Sending, told: MillraceError): Promise<boolean> {
    const { queue, builder } = sending;
    if (queue.isAbandoned) return true; // settled by the next attempt
    const isMissing = told.code === KAFKA_ERRORS.topicMissing.code;
    if (!isMissing) queue.missingSinceMs = null;
    const error = isMissing ? missingFor(queue, told) : told;
    if (error.policy === 'retry') {
      if (!isDisturbed) logger.warn({ code: error.code, err: error.message }, 'publishing waits for the brokers');
      isDisturbed = true;
      view.sentAgain++;
      return true;
    }
    const isOfTopic = OF_TOPIC.has(error.code) || (error.code === TOO_LARGE && builder.count === 1);
    if (isOfTopic && (await onRefused(queue.topic, error))) {
      settle(queue, builder);
      return false;
    }
    throw error;
  }

  /** One that is missing for long was deleted. */
  function missingFor(queue: PartitionQueue, told: MillraceError): MillraceError {
    const now = performance.now();
    queue.missingSinceMs ??= now;
    if (now - queue.missingSinceMs < limits.missingMs) return told;
    return new MillraceError(KAFKA_ERRORS.topicLost, `${queue.topic} is not there`);
  }

  function acknowledge({ queue, builder, batch }: Sending, baseOffset: bigint): void {
    view.messages += builder.count;
    view.payloadBytes += builder.payloadBytes;
    view.sentBytes += batch.bytes.length;
    queue.acknowledge(builder, baseOffset);
    settle(queue, builder);
  }

  function settle(queue: PartitionQueue, builder: RecordBatchBuilder): void {
    queue.acknowledged += builder.count;
    queue.isSending = false;
    pendingBytes -= builder.payloadBytes;
    list(queue);
    for (const each of waiting) {
      if (!each.isDone()) continue;
      waiting.delete(each);
      each.resolve();
    }
    if (pendingBytes < limits.maxPendingBytes) releaseRoom();
    dispatch();
  }

  return {
    queue(topic, partition, maxBatchBytes) {
      const name = `${topic}/${partition}`;
      let queue = queues.get(name);
      if (queue === undefined) {
        const reachedOffset = options.reachedOffset(topic, partition);
        queue = new PartitionQueue({ topic, partition, maxBatchBytes, reachedOffset });
        queues.set(name, queue);
      }
      return queue;
    },
    added(queue, bytes, isFull) {
      pendingBytes += bytes;
      // Nobody waits for it, and its bytes would be counted for ever.
      if (queue.isAbandoned) queue.flush();
      else if (!isFull) return;
      list(queue);
      dispatch();
    },
    flushed(asked) {
      if (failure !== null) return Promise.reject(failure);
      const upTo: [PartitionQueue, number][] = [];
      for (const queue of asked) {
        if (queue.flush()) list(queue);
        if (queue.acknowledged < queue.added) upTo.push([queue, queue.added]);
      }
      dispatch();
      const isDone = (): boolean => upTo.every(([queue, added]) => queue.acknowledged >= added);
      if (isDone()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiting.add({ isDone, resolve, reject });
      });
    },
    room() {
      if (failure !== null) throw failure;
      if (pendingBytes < limits.maxPendingBytes) return null;
      // What is full goes by itself; what is not has to go as well, or nothing would ever make room.
      for (const queue of queues.values()) if (queue.flush()) list(queue);
      dispatch();
      roomPromise ??= new Promise((resolve) => {
        roomResolve = resolve;
      });
      return roomPromise;
    },
    pendingBytes: () => pendingBytes,
    abandon(topic) {
      for (const [name, queue] of queues) {
        if (queue.topic !== topic) continue;
        queue.isAbandoned = true;
        queues.delete(name);
        if (queue.flush()) list(queue);
      }
      dispatch();
    },
    failed,
    close() {
      isClosed = true;
      fail(new Error('the log is closed'));
    },
  };
}

function madeAnew({ topic, partition }: PartitionQueue): MillraceError {
  return new MillraceError(KAFKA_ERRORS.topicLost, `${topic}/${partition} has offsets again that were given before`);
}
