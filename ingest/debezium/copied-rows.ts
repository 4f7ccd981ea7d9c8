import type { Relation, Tuple } from '../../changelog/change.ts';
import type { SourceLog } from '../../changelog/change-log.ts';
import type { CapturedTable } from './captured-table.ts';
import { type DebeziumEvent, READ } from './event.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { fieldNames } from './row-layout.ts';
import type { TableSet } from './table-set.ts';
import { eventOf, stopFor } from './unreadable.ts';

/** Of one chunk, before what was read counts as copied. */
const CHUNK_BYTES = 32 << 20;

export interface CopiedRowsOptions {
  readonly log: Pick<SourceLog, 'openChunk'>;
  readonly tables: TableSet;
  /** Of the tables that are built beside their replicas: what the copied rows' version is of; undefined without a build. */
  readonly buildsFrom: () => bigint | undefined;
}

/** Decides on a row: take it, pass over it, or leave it where it is. It may stop the table. Throws a RangeError. */
export type Judge = (event: DebeziumEvent) => Promise<'take' | 'pass' | 'leave'>;

/** Rows that Debezium copied (`op: r`), into chunks of the snapshot. */
export class CopiedRows {
  readonly #options: CopiedRowsOptions;
  readonly #open = new Set<CapturedTable>();
  rows = 0;
  bytes = 0;

  constructor(options: CopiedRowsOptions) {
    this.#options = options;
  }

  /** Takes the copied rows at the head of the queue; true when there were any. They are durable after `flush`. */
  async take(table: CapturedTable, queue: PartitionQueue, judge: Judge): Promise<boolean> {
    const { tables } = this.#options;
    let isTaken = false;
    while (tables.has(table.name)) {
      const event = await eventOf(tables, table, queue);
      if (event === null || event.op !== READ) break;
      try {
        const verdict = await judge(event);
        if (verdict === 'leave' || !tables.has(table.name)) break;
        isTaken = true;
        if (verdict === 'take' && !(await this.#put(table, event))) break;
      } catch (error) {
        await stopFor(error, tables, table, queue);
        break;
      }
      queue.shift();
    }
    return isTaken;
  }

  /** False when the table was stopped. */
  async #put(table: CapturedTable, event: DebeziumEvent): Promise<boolean> {
    const row = await this.#read(table, event);
    if (row === null) return false;
    table.chunk ??= this.#options.log.openChunk(row.relation, this.#options.buildsFrom());
    this.#open.add(table);
    table.chunk.row(row.tuple);
    const bytes = event.value.length;
    table.copiedRows++;
    table.copiedBytes += bytes;
    table.chunkBytes += bytes;
    this.rows++;
    this.bytes += bytes;
    const room = table.chunk.room();
    if (room !== null) await room;
    if (table.chunkBytes >= CHUNK_BYTES) await this.#finish(table);
    return true;
  }

  async #read(table: CapturedTable, event: DebeziumEvent): Promise<{ relation: Relation; tuple: Tuple } | null> {
    for (;;) {
      const { layout } = table;
      const tuple = layout?.row(event.value, event.afterStart) ?? null;
      if (tuple !== null && layout !== null) return { relation: layout.relation, tuple };
      await this.#finish(table); // Rows of another shape go into another chunk.
      if (event.afterStart < 0) throw new RangeError('no row');
      if (!(await this.#options.tables.layOut(table, fieldNames(event.value, event.afterStart)))) return null;
    }
  }

  /** Resolves when everything that was taken is durable. */
  async flush(): Promise<void> {
    for (const table of [...this.#open]) {
      try {
        await this.#finish(table);
      } catch (error) {
        await stopFor(error, this.#options.tables, table, table.queues[0] as PartitionQueue);
      }
    }
  }

  async #finish(table: CapturedTable): Promise<void> {
    const { chunk } = table;
    this.#open.delete(table);
    if (chunk === null) return;
    table.chunk = null;
    table.chunkBytes = 0;
    await chunk.done();
  }
}
