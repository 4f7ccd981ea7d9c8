import { failpoint } from '../../../runtime/failpoint.ts';
import type { CaptureState } from '../../change-log.ts';
import type { Position } from '../../destination.ts';
import { createWaker } from '../../waker.ts';
import type { KafkaLimits } from '../kafka-limits.ts';
import type { SourceTracing } from '../source-tracing.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { Publisher } from './publisher.ts';
import type { WatermarkWriter } from './watermark-writer.ts';

/** What has been handed over. */
export interface HandedOver {
  /** The last complete transaction; null before the first. */
  readonly position: Position | null;
  /** Version of the last row. */
  readonly through: bigint;
  /** Commit time of the first transaction since the last time that this was asked, Unix microseconds; null without any. */
  readonly firstCommittedAtMicros: bigint | null;
  readonly state: CaptureState | null;
}

/** Makes what was handed over durable, and says so with one watermark behind the other. */
export interface MarkPump {
  /** Something was put into a queue. */
  added(queue: PartitionQueue): void;
  /** The queues of this topic are not waited for any more. */
  forget(topic: string): void;
  /** ... of this size: in the middle of a large transaction a watermark is due after so many. */
  count(bytes: number): void;
  /** What was handed over has reached a position, or has another state. */
  reached(): void;
  /** The source has come on without anything to hand over: nobody waits for that. */
  advanced(): void;
  /** Resolves when a watermark says of every row of a snapshot that is acknowledged now. */
  markSnapshots(): Promise<void>;
  /** Runs it between two watermarks; rejects as it does. */
  exclusive(action: () => Promise<void>): Promise<void>;
  /** Ends the waiting: the publisher has failed. */
  wake(): void;
  durableLsn(): bigint;
  /** Resolves when everything is marked and nothing more will be; rejects with what marking failed with. */
  stop(): Promise<void>;
}

export function createMarkPump(options: {
  limits: KafkaLimits;
  publisher: Publisher;
  marks: WatermarkWriter;
  /** Every queue that was ever added to; filled here. */
  queues: Set<PartitionQueue>;
  handedOver: () => HandedOver;
  /** As it is saved now: what is refused is remembered there, before the watermark behind it is written. */
  state: () => CaptureState | null;
  /** Null: nobody looks at traces. */
  tracing: SourceTracing | null;
  /** True when nothing may be marked any more. */
  hasFailed: () => boolean;
  onFailure: (error: unknown) => void;
}): MarkPump {
  const { limits, publisher, marks, queues, handedOver, tracing, hasFailed } = options;
  let touched = new Set<PartitionQueue>();
  /** Number of the watermark that `touched` is for. */
  let turn = 1;
  const waker = createWaker();
  const exclusive: (() => Promise<void>)[] = [];
  /** Reached by what was handed over, and not written yet. */
  let isBehind = false;
  /** When it is written of a source that has come on and brought nothing; null: it is. */
  let restsUntilMs: number | null = null;
  let bytesSinceMark = 0;
  let durableLsn = 0n;
  let isStopped = false;
  let isLingering = false;
  let lastMarkMs = 0;
  const pumped = pump().catch(options.onFailure);

  /** Between two watermarks it lingers, so that they stay few. */
  async function pump(): Promise<void> {
    for (;;) {
      for (let run = exclusive.shift(); run !== undefined; run = exclusive.shift()) await run();
      if (hasFailed()) return;
      const isLarge = bytesSinceMark >= limits.maxMarkBytes;
      if (!isBehind && !isLarge) {
        if (isStopped && restsUntilMs === null) return;
        const restMs = restsUntilMs === null ? null : restsUntilMs - performance.now();
        if (!isStopped && (restMs === null || restMs > 0)) {
          await waker.sleep(restMs);
          continue;
        }
      } else if (!isLarge && !isStopped) {
        isLingering = true;
        await waker.sleep(Math.max(limits.tickMs, Math.min(limits.maxTickMs, lastMarkMs)));
        isLingering = false;
      }
      await mark();
    }
  }

  async function mark(): Promise<void> {
    const startedAtMs = performance.now();
    const point = handedOver();
    const waited = touched;
    touched = new Set();
    turn++;
    isBehind = false;
    restsUntilMs = null;
    bytesSinceMark = 0;
    const span = tracing?.publishing(point) ?? null;
    await publisher.flushed(waited);
    failpoint('changelog.published');
    span?.event('acknowledged');
    const state = options.state();
    const isSameEpoch = state?.epoch === point.state?.epoch;
    await marks.write(isSameEpoch ? { ...point, state } : point, span?.traceparent);
    lastMarkMs = performance.now() - startedAtMs;
    span?.end();
    if (point.position !== null && point.position.lsn > durableLsn) durableLsn = point.position.lsn;
  }

  function betweenMarks(action: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      // What it rejects with is for whoever asked; the stream goes on.
      exclusive.push(() => action().then(resolve, reject));
      waker.wake();
    });
  }

  return {
    added(queue) {
      // Rows of a former shape may still come for a topic that is another one by now: what they reach is not there.
      if (queue.awaitedBy === turn || queue.isAbandoned) return;
      queue.awaitedBy = turn;
      queues.add(queue);
      touched.add(queue);
    },
    forget(topic) {
      for (const each of [queues, touched]) {
        for (const queue of each) {
          if (queue.topic !== topic) continue;
          each.delete(queue);
          queue.awaitedBy = 0;
        }
      }
    },
    count(bytes) {
      bytesSinceMark += bytes;
      if (bytesSinceMark >= limits.maxMarkBytes) waker.wake();
    },
    reached() {
      isBehind = true;
      if (!isLingering) waker.wake();
    },
    advanced() {
      if (restsUntilMs !== null) return;
      // The same moment for all sources: what they then write down, they write down together.
      restsUntilMs = (Math.floor(performance.now() / limits.restMs) + 1) * limits.restMs;
      if (!isLingering) waker.wake();
    },
    exclusive: betweenMarks,
    markSnapshots: () =>
      betweenMarks(async () => {
        if (!marks.hasUnwrittenSnapshots()) return;
        await mark().catch((error) => {
          options.onFailure(error);
          throw error;
        });
      }),
    wake: () => waker.wake(),
    durableLsn: () => durableLsn,
    stop() {
      isStopped = true;
      waker.wake();
      return pumped;
    },
  };
}
