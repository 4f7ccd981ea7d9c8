import { sleep } from '../../../runtime/abortable.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { OnTableFailure } from '../../change-log.ts';
import type { Batch, SourceDestination } from '../../destination.ts';
import type { OpenBatch } from '../../open-batch.ts';
import type { Waker } from '../../waker.ts';
import type { LoaderTables, LoaderWarehouse, StoredProgress } from './loader-warehouse.ts';
import type { RejectedMessages } from './rejected-messages.ts';
import type { SnapshotRows } from './snapshot-rows.ts';
import type { Standstill } from './standstill.ts';
import type { TopicUnit } from './topic-unit.ts';

/** Brings what was collected to the destination, and then writes down how far the topics are; one write at a time. */
export interface ProgressWriter {
  /**
   * Begins to write what was collected, when what was written before is durable. `isWhole`: all that was taken of the
   * topics is among it, so that it may be written down how far they have come.
   */
  write(isWhole: boolean): Promise<void>;
  /** Resolves when nothing is being written. A write may wait for a value that a later message brings. */
  written(): Promise<void>;
  isWriting(): boolean;
  /** A write has ended, and nobody has waited for it. */
  isOver(): boolean;
  /** Resolves when the topics are this loader's for certain; rejects when the signal aborts. */
  mayWrite(): Promise<void>;
  /** On a long way it is to be written down now and then how far it is. */
  isLate(): boolean;
  /** Resolves when the last write has ended, whatever it came to: its rows come again. */
  settled(): Promise<void>;
}

const POLL_MS = 100;
const PROGRESS_MS = 5_000;

export function createProgressWriter(options: {
  batch: OpenBatch;
  snapshots: SnapshotRows;
  rejected: RejectedMessages;
  destination: SourceDestination;
  tables: Pick<LoaderTables, 'takeShapeChanges'>;
  warehouse: Pick<LoaderWarehouse, 'writeProgress'>;
  units: ReadonlyMap<string, TopicUnit>;
  /** False while its topics may be another loader's. */
  isCurrent: () => boolean;
  /** Called while a write is waited for; resolves with false when there is nothing to do before the waker wakes. */
  meanwhile: () => Promise<boolean>;
  onTableFailure: OnTableFailure;
  /** Resolves when what goes along with this batch is loaded as well, or need not be waited for. */
  gathered: () => Promise<void>;
  /** Told of what is durable: what it was read from may be written down afterwards, since reading it again changes nothing. */
  onLoaded: (progress: readonly StoredProgress[]) => void;
  /** Told of what was written down. */
  onProgress: (progress: readonly StoredProgress[]) => void;
  waker: Waker;
  standstill: Standstill;
  signal: AbortSignal;
}): ProgressWriter {
  const { batch, snapshots, rejected, destination, tables, warehouse, units, waker, standstill, signal } = options;
  let lastProgressMs = performance.now();
  let writing: { readonly done: Promise<void>; isOver: boolean } | null = null;

  async function written(): Promise<void> {
    if (writing !== null) await standstill.during('the write before', untilWritten);
  }

  async function untilWritten(): Promise<void> {
    for (let under = writing; under !== null; under = writing) {
      if (under.isOver) {
        writing = null;
        await under.done;
      } else if (!(await options.meanwhile()) && !under.isOver) {
        // It may have ended while there was something to do: nobody wakes twice.
        await waker.sleep(null);
      }
    }
  }

  async function untilCurrent(): Promise<void> {
    while (!options.isCurrent() && !signal.aborted) await sleep(POLL_MS, signal);
  }

  async function mayWrite(): Promise<void> {
    if (!options.isCurrent()) await standstill.during('membership in the group', untilCurrent);
    signal.throwIfAborted();
  }

  function progressNow(): { unit: TopicUnit; row: StoredProgress }[] {
    const [first] = units.values();
    // Of whichever table: it is their sum that says that there was one.
    if (first !== undefined) first.shapes += tables.takeShapeChanges();
    lastProgressMs = performance.now();
    return [...units.values()].flatMap((unit) => {
      const row = unit.progress();
      return row === null ? [] : [{ unit, row }];
    });
  }

  async function makeDurable(
    taken: Batch,
    progress: readonly { unit: TopicUnit; row: StoredProgress }[],
  ): Promise<void> {
    const gathered = progress.length === 0 ? undefined : options.gathered;
    if (taken.steps.length > 0) await destination.write(taken, options.onTableFailure, gathered);
    await rejected.flush();
    failpoint('changelog.loaded');
    if (progress.length === 0) return;
    await options.gathered();
    // A table may have failed while it was written.
    const rows = progress.map(({ unit, row }) => ({ ...row, isFailed: unit.isFailed }));
    options.onLoaded(rows);
    await warehouse.writeProgress(rows);
    failpoint('changelog.progress-written');
    options.onProgress(rows);
  }

  return {
    async write(isWhole) {
      await written();
      await standstill.during('rows of snapshots to the warehouse', snapshots.flush);
      await mayWrite();
      const taken = batch.take();
      const progress = isWhole ? progressNow() : [];
      if (taken.steps.length === 0 && progress.length === 0) return;
      const under = { done: makeDurable(taken, progress), isOver: false };
      writing = under;
      const over = (): void => {
        under.isOver = true;
        waker.wake();
      };
      under.done.then(over, over);
    },
    written,
    isWriting: () => writing !== null,
    isOver: () => writing?.isOver === true,
    mayWrite,
    isLate: () => performance.now() - lastProgressMs > PROGRESS_MS,
    settled: async () => {
      await writing?.done.catch(() => {});
    },
  };
}
