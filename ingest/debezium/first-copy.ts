import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CapturedTable } from './captured-table.ts';
import type { CopiedRows } from './copied-rows.ts';
import type { TopicEnds } from './debezium-book.ts';
import type { DebeziumMemory } from './debezium-memory.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import { READ } from './event.ts';
import type { Outside } from './outside.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { TableSet } from './table-set.ts';
import type { TopicReader } from './topic-reader.ts';
import type { TransactionQueue } from './transaction-queue.ts';
import { eventOf } from './unreadable.ts';

/** Version of rows where no table had any when Debezium began: before everything. */
const BEFORE_ALL_LSN = 1n;

export interface FirstCopyOptions {
  readonly patient: Pick<Outside, 'offsets'>;
  readonly reader: TopicReader;
  readonly tables: TableSet;
  readonly memory: DebeziumMemory;
  readonly copied: CopiedRows;
  /** Null until the transaction topic is there. */
  readonly transactions: () => TransactionQueue | null;
  /** Where the topics end now. */
  readonly ends: () => Promise<TopicEnds>;
  /** The configuration says that there is no copy to wait for. */
  readonly isWithoutSnapshot: boolean;
  /** Looks for new tables and topics, not too often. */
  readonly refresh: (isNow?: boolean) => Promise<void>;
  /** So long after its last row the copy's other rows may still be on their way into the topics. */
  readonly settleMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What the topics have of copies, in front of the first transaction. */
interface Found {
  /** Position of the newest copy; null before its first row. */
  lsn: bigint | null;
  /** Its last row was seen. */
  hasLast: boolean;
  /** When it was made, by the source's clock. */
  timeMs: number;
  /** Where each partition's rows begin. */
  readonly begins: Map<PartitionQueue, bigint>;
  /** Partitions in which rows of transactions, or of a later copy, come next: they have no more of this one. */
  readonly behind: Set<PartitionQueue>;
}

/**
 * Reads the copy that Debezium made when it began, all of it before the first transaction: the state at its position, whole.
 * Resolves with its time (Unix microseconds) when it is complete, with null when the signal aborted. Topics are looked
 * through first: a connector that was restarted meanwhile has begun anew, and what the former copy had may be gone in the
 * newest.
 */
export async function readFirstCopy(options: FirstCopyOptions): Promise<bigint | null> {
  const { memory, tables, copied, reader, logger, signal } = options;
  const found = await lookThrough(options);
  if (found === null) return null;
  const lsn = found.lsn ?? BEFORE_ALL_LSN;
  if (memory.snapshotLsn !== null && memory.snapshotLsn !== lsn) {
    const detail = `copies at ${memory.snapshotLsn} and at ${lsn}`;
    throw new MillraceError(DEBEZIUM_ERRORS.snapshotRepeated, detail);
  }
  await memory.begin(lsn, await options.ends());
  logger.info({ snapshotLsn: lsn.toString() }, 'reading the copy that the connector made');
  const ends = new Map<PartitionQueue, bigint>();
  for (const [queue, begin] of found.begins) {
    ends.set(queue, queue.offset);
    queue.rewind(begin);
  }
  while (!signal.aborted) {
    const unread: PartitionQueue[] = [];
    for (const [table, queue] of partitions(tables)) {
      await copied.take(table, queue, async (event) => {
        if (queue.offset >= (ends.get(queue) ?? 0n)) return 'leave';
        if (event.copying !== 'incremental' && event.lsn !== lsn) return 'pass';
        if (event.copying !== 'incremental') memory.setTable(table.name, { copiedLsn: lsn.toString() });
        return 'take';
      });
      if (queue.isEmpty && queue.offset < (ends.get(queue) ?? 0n)) unread.push(queue);
    }
    if (unread.length === 0) {
      await copied.flush();
      return BigInt(found.timeMs) * 1000n;
    }
    await reader.poll(unread, signal);
  }
  return null;
}

function partitions(tables: TableSet): [CapturedTable, PartitionQueue][] {
  return [...tables.captured].flatMap((table) =>
    table.queues.map((queue) => [table, queue] as [CapturedTable, PartitionQueue]),
  );
}

/** Finds the newest copy; resolves when all of it is there, with null when the signal aborted. */
async function lookThrough(options: FirstCopyOptions): Promise<Found | null> {
  const { reader, tables, refresh, signal } = options;
  await untilFirstTransaction(options);
  const found: Found = { lsn: null, hasLast: false, timeMs: 0, begins: new Map(), behind: new Set() };
  while (!signal.aborted) {
    await refresh();
    const unread: PartitionQueue[] = [];
    let isSeen = false;
    for (const [table, queue] of partitions(tables)) {
      if (!found.begins.has(queue)) found.begins.set(queue, queue.offset);
      isSeen = (await passCopied(options, found, table, queue)) || isSeen;
      if (!found.behind.has(queue)) unread.push(queue);
    }
    if (isSeen) continue;
    const isOver = found.hasLast || (await isStreaming(options, found));
    if (isOver && (await isWhole(options, found))) return found;
    const transactions = options.transactions();
    await reader.poll(transactions === null ? unread : [...unread, transactions.queue], signal);
  }
  return null;
}

/** Where there are transactions the first is to be known: what was copied behind it is no part of the first copy. */
async function untilFirstTransaction({ reader, refresh, transactions, ends, signal }: FirstCopyOptions): Promise<void> {
  const end = BigInt((await ends()).transactions);
  while (end > 0n && !signal.aborted) {
    await refresh();
    const known = transactions();
    if (known !== null && (known.head() !== null || known.queue.offset >= end)) return;
    await reader.poll(known === null ? [] : [known.queue], signal);
  }
}

/** Passes over the copied rows at the head; true when there were any. */
async function passCopied(
  { tables, transactions }: FirstCopyOptions,
  found: Found,
  table: CapturedTable,
  queue: PartitionQueue,
): Promise<boolean> {
  let isSeen = false;
  for (;;) {
    const event = await eventOf(tables, table, queue);
    if (event === null) return isSeen;
    if (event.op !== READ) {
      if (event.transactionId < 0) {
        const place = `${queue.topic}/${queue.partition} at offset ${queue.offset}`;
        throw new MillraceError(DEBEZIUM_ERRORS.transactionsMissing, place);
      }
      found.behind.add(queue);
      return isSeen;
    }
    if (event.copying !== 'incremental' && event.lsn !== null) {
      const firstEndLsn = transactions()?.head()?.endLsn ?? null;
      if (firstEndLsn !== null && event.lsn >= firstEndLsn) {
        found.behind.add(queue);
        return isSeen;
      }
      if (found.lsn === null || event.lsn > found.lsn) {
        found.lsn = event.lsn;
        found.timeMs = event.timeMs;
        found.hasLast = false;
      }
      if (event.lsn === found.lsn && event.copying === 'last') found.hasLast = true;
    }
    isSeen = true;
    queue.shift();
  }
}

/** Transactions are there, which Debezium writes behind its copy only. */
async function isStreaming(options: FirstCopyOptions, found: Found): Promise<boolean> {
  const { tables, isWithoutSnapshot } = options;
  if (isWithoutSnapshot) return true;
  if (options.transactions()?.head() == null) return false;
  if (found.lsn !== null) return true;
  // Rows of a copy were written before, and whatever is written shows once everything that is there was looked at.
  if (!(await isRead(options, found))) return false;
  const names = [...tables.captured].map(({ topic }) => topic).join(', ');
  throw new MillraceError(DEBEZIUM_ERRORS.snapshotMissing, names);
}

/** The copy's last row was seen; its others are written before it, into other partitions, and show a moment later at most. */
async function isWhole(options: FirstCopyOptions, found: Found): Promise<boolean> {
  const { settleMs, refresh, signal } = options;
  await sleep(settleMs, signal);
  await refresh(true);
  return isRead(options, found);
}

/** Nothing that is in the topics now is still to be looked at. */
async function isRead({ patient, tables, signal }: FirstCopyOptions, { behind, begins }: Found): Promise<boolean> {
  for (const table of tables.captured) {
    for (const { partition, next } of await patient.offsets(table.topic)) {
      const queue = table.queues.find((each) => each.partition === partition);
      if (queue === undefined || behind.has(queue)) continue;
      if (!begins.has(queue) || queue.offset < next) return false;
    }
  }
  return !signal.aborted;
}
