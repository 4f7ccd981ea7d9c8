import type { SourceLog } from '../../changelog/change-log.ts';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { CapturedTable } from './captured-table.ts';
import type { CopiedRows } from './copied-rows.ts';
import type { DebeziumMemory } from './debezium-memory.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import { type DebeziumEvent, READ } from './event.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { TableSet } from './table-set.ts';
import type { TopicReader } from './topic-reader.ts';
import type { TransactionQueue } from './transaction-queue.ts';

/** Version of rows where no table had any when Debezium began: before everything. */
const BEFORE_ALL_LSN = 1n;

export interface FirstCopyOptions {
  readonly log: Pick<SourceLog, 'begin' | 'truncate' | 'commit'>;
  readonly client: Pick<KafkaClient, 'offsets'>;
  readonly reader: TopicReader;
  readonly tables: TableSet;
  readonly memory: DebeziumMemory;
  readonly copied: CopiedRows;
  /** Null until the transaction topic is there. */
  readonly transactions: () => TransactionQueue | null;
  /** The configuration says that there is no copy to wait for. */
  readonly isWithoutSnapshot: boolean;
  /** Looks for new tables and topics, not too often. */
  readonly refresh: (isNow?: boolean) => Promise<void>;
  /** So long after its last row the copy's other rows may still be on their way into the topics. */
  readonly settleMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Reads the copy that Debezium made when it began, all of it before the first transaction: the state at its position, whole.
 * True when it is complete, false when the signal aborted. A copy that a restart of the connector began anew takes the former
 * one's place.
 */
export async function readFirstCopy(options: FirstCopyOptions): Promise<boolean> {
  const { reader, tables, copied, refresh, signal } = options;
  const progress = { hasLast: false };
  while (!signal.aborted) {
    await refresh();
    let isTaken = false;
    for (const [table, queue] of partitions(tables)) {
      isTaken = (await takeCopied(options, table, queue, progress)) || isTaken;
    }
    if (isTaken) continue;
    await copied.flush();
    const isOver = progress.hasLast || (await isStreaming(options));
    if (isOver && (await isWhole(options))) return true;
    await reader.poll([], signal);
  }
  return false;
}

function partitions(tables: TableSet): [CapturedTable, PartitionQueue][] {
  return [...tables.captured].flatMap((table) =>
    table.queues.map((queue) => [table, queue] as [CapturedTable, PartitionQueue]),
  );
}

async function takeCopied(
  options: FirstCopyOptions,
  table: CapturedTable,
  queue: PartitionQueue,
  progress: { hasLast: boolean },
): Promise<boolean> {
  return options.copied.take(table, queue, async (event) => {
    if (event.copying === 'incremental') return options.memory.snapshotLsn === null ? 'leave' : 'take';
    if (event.lsn === null) throw new RangeError('a copied row without its position');
    const { snapshotLsn } = options.memory;
    if (snapshotLsn === null || event.lsn > snapshotLsn) {
      await beginAt(options, event.lsn);
      progress.hasLast = false;
    } else if (event.lsn < snapshotLsn) {
      return 'pass'; // Of a copy that was given up.
    }
    progress.hasLast ||= event.copying === 'last';
    options.memory.setTable(table.name, { copiedLsn: event.lsn.toString() });
    return 'take';
  });
}

/** Rows of a copy that was given up are removed: it may have some that were gone when the next began. */
async function beginAt(options: FirstCopyOptions, lsn: bigint): Promise<void> {
  const { log, memory, tables, copied, logger } = options;
  const isAgain = memory.snapshotLsn !== null;
  await copied.flush();
  await memory.begin(lsn);
  logger.info({ snapshotLsn: lsn.toString(), isAgain }, 'reading the copy that the connector made');
  if (!isAgain) return;
  const relations = [...tables.captured].flatMap(({ relation }) => relation ?? []);
  log.begin(lsn - 1n, BigInt(Date.now()) * 1000n);
  log.truncate(relations);
  log.commit(lsn);
}

/** Rows of transactions are there, which Debezium writes behind its copy only. */
async function isStreaming(options: FirstCopyOptions): Promise<boolean> {
  const { memory, tables, isWithoutSnapshot } = options;
  const isStreamed = options.transactions()?.head() != null;
  for (const [, queue] of partitions(tables)) {
    const event = readable(queue);
    if (event === null || event.op === READ) continue;
    if (event.transactionId < 0) {
      const place = `${queue.topic}/${queue.partition} at offset ${queue.offset}`;
      throw new MillraceError(DEBEZIUM_ERRORS.transactionsMissing, place);
    }
  }
  if (!isStreamed && !isWithoutSnapshot) return false;
  if (memory.snapshotLsn !== null) return true;
  if (!isWithoutSnapshot) {
    // Rows of a copy were written before, and whatever is written shows once everything that is there was looked at.
    if (!(await isRead(options))) return false;
    const names = [...tables.captured].map(({ topic }) => topic).join(', ');
    throw new MillraceError(DEBEZIUM_ERRORS.snapshotMissing, names);
  }
  await memory.begin(BEFORE_ALL_LSN);
  return true;
}

function readable(queue: PartitionQueue): DebeziumEvent | null {
  try {
    return queue.event();
  } catch (error) {
    if (error instanceof RangeError) return null; // Told of when it is taken.
    throw error;
  }
}

/** The copy's last row was seen; its others are written before it, into other partitions, and show a moment later at most. */
async function isWhole(options: FirstCopyOptions): Promise<boolean> {
  const { settleMs, refresh, signal } = options;
  await sleep(settleMs, signal);
  await refresh(true);
  return isRead(options);
}

/** Nothing that is in the topics now is still to be looked at. */
async function isRead({ client, tables, reader, signal }: FirstCopyOptions): Promise<boolean> {
  for (const table of tables.captured) {
    for (const { partition, next } of await client.offsets(table.topic)) {
      const queue = table.queues.find((each) => each.partition === partition);
      if (queue === undefined || !queue.isEmpty) continue;
      if (queue.next < next) {
        await reader.poll([queue], signal);
        return false;
      }
    }
  }
  for (const [, queue] of partitions(tables)) if (readable(queue)?.op === READ) return false;
  return !signal.aborted;
}
