import type { Relation } from '../../changelog/change.ts';
import type { SourceLog } from '../../changelog/change-log.ts';
import { parseLsn } from '../../changelog/lsn.ts';
import { TableFailure } from '../../changelog/table-failure.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CaptureMemory } from './capture-memory.ts';
import { describeTables, type PublishedTable, relationOfTable, shapeOf } from './catalog.ts';
import type { CatalogConnection } from './catalog-connection.ts';
import type { CopySession } from './copy-session.ts';
import { addRange, missingRanges, type TableCopy } from './snapshot-book.ts';
import { copyBlocksSql, copyMovedSql } from './snapshot-sql.ts';
import { qualifiedName } from './table-filter.ts';
import type { TableRegistry } from './table-registry.ts';
import type { CaptureTiming } from './timing.ts';

export interface SnapshotCounts {
  rows: number;
  readonly tableRows: Map<string, number>;
}

export interface SnapshotOptions {
  readonly source: string;
  readonly publication: string;
  /** An ordinary connection for the catalog. */
  readonly control: CatalogConnection;
  readonly openCopySession: () => Promise<CopySession>;
  readonly connections: number;
  readonly log: Pick<SourceLog, 'openChunk'>;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  /** Told of a table that the log cannot take; afterwards it is not copied any more. */
  readonly onTableFailure: (table: string, failure: TableFailure) => Promise<void>;
  readonly counts: SnapshotCounts;
  readonly timing: Pick<CaptureTiming, 'chunkBlocks' | 'saveChunksMs'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A table being copied by this run. */
interface Copying {
  readonly name: string;
  readonly table: PublishedTable;
  readonly relation: Relation;
  readonly ranges: Generator<[number, number]>;
  /** The build beside the replica that the rows are for, with their version's LSN; null for the replica itself. */
  readonly build: { readonly id: string; readonly fromLsn: bigint } | null;
  copy: TableCopy;
  exhausted: boolean;
  inFlight: number;
}

/**
 * Copies every table that is not complete yet, next to the running stream, and writes down the position at which the
 * whole is consistent. Every row has the version of the slot's consistent point, so what the stream has wins whenever a
 * chunk is read. Rejects when a chunk fails; what was done is remembered. Resolves early when the signal aborts.
 */
export async function runSnapshot(options: SnapshotOptions): Promise<void> {
  const { control, memory, registry, signal, timing, logger } = options;
  // A transaction whose commit lies before the slot's consistent point may still be invisible: wait for all that run.
  const xmax = await waitForRunningTransactions(control, logger, signal);
  if (signal.aborted) return;
  const copies = await planCopies(options, xmax);
  logger.info({ tables: copies.length }, 'snapshot started');
  const startedAt = performance.now();
  let lastSave = performance.now();

  /** The next chunk of whichever table has one; a table whose chunks are all in is finished by who brought the last. */
  const runner = async (session: CopySession, at: { copying: Copying | null }): Promise<void> => {
    for (const copying of copies) {
      at.copying = copying;
      while (!copying.exhausted && !signal.aborted && isWanted(memory, copying)) {
        const next = copying.ranges.next();
        if (next.done === true) {
          copying.exhausted = true;
          if (copying.inFlight === 0) await finishTable(options, copying, session);
          break;
        }
        copying.inFlight++;
        await copyRows(options, copying, session, copyBlocksSql(copying.table, next.value));
        copying.inFlight--;
        copying.copy = { ...copying.copy, done: addRange(copying.copy.done, next.value) };
        writeDown(options, copying, false);
        if (copying.exhausted && copying.inFlight === 0) await finishTable(options, copying, session);
        if (performance.now() - lastSave >= timing.saveChunksMs) {
          lastSave = performance.now();
          await memory.save();
        }
      }
    }
  };

  const sessions: CopySession[] = [];
  let stopped = false;
  try {
    const count = Math.max(1, options.connections);
    const runners = Array.from({ length: copies.length === 0 ? 0 : count }, async () => {
      const at: { copying: Copying | null } = { copying: null };
      for (let done = false; !done; ) {
        const session = await options.openCopySession();
        sessions.push(session);
        try {
          if (!stopped) await runner(session, at);
          done = true;
        } catch (error) {
          // One table that cannot be loaded does not keep the others; its connection ended with it.
          const failure = tableFailureOf(error);
          if (failure === null || at.copying === null) throw error;
          if (isWanted(memory, at.copying)) await options.onTableFailure(at.copying.name, failure);
        }
        if (!done || stopped) await session.close();
      }
    });
    await Promise.all(runners);
  } finally {
    stopped = true;
    await memory.save();
    await Promise.all(sessions.map((session) => session.close()));
  }
  if (signal.aborted || registry.hasIncomplete() || registry.hasUnseen()) return;
  // The insert position: what a chunk saw may be committed asynchronously and not be written yet.
  const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  memory.setConsistent(parseLsn(rows[0]!.lsn));
  await memory.save();
  const seconds = (performance.now() - startedAt) / 1000;
  logger.info({ tables: copies.length, rows: options.counts.rows, seconds: Math.round(seconds) }, 'snapshot complete');
}

function tableFailureOf(error: unknown): TableFailure | null {
  if (error instanceof TableFailure) return error;
  const isForbidden = error instanceof MillraceError && error.code === INGEST_ERRORS.privilegeMissing.code;
  return isForbidden ? new TableFailure(INGEST_ERRORS.tableNotReadable, error.message, { cause: error }) : null;
}

async function planCopies(options: SnapshotOptions, xmax: string): Promise<Copying[]> {
  const { control, memory, registry, publication, source, timing } = options;
  const copies: Copying[] = [];
  for (const table of await describeTables(control, publication)) {
    const name = qualifiedName(table);
    const book = memory.tables[name];
    if (book === undefined || book.oid !== table.oid || !registry.isToCopy(name, book)) continue;
    const build = book.rebuild && { id: book.rebuild.id, fromLsn: parseLsn(book.rebuild.fromLsn ?? '0/0') };
    if (build?.fromLsn === 0n) continue; // Not begun yet.
    const relation = await registry.relationToCopy(table);
    if (relation === null) continue;
    const fingerprint = fingerprintOf(source, table);
    const resumed = book.copy !== null && book.copy.fingerprint === fingerprint;
    const copy = resumed && book.copy !== null ? book.copy : { fingerprint, blocks: table.blocks, xmax, done: [] };
    const ranges = missingRanges(copy, timing.chunkBlocks);
    const copying = { name, table, relation, ranges, build, copy, exhausted: false, inFlight: 0 };
    writeDown(options, copying, false);
    copies.push(copying);
  }
  await memory.save();
  return copies;
}

/** All blocks are in: also what moved meanwhile; complete unless the storage was rewritten under the chunks. */
async function finishTable(options: SnapshotOptions, copying: Copying, session: CopySession): Promise<void> {
  const { control, publication, source, logger } = options;
  if (copying.table.hasToast) {
    copying.inFlight++;
    await copyRows(options, copying, session, copyMovedSql(copying.table, copying.copy.xmax));
    copying.inFlight--;
  }
  const [now] = await describeTables(control, publication, copying.table.oid);
  if (!isWanted(options.memory, copying)) return;
  if (now === undefined || fingerprintOf(source, now) !== copying.copy.fingerprint) {
    const book = options.memory.tables[copying.name];
    if (copying.build !== null && book !== undefined) {
      options.memory.setTable(copying.name, { ...book, copy: null }); // Copied again, or begun again in its new shape.
      return;
    }
    throw new MillraceError(INGEST_ERRORS.snapshotRestarted, copying.name);
  }
  writeDown(options, copying, true);
  await options.memory.save();
  logger.info({ table: copying.name, rows: options.counts.tableRows.get(copying.name) ?? 0 }, 'table copied');
}

async function copyRows(options: SnapshotOptions, copying: Copying, session: CopySession, sql: string): Promise<void> {
  const { counts, log } = options;
  const chunk = log.openChunk(copying.relation, copying.build?.fromLsn);
  let rows = 0;
  const takeLine = chunk.line;
  const copied = session.copy({
    sql,
    columns: copying.relation.columns.length,
    line:
      takeLine === undefined
        ? null
        : (bytes, start, end) => {
            if (!takeLine(bytes, start, end)) return false;
            rows++;
            return true;
          },
    row(tuple) {
      rows++;
      chunk.row(tuple);
    },
    room: () => chunk.room(),
  });
  await copied.catch((error: unknown) => {
    chunk.abandon();
    throw error;
  });
  await chunk.done();
  counts.rows += rows;
  counts.tableRows.set(copying.name, (counts.tableRows.get(copying.name) ?? 0) + rows);
}

function writeDown({ memory }: SnapshotOptions, copying: Copying, complete: boolean): void {
  const { name, copy } = copying;
  const book = memory.tables[name];
  if (book === undefined || !isWanted(memory, copying)) return;
  const { rebuild } = book;
  // What is built beside is complete only after the exchange.
  const done = rebuild === null ? { complete } : { rebuild: { ...rebuild, copied: complete } };
  memory.setTable(name, { ...book, ...done, copy: complete ? null : copy });
}

/** Nobody paused the table, or began it again, since. */
function isWanted(memory: CaptureMemory, { name, build }: Pick<Copying, 'name' | 'build'>): boolean {
  const book = memory.tables[name];
  return book !== undefined && book.stop === null && (book.rebuild?.id ?? null) === (build?.id ?? null);
}

function fingerprintOf(source: string, table: PublishedTable): string {
  return `${table.storage} ${table.rowFilter ?? ''} ${shapeOf(relationOfTable(source, table))}`;
}

/** Resolves with the xid8 below which every transaction has ended. */
async function waitForRunningTransactions(
  control: CatalogConnection,
  logger: Logger,
  signal: AbortSignal,
): Promise<string> {
  const first = await control.query<{ xmax: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as xmax');
  const { xmax } = first.rows[0]!;
  let pauseMs = 10;
  for (let waits = 0; !signal.aborted; waits++) {
    const { rows } = await control.query<{ ended: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as ended',
      [xmax],
    );
    if (rows[0]!.ended) return xmax;
    if (waits === 8) logger.info('waiting for transactions that were running when the snapshot began');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, 1000);
  }
  return xmax;
}
