import { TableFailure } from '../../changelog/table-failure.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { CapturedTable } from './captured-table.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import type { DebeziumEvent } from './event.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { TableSet } from './table-set.ts';

/** The queue's head as an event; null when there is none, or when it cannot be read: then its table is stopped. */
export async function eventOf(
  tables: TableSet,
  table: CapturedTable,
  queue: PartitionQueue,
): Promise<DebeziumEvent | null> {
  try {
    return queue.event();
  } catch (error) {
    await stopFor(error, tables, table, queue);
    return null;
  }
}

/** Stops the table for what is the table's own fault: a message that cannot be read, or what the log says. Throws the rest. */
export async function stopFor(
  error: unknown,
  tables: TableSet,
  table: CapturedTable,
  queue: PartitionQueue,
): Promise<void> {
  if (error instanceof TableFailure) {
    await tables.stop(table.name, error);
    return;
  }
  if (!(error instanceof RangeError)) throw error;
  const place = `${queue.topic}/${queue.partition} at offset ${queue.offset}: ${error.message}`;
  await tables.stop(table.name, new MillraceError(DEBEZIUM_ERRORS.messageUnreadable, place));
}
