import { failpoint } from '../../runtime/failpoint.ts';
import type { CaptureState, OnTableFailure, SourceLog } from '../change-log.ts';
import type { RowVersion, SourceDestination } from '../destination.ts';
import { hasSameKey } from '../key.ts';
import { createOpenBatch } from '../open-batch.ts';
import type { Rounds } from '../rounds.ts';
import { takeUnchangedFromOld } from '../unchanged.ts';
import { createWaker } from '../waker.ts';
import type { DirectLimits } from './direct-limits.ts';
import { createDirectSnapshotChunk } from './direct-snapshot-chunk.ts';
import { lingerMs } from './linger.ts';
import type { SnapshotBudget } from './snapshot-budget.ts';

export interface DirectSourceLog extends SourceLog {
  /** Writes what is still pending, as far as whole transactions go, and stops. Rejects with an earlier failure. */
  drain(): Promise<void>;
}

export function createDirectSourceLog(options: {
  destination: SourceDestination;
  limits: DirectLimits;
  /** Of all sources together. */
  budget: SnapshotBudget;
  /** The same; null when nobody follows what is loaded. */
  rounds: Rounds | null;
}): DirectSourceLog {
  const { destination, limits, budget, rounds } = options;
  const batch = createOpenBatch(destination);
  const version: RowVersion = { epoch: destination.state?.epoch ?? 1, commitLsn: 0n, ordinal: 0 };
  let state = destination.state;
  let committedAtMicros = 0n;
  let transactionTimeMicros = 0n;
  let durableLsn = 0n;
  let writingBytes = 0;
  let openedAtMs = performance.now();
  let lastWriteMs = 0;
  let lastWriteEndedAt = performance.now();
  let stopped = false;
  let failure: unknown = null;
  const waker = createWaker();
  /** What has to run while no batch is being written. */
  const exclusive: (() => Promise<void>)[] = [];
  /** What is under way in the destination beside the batches: whoever opens the log next must not meet it there. */
  const pending = new Set<Promise<void>>();
  let onTableFailure: OnTableFailure = (_relation, tableFailure) => Promise.reject(tableFailure);
  let roomPromise: Promise<void> | null = null;
  let roomResolve: (() => void) | null = null;
  let rejectFailed: (reason: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    rejectFailed = reject;
  });
  failed.catch(() => {}); // Whoever cares awaits it; nobody caring must not end the process.

  const stopListening = rounds?.onEnded(waker.wake);
  const pumped = pump().catch(fail);

  function fail(error: unknown): void {
    failure ??= error;
    rejectFailed(error);
    releaseRoom();
  }

  function releaseRoom(): void {
    roomResolve?.();
    roomPromise = null;
    roomResolve = null;
  }

  function waitBeforeBatchMs(nowMs: number): number {
    const bytes = batch.bytes();
    if (bytes >= limits.maxBatchBytes) return 0;
    const heldMs = rounds?.heldMs(nowMs) ?? 0;
    if (heldMs > 0) return heldMs;
    if (rounds !== null && openedAtMs <= rounds.endedAtMs) return 0;
    return lingerMs({ nowMs, openedAtMs, lastWriteMs, lastWriteEndedAtMs: lastWriteEndedAt, bytes }, limits);
  }

  /** Writes batch after batch; between two it waits until there is something and it has lingered long enough. */
  async function pump(): Promise<void> {
    for (;;) {
      for (let run = exclusive.shift(); run !== undefined; run = exclusive.shift()) await run();
      if (batch.isEmpty()) {
        if (stopped) return;
        await waker.sleep(null);
        openedAtMs = performance.now();
        continue;
      }
      const waitMs = stopped ? 0 : waitBeforeBatchMs(performance.now());
      if (waitMs > 0) {
        await waker.sleep(waitMs);
        continue;
      }
      writingBytes = batch.bytes();
      const taken = batch.take();
      failpoint('changelog.batch-taken');
      const startedAt = performance.now();
      const round = rounds?.begin(startedAt) ?? null;
      try {
        await destination.write(taken, onTableFailure, async () => round?.gathered(performance.now()));
      } finally {
        round?.end();
      }
      failpoint('changelog.batch-durable');
      if (taken.position !== null) durableLsn = taken.position.lsn;
      writingBytes = 0;
      lastWriteEndedAt = performance.now();
      lastWriteMs = lastWriteEndedAt - startedAt;
      openedAtMs = lastWriteEndedAt;
      releaseRoom();
    }
  }

  function track(action: () => Promise<void>): Promise<void> {
    if (stopped) return Promise.reject(new Error('the log is closed'));
    const done = action();
    pending.add(done);
    return done.finally(() => pending.delete(done));
  }

  function throwIfFailed(): void {
    if (failure !== null) throw failure;
  }

  return {
    get state() {
      return state;
    },
    saveState(saved: CaptureState) {
      // Whoever opens the log next has read what was saved before: a late save must not put it back.
      return track(() =>
        destination.saveState(saved).then(() => {
          state = saved;
          version.epoch = saved.epoch;
        }),
      );
    },
    reachedLsn: destination.reachedLsn,
    defineRelation: (relation) => track(() => destination.prepare(relation)),
    set onTableFailure(handler: OnTableFailure) {
      onTableFailure = handler;
    },
    get onTableFailure() {
      return onTableFailure;
    },

    begin(commitLsn, commitTimeMicros) {
      throwIfFailed();
      version.commitLsn = commitLsn;
      version.ordinal = 0;
      transactionTimeMicros = commitTimeMicros;
    },
    insert(relation, row) {
      version.ordinal++;
      batch.block(relation).upsert(version, row);
    },
    update(relation, oldKey, row) {
      version.ordinal++;
      const block = batch.block(relation);
      if (oldKey === null) {
        block.upsert(version, row);
        return;
      }
      takeUnchangedFromOld(row, oldKey);
      if (hasSameKey(relation, oldKey, row)) {
        block.upsert(version, row);
      } else {
        block.move(version, oldKey, row);
      }
    },
    delete(relation, oldKey) {
      version.ordinal++;
      batch.block(relation).remove(version, oldKey);
    },
    truncate(relations) {
      version.ordinal++;
      for (const truncated of relations) batch.truncate({ truncated, version: { ...version } });
    },
    commit(endLsn) {
      committedAtMicros = transactionTimeMicros;
      batch.reach({ lsn: endLsn, committedAtMicros, caughtUpAtMicros: transactionTimeMicros });
      waker.wake();
    },
    advance(lsn, timeMicros) {
      throwIfFailed();
      batch.reach({ lsn, committedAtMicros, caughtUpAtMicros: timeMicros });
      waker.wake();
    },

    room() {
      throwIfFailed();
      const bytes = batch.bytes();
      if (bytes >= limits.maxBatchBytes) waker.wake();
      if (bytes + writingBytes < limits.maxPendingBytes) return null;
      roomPromise ??= new Promise((resolve) => {
        roomResolve = resolve;
      });
      return roomPromise;
    },
    durableLsn: () => durableLsn,
    failed,

    openChunk(relation, fromLsn) {
      if (state === null) throw new Error('openChunk needs a saved state: the snapshot position is its rows version');
      return createDirectSnapshotChunk({
        destination: {
          openSnapshotBlock: (of, rowVersion) => destination.openSnapshotBlock(of, rowVersion),
          writeSnapshot: (block, target) => track(() => destination.writeSnapshot(block, target)),
        },
        relation,
        state,
        fromLsn: fromLsn ?? null,
        maxBlockBytes: limits.maxSnapshotBlockBytes,
        budget,
        // After the end it concerns nobody.
        onFailure: (error) => stopped || fail(error),
      });
    },

    rebuild: (relation, build) => track(() => destination.rebuild(relation, build)),
    exchange(relation, build, fromLsn) {
      return new Promise((resolve, reject) => {
        if (stopped || failure !== null) {
          reject(failure ?? new Error('the log is closed'));
          return;
        }
        // What it rejects with is for whoever asked; the writes go on.
        exclusive.push(() => destination.exchange(relation, build, fromLsn).then(resolve, reject));
        waker.wake();
      });
    },

    async drain() {
      stopped = true;
      destination.endWaiting();
      waker.wake();
      await pumped;
      stopListening?.();
      await Promise.allSettled(pending);
      throwIfFailed();
    },
  };
}
