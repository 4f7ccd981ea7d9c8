import type { SourceLog } from '../../changelog/change-log.ts';
import { NEVER, sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CapturePhase } from '../progress.ts';
import type { CapturedTable } from './captured-table.ts';
import type { CopiedRows } from './copied-rows.ts';
import type { Checkpoint, TopicEnds } from './debezium-book.ts';
import type { DebeziumMemory } from './debezium-memory.ts';
import type { DebeziumTiming } from './debezium-timing.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import { readFirstCopy } from './first-copy.ts';
import { type HandedCounts, handOver } from './hand-over.ts';
import type { Outside } from './outside.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { TableSet } from './table-set.ts';
import { isReadUpTo, topicEnds } from './topic-ends.ts';
import type { TopicReader } from './topic-reader.ts';
import { openTransactions, type TransactionQueue } from './transaction-queue.ts';

/** Positions and phase, for whoever watches. */
export interface TopicsView {
  phase: CapturePhase;
  /** Every transaction that ended here or before was handed over. */
  handedEndLsn: bigint;
  /** Written down as durable: a restart goes on from here. */
  savedLsn: bigint;
  lastCommitMicros: bigint;
  transactions: number;
}

export interface RunTopicsOptions {
  /** The log as it was opened, and the same behind the rules for columns. */
  readonly log: Pick<SourceLog, 'durableLsn' | 'reachedLsn'>;
  readonly handed: SourceLog;
  readonly outside: Outside;
  /** As TableSet has it. */
  readonly patient: Outside;
  readonly reader: TopicReader;
  readonly tables: TableSet;
  readonly memory: DebeziumMemory;
  readonly copied: CopiedRows;
  readonly counts: HandedCounts;
  readonly view: TopicsView;
  readonly transactionTopic: string;
  readonly isWithoutSnapshot: boolean;
  readonly timing: DebeziumTiming;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A point between transactions that is not written down yet. */
interface Pending extends Checkpoint {
  readonly lsn: bigint;
}

/** Reads the topics until the signal aborts: the first copy, then transaction after transaction. */
export async function runTopics(options: RunTopicsOptions): Promise<void> {
  const { log, handed, outside, patient, reader, tables, memory, copied, counts, view, timing, logger, signal } =
    options;
  let transactions: TransactionQueue | null = null;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let savedAt = performance.now();
  let pending: Pending[] = [];
  /** What earlier runs, and the first copy, had made durable. */
  let startedLsn = 0n;
  async function refresh(isNow = false): Promise<void> {
    if (!isNow && performance.now() - refreshedAt < timing.refreshMs) return;
    try {
      await tables.refresh();
      if (transactions === null) {
        transactions = await openTransactions(outside, options.transactionTopic, BigInt(memory.reached.transactions));
        if (transactions !== null) reader.queues.add(transactions.queue);
      }
    } catch (error) {
      // Brokers that are away are told of by the reader, which waits for them.
      if (!(error instanceof MillraceError) || error.policy !== 'retry') throw error;
      logger.debug({ code: error.code }, 'catalog or topics cannot be looked at');
      // Rows that are known flow on meanwhile.
      refreshedAt = performance.now() + 10 * timing.refreshMs;
      return;
    }
    refreshedAt = performance.now();
  }

  reader.onGone = async () => {
    await tables.stopCut();
    if (transactions === null) return;
    // Throws where it is this topic.
    await openTransactions(patient, options.transactionTopic, transactions.queue.next);
  };

  /** Copied rows behind the first copy: what the tables had that Debezium was told to copy later. */
  function takeCopied(table: CapturedTable, queue: PartitionQueue): Promise<boolean> {
    return copied.take(table, queue, async (event) => {
      // They show what was committed up to here, and must not show it at an earlier position.
      if (!(await durable())) return 'leave';
      if (event.copying === 'incremental') return 'take';
      const lsn = event.lsn?.toString() ?? '';
      const { copiedLsn } = memory.table(table.name);
      if (copiedLsn === null) memory.setTable(table.name, { copiedLsn: lsn });
      else if (copiedLsn !== lsn) {
        const detail = `${table.name} was copied at ${copiedLsn} and at ${lsn}`;
        await tables.stop(table.name, new MillraceError(DEBEZIUM_ERRORS.snapshotRepeated, detail));
      }
      return 'take';
    });
  }

  /** Resolves when all that was handed over is durable; with false when the signal aborted before. */
  async function durable(): Promise<boolean> {
    while (view.handedEndLsn > startedLsn && log.durableLsn() < view.handedEndLsn) {
      if (signal.aborted) return false;
      await sleep(5, signal);
    }
    return true;
  }

  function checkpoint(lsn: bigint): Pending {
    const offsets: Record<string, string[]> = { ...memory.reached.offsets } as Record<string, string[]>;
    for (const { topic, queues } of tables.captured) offsets[topic] = queues.map((queue) => queue.offset.toString());
    return { lsn, endLsn: lsn.toString(), transactions: (transactions?.queue.offset ?? 0n).toString(), offsets };
  }

  /** Writes down the last point that is durable. */
  async function save(isNow = false): Promise<void> {
    const now = performance.now();
    if (!isNow && now - savedAt < timing.saveMs) return;
    savedAt = now;
    const durableLsn = log.durableLsn();
    const reached = pending.findLast(({ lsn }) => lsn <= durableLsn);
    const last = pending.at(-1);
    if (reached !== undefined) {
      pending = pending.filter(({ lsn }) => lsn > reached.lsn);
      const { lsn, ...point } = reached;
      await memory.reach(point);
      view.savedLsn = lsn;
    }
    if (!isNow && view.handedEndLsn > (last?.lsn ?? view.savedLsn)) pending.push(checkpoint(view.handedEndLsn));
  }

  const ends = (): Promise<TopicEnds> => topicEnds(patient, options.transactionTopic, tables);

  /** Where tables are built beside: they take their replicas' place when they have all that readers may have seen, durably. */
  async function finishBuild(): Promise<void> {
    const { build, snapshotLsn } = memory;
    if (
      build === null ||
      snapshotLsn === null ||
      !(await isReadUpTo(build.until, { transactions, tables, takeCopied, handedEndLsn: view.handedEndLsn }))
    )
      return;
    await copied.flush();
    if (!(await durable())) return;
    // A crash in the middle goes on here: nothing of an earlier place must come to a table that was exchanged.
    const { lsn, ...point } = checkpoint(view.handedEndLsn);
    await memory.reach(point);
    view.savedLsn = lsn;
    pending = [];
    await tables.refresh(patient);
    await tables.exchange(build, snapshotLsn);
    await memory.built(lsn);
    // The same position, which is consistent now, of the time at which the topics ended where they were read to.
    const sinceMicros = BigInt(Date.parse(build.since)) * 1000n;
    handed.advance(lsn, view.lastCommitMicros > sinceMicros ? view.lastCommitMicros : sinceMicros);
    logger.info('the topics were read anew, and the tables took their replicas’ place');
  }

  async function first(): Promise<boolean> {
    view.phase = 'snapshotting';
    const copiedAtMicros = await readFirstCopy({
      patient,
      reader,
      tables,
      memory,
      copied,
      transactions: () => transactions,
      ends,
      isWithoutSnapshot: options.isWithoutSnapshot,
      refresh,
      settleMs: timing.settleMs,
      logger,
      signal,
    });
    const lsn = memory.snapshotLsn;
    if (copiedAtMicros === null || lsn === null) return false;
    await tables.defineEmpty();
    const { lsn: _, ...reached } = checkpoint(lsn);
    await memory.complete(reached);
    handed.advance(lsn, copiedAtMicros);
    logger.info({ snapshotLsn: lsn.toString(), rows: copied.rows }, 'the copy is complete');
    return true;
  }

  /** False when it ended in the middle of a transaction: offsets are no point to go on from then. */
  async function stream(): Promise<boolean> {
    view.phase = 'streaming';
    const handing = { log: handed, tables, reader, copied, takeCopied, counts, patienceMs: timing.patienceMs, signal };
    while (!signal.aborted) {
      await refresh();
      await save();
      await finishBuild();
      const transaction = transactions?.head() ?? null;
      if (transaction === null) {
        let isTaken = false;
        for (const table of [...tables.captured]) {
          for (const queue of table.queues) isTaken = (await takeCopied(table, queue)) || isTaken;
        }
        await copied.flush();
        if (!isTaken) await reader.poll(transactions === null ? [] : [transactions.queue], signal);
        continue;
      }
      if (transaction.endLsn > view.handedEndLsn) {
        if (!(await handOver(handing, transaction, view.handedEndLsn))) return false;
        view.handedEndLsn = transaction.endLsn;
        view.lastCommitMicros = transaction.committedAtMicros;
        view.transactions++;
      }
      transactions?.shift();
    }
    return true;
  }

  async function drain(isBetween: boolean): Promise<void> {
    const deadline = performance.now() + timing.drainMs;
    const { handedEndLsn } = view;
    if (transactions === null || !memory.isCopied || handedEndLsn <= view.savedLsn) return;
    if (isBetween) pending.push(checkpoint(handedEndLsn));
    while (log.durableLsn() < handedEndLsn && performance.now() < deadline) await sleep(10, NEVER);
    await save(true);
  }

  let isBetween = false;
  try {
    const savedLsn = BigInt(memory.reached.endLsn);
    // Before the copy has begun it is of what was read before.
    const reachedLsn = memory.isBegun ? (log.reachedLsn ?? 0n) : 0n;
    view.savedLsn = savedLsn;
    await refresh(true);
    if (!memory.isCopied && !(await first())) return;
    const lsn = memory.snapshotLsn ?? 0n;
    view.handedEndLsn = [savedLsn, reachedLsn, lsn].reduce((a, b) => (a > b ? a : b));
    startedLsn = view.handedEndLsn;
    // Loaders that begin now learn that nothing is to be waited for.
    if (memory.build !== null) await memory.save();
    isBetween = await stream();
  } catch (error) {
    if (signal.aborted && error instanceof MillraceError && error.policy === 'retry') return;
    throw error;
  }
  await drain(isBetween);
}
