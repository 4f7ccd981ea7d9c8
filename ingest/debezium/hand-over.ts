import type { Tuple } from '../../changelog/change.ts';
import type { SourceLog } from '../../changelog/change-log.ts';
import { sleep, unlessAborted } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { CapturedTable } from './captured-table.ts';
import type { CopiedRows } from './copied-rows.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import { CREATE, DELETE, type DebeziumEvent, payloadStart, READ, TRUNCATE, UPDATE } from './event.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { fieldNames } from './row-layout.ts';
import { standingOf } from './standing.ts';
import type { TableSet } from './table-set.ts';
import type { TopicReader } from './topic-reader.ts';
import type { Transaction } from './transaction.ts';
import { eventOf, stopFor } from './unreadable.ts';

/** Changes that were handed over, by kind. */
export interface HandedCounts {
  inserts: number;
  updates: number;
  deletes: number;
  truncates: number;
  skipped: number;
}

export interface HandOverOptions {
  readonly log: Pick<SourceLog, 'begin' | 'insert' | 'update' | 'delete' | 'truncate' | 'commit' | 'advance' | 'room'>;
  readonly tables: TableSet;
  readonly reader: TopicReader;
  readonly copied: Pick<CopiedRows, 'flush'>;
  /** Takes the copied rows at the head of a queue; true when there were any. */
  readonly takeCopied: (table: CapturedTable, queue: PartitionQueue) => Promise<boolean>;
  readonly counts: HandedCounts;
  /** So long rows may be missing that a transaction has, while the brokers answer. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** A table's rows in the transaction that is handed over. */
interface Part {
  readonly table: CapturedTable;
  readonly count: number;
  /** Number of the last row that was handed over, among the table's own. */
  handed: number;
  lastLsn: bigint;
  /** Where the next row stands; null until it was found. */
  queue: PartitionQueue | null;
}

const HEADER_NEW_KEY = Buffer.from('__debezium.newkey');
const HEADER_OLD_KEY = Buffer.from('__debezium.oldkey');
/** Rows between two looks at whether the log has room. */
const ROOM_ROWS = 64;

/**
 * Hands one transaction over, in its own order, out of all partitions that have rows of it. Each table's rows are numbered, so
 * that the next one is known without having seen the others, and nothing is held but what was read ahead. False when the
 * signal aborted in the middle: then nothing of it is committed.
 */
export async function handOver(
  options: HandOverOptions,
  transaction: Transaction,
  handedEndLsn: bigint,
): Promise<boolean> {
  const { log, tables, counts, signal } = options;
  const parts: Part[] = [];
  for (const [collection, count] of transaction.counts) {
    const table = count > 0 ? await tables.take(collection, transaction.committedAtMicros) : null;
    if (table === null) counts.skipped += count;
    else parts.push({ table, count, handed: 0, lastLsn: 0n, queue: null });
  }
  const { endLsn, committedAtMicros, id } = transaction;
  if (parts.length === 0) {
    log.advance(endLsn, committedAtMicros);
    return true;
  }
  // Between the commits before and behind it, and the same whenever it is read.
  log.begin(endLsn - 1n, committedAtMicros, id);
  for (let rows = 1; ; rows++) {
    let next: Part | null = null;
    let nextOrder = Number.POSITIVE_INFINITY;
    for (const part of parts) {
      if (part.handed === part.count || !tables.has(part.table.name)) continue;
      if (part.queue === null && !find(part, transaction, handedEndLsn)) {
        if (!(await waitFor(options, part, parts, transaction, handedEndLsn))) return false;
        if (part.queue === null) continue; // Stopped.
      }
      const order = (part.queue as PartitionQueue).event()?.totalOrder ?? 0;
      if (order >= nextOrder) continue;
      next = part;
      nextOrder = order;
    }
    if (next === null) break;
    const { table } = next;
    const queue = next.queue as PartitionQueue;
    const event = queue.event() as DebeziumEvent;
    try {
      while (!apply(options, table, queue, event)) {
        const start = event.afterStart >= 0 ? event.afterStart : event.beforeStart;
        // A truncate has no row to tell them by.
        const fields = start >= 0 ? fieldNames(event.value, start) : null;
        if (!(await tables.layOut(table, fields))) break;
      }
    } catch (error) {
      await stopFor(error, tables, table, queue);
    }
    next.handed = event.collectionOrder;
    next.lastLsn = event.lsn ?? 0n;
    next.queue = null;
    queue.shift();
    if (rows % ROOM_ROWS === 0) {
      await waitForRoom(options);
      if (signal.aborted) return false;
    }
  }
  for (const { table } of parts) endMove(options, table);
  log.commit(endLsn);
  await waitForRoom(options);
  return true;
}

/** Resolves early when the signal aborts. */
async function waitForRoom({ log, signal }: HandOverOptions): Promise<void> {
  const room = log.room();
  if (room !== null) await unlessAborted(room, signal).catch(() => {});
}

/** Looks for the part's next row at the heads; passes over what was handed over before. True when `part.queue` is set. */
function find(part: Part, transaction: Transaction, handedEndLsn: bigint): boolean {
  for (const queue of part.table.queues) {
    for (;;) {
      const event = eventAt(queue);
      if (event === null || event.op === READ) break;
      const standing = standingOf(event, transaction, handedEndLsn);
      if (standing === 'later') break;
      if (standing === 'diverged') throw diverged(queue, `a row of transaction ${event.transactionId} before its end`);
      if (standing === 'now') {
        if (event.collectionOrder === part.handed + 1) {
          part.queue = queue;
          return true;
        }
        if (event.collectionOrder > part.handed) break;
        // Sent again, it has the place that it had: one that is further on would be another row.
        if ((event.lsn ?? 0n) > part.lastLsn) throw diverged(queue, 'rows of a transaction are numbered anew');
      }
      queue.shift();
    }
  }
  return false;
}

/** What cannot be read is found out about by `waitFor`, which can stop the table. */
function eventAt(queue: PartitionQueue): DebeziumEvent | null {
  try {
    const event = queue.event();
    if (event !== null && event.op !== READ && event.transactionId < 0) {
      const place = `${queue.topic}/${queue.partition} at offset ${queue.offset}`;
      throw new MillraceError(DEBEZIUM_ERRORS.transactionsMissing, place);
    }
    return event;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function diverged(queue: PartitionQueue, detail: string): MillraceError {
  return new MillraceError(
    DEBEZIUM_ERRORS.diverged,
    `${queue.topic}/${queue.partition} at offset ${queue.offset}: ${detail}`,
  );
}

/** Reads on until the part's next row is there, or its table is stopped; false when the signal aborted. */
async function waitFor(
  options: HandOverOptions,
  part: Part,
  parts: readonly Part[],
  transaction: Transaction,
  handedEndLsn: bigint,
): Promise<boolean> {
  const { tables, reader, copied, patienceMs, signal } = options;
  const { table } = part;
  let since = performance.now();
  while (tables.has(table.name)) {
    if (signal.aborted) return false;
    for (const queue of table.queues) {
      await eventOf(tables, table, queue);
      if (await options.takeCopied(table, queue)) since = performance.now();
    }
    // A change may need a value out of what was copied before it.
    await copied.flush();
    if (!tables.has(table.name)) return true;
    if (find(part, transaction, handedEndLsn)) return true;
    if (signal.aborted) return false;
    // Behind what was sent again there may be more of a copy.
    if (table.queues.some((queue) => eventAt(queue)?.op === READ)) continue;
    const empty = table.queues.filter((queue) => queue.isEmpty);
    if (empty.length === 0 || performance.now() - since > patienceMs) {
      const detail = `${part.handed} of ${part.count} rows of transaction ${transaction.id} are in ${table.topic}`;
      await tables.stop(table.name, new MillraceError(DEBEZIUM_ERRORS.rowsMissing, detail));
      return true;
    }
    const found = [...parts.flatMap(({ queue }) => queue ?? []), ...table.queues];
    const isAnswered = await reader.poll(empty, signal, found);
    if (!isAnswered || empty.some((queue) => !queue.isEmpty)) since = performance.now();
    else await sleep(0, signal);
  }
  return true;
}

/** Hands one row over; false when its fields are not those that the table's rows had so far. Throws a RangeError. */
function apply(options: HandOverOptions, table: CapturedTable, queue: PartitionQueue, event: DebeziumEvent): boolean {
  const { log, counts } = options;
  const { layout } = table;
  if (layout === null) return false;
  switch (event.op) {
    case CREATE:
    case UPDATE: {
      if (event.afterStart < 0) throw new RangeError('no row');
      const row = layout.row(event.value, event.afterStart);
      if (row === null) return false;
      const isMoved = table.isMoving && event.op === CREATE && header(queue, HEADER_OLD_KEY) !== undefined;
      if (!isMoved) endMove(options, table);
      table.isMoving = false;
      if (isMoved) {
        log.update(layout.relation, table.movedKey, row);
        counts.updates++;
      } else if (event.op === CREATE) {
        log.insert(layout.relation, row);
        counts.inserts++;
      } else {
        log.update(layout.relation, null, row);
        counts.updates++;
      }
      return true;
    }
    case DELETE: {
      endMove(options, table);
      const key = keyOf(table, queue, event);
      if (header(queue, HEADER_NEW_KEY) !== undefined) {
        table.keepKey(key);
      } else {
        log.delete(layout.relation, key);
        counts.deletes++;
      }
      return true;
    }
    case TRUNCATE:
      endMove(options, table);
      log.truncate([layout.relation]);
      counts.truncates++;
      return true;
    default:
      throw new RangeError(`an operation ${String.fromCharCode(event.op)}`);
  }
}

/** A row that was removed under its old key, and never came under another. */
function endMove({ log, counts }: HandOverOptions, table: CapturedTable): void {
  if (!table.isMoving || table.layout === null) return;
  table.isMoving = false;
  log.delete(table.layout.relation, table.movedKey);
  counts.deletes++;
}

/** Out of the message's key; where that has other columns (an index as replica identity), out of the old row. */
function keyOf({ layout }: CapturedTable, queue: PartitionQueue, event: DebeziumEvent): Tuple {
  const bytes = queue.message()?.key ?? null;
  const key = bytes === null ? null : (layout?.key(bytes, payloadStart(bytes)) ?? null);
  const found = key ?? (event.beforeStart < 0 ? null : (layout?.key(event.value, event.beforeStart) ?? null));
  if (found === null) throw new RangeError('no key');
  return found;
}

function header(queue: PartitionQueue, name: Buffer): Buffer | undefined {
  return queue.message()?.header(name);
}
