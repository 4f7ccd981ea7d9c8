import type { SnapshotChunk, SourceLog } from '../../../changelog/change-log.ts';
import { parseLsn } from '../../../changelog/lsn.ts';
import { TableFailure } from '../../../changelog/table-failure.ts';
import { sleep } from '../../../runtime/abortable.ts';
import type { SnapshotThrottleConfig } from '../../../runtime/config/config.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { isLocked } from '../connection/lock-wait.ts';
import type { CaptureMemory } from '../tables/capture-memory.ts';
import type { PublishedTable } from '../tables/catalog.ts';
import type { TableRegistry } from '../tables/table-registry.ts';
import type { CaptureTiming } from '../timing.ts';
import { isWanted, recordCopy } from './copy-record.ts';
import type { Copied, CopySession } from './copy-session.ts';
import { waitForRunningTransactions } from './running-transactions.ts';
import { createSnapshotFinisher } from './snapshot-finisher.ts';
import type { SnapshotMeter } from './snapshot-meter.ts';
import { planCopies } from './snapshot-plan.ts';
import { copyBlocksSql, copyMovedSql, HAS_OUT_OF_LINE_SQL } from './snapshot-sql.ts';
import { restMs } from './snapshot-throttle.ts';
import { watchSourceLoad } from './source-load.ts';
import type { Piece, TableCopying } from './table-copying.ts';

export interface SnapshotOptions {
  readonly source: string;
  readonly publication: string;
  /** An ordinary connection for the catalog. */
  readonly control: CatalogConnection;
  readonly openCopySession: () => Promise<CopySession>;
  /** Copy sessions at once: never more, whatever the number and size of tables. */
  readonly connections: number;
  /** When the source counts as busy; null for never. */
  readonly throttle: SnapshotThrottleConfig | null;
  /** WAL that the stream has not received yet. */
  readonly streamBehindBytes: () => number;
  readonly log: Pick<SourceLog, 'openChunk'>;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  /** Told of a table that the log cannot take; afterwards it is not copied any more. */
  readonly onTableFailure: (table: string, failure: TableFailure) => Promise<void>;
  readonly meter: SnapshotMeter;
  readonly timing: Pick<CaptureTiming, 'chunkBytes' | 'chunkBlocks' | 'saveChunksMs' | 'loadMs'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Tables whose replica is made ready ahead of their first chunk. */
const PREPARED_AHEAD = 8;
/** So many pieces of less than this size may be made durable at once, for each connection. */
const SMALL_PIECES_SETTLING = 3;
const SMALL_PIECE_BYTES = 1 << 20;
/** How often a connection that has nothing to read looks again: what others read may leave a piece. */
const IDLE_MS = 20;
/** How often a connection that rests looks whether the source is still busy. */
const RESTING_MS = 500;

interface Taken {
  readonly copying: TableCopying;
  readonly piece: Piece;
}

/** What was read of a piece; no chunk where there was nothing to read. */
interface Read extends Copied {
  readonly chunk: SnapshotChunk | null;
}

const NOTHING: Read = { chunk: null, rows: 0, bytes: 0 };

/**
 * Copies every table that is not complete yet, next to the running stream, and writes down the position at which the
 * whole is consistent. Every row has the version of the slot's consistent point, so what the stream has wins whenever a
 * chunk is read. Rejects when a chunk fails; what was done is remembered. Resolves early when the signal aborts. Answers
 * the tables that are to be copied and were locked: for another run.
 */
export async function runSnapshot(options: SnapshotOptions): Promise<readonly PublishedTable[]> {
  const { control, memory, registry, meter, signal, logger } = options;
  const xmax = await waitForRunningTransactions('committing', control, logger, signal);
  if (signal.aborted) return [];
  const { copies, locked } = await planCopies(options, xmax);
  if (copies.length > 0) logger.info({ tables: copies.length }, 'snapshot started');
  const startedAt = performance.now();
  try {
    const left = await copyAll(options, copies);
    if (left.length > 0 || locked.length > 0) return [...locked, ...left];
  } finally {
    meter.busy = null;
    for (const { name } of copies) meter.end(name);
    await memory.saveTables();
  }
  if (signal.aborted || registry.hasIncomplete() || registry.hasUnseen()) return [];
  // The insert position: what a chunk saw may be committed asynchronously and not be written yet.
  const { rows } = await control.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  failpoint('ingest.snapshot-copied');
  memory.setConsistent(parseLsn(rows[0]!.lsn));
  await memory.save();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  logger.info({ tables: copies.length, rows: meter.rows, bytes: meter.bytes, seconds }, 'snapshot complete');
  return [];
}

/**
 * Resolves when every table is written down as complete, or is not wanted any more, or the signal aborted. Answers those
 * that were locked.
 */
async function copyAll(options: SnapshotOptions, copies: readonly TableCopying[]): Promise<readonly PublishedTable[]> {
  const { memory, meter, timing, signal } = options;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {}); // After the end nobody listens.
  const finisher = createSnapshotFinisher({ ...options, onFailure: fail });
  const load = watchSourceLoad({ ...options, limits: options.throttle, everyMs: timing.loadMs, onFailure: fail });
  const sessions = new Set<CopySession>();
  /** Tables with pieces that nobody took, in the order in which they are copied. */
  const open = [...copies];
  /** Tables that cannot be copied now; another run will look at them. */
  const left = new Set<TableCopying>();
  const locked = new Set<PublishedTable>();
  let prepared = 0;
  let isOver = false;
  let lastSave = performance.now();

  function take(): Taken | null {
    for (let i = 0; i < open.length; ) {
      const copying = open[i] as TableCopying;
      const wanted = isWanted(memory, copying) && !left.has(copying);
      const piece = wanted ? copying.take() : null;
      if (piece !== null) return { copying, piece };
      if (wanted && !copying.isTaken) {
        i++;
        continue;
      }
      open.splice(i, 1);
      if (wanted && copying.becameCopied()) finisher.copied(copying);
    }
    return null;
  }

  /** Replicas are made ready ahead of need: for a small table that takes longer than its rows. */
  function prepareAhead(copying: TableCopying): void {
    const until = Math.min(copies.length, copies.indexOf(copying) + 1 + PREPARED_AHEAD);
    for (; prepared < until; prepared++) copies[prepared]?.relation().catch(fail);
  }

  async function failTable(copying: TableCopying, error: unknown): Promise<void> {
    const failure = tableFailureOf(error);
    if (failure === null) throw error;
    if (isWanted(memory, copying)) await options.onTableFailure(copying.name, failure);
  }

  /** Resolves when what was read is durable and counted. */
  async function settle({ copying, piece }: Taken, { chunk, rows, bytes }: Read): Promise<void> {
    try {
      await chunk?.done();
    } catch (error) {
      await failTable(copying, error);
      return;
    }
    failpoint('ingest.chunk-copied');
    copying.settle(piece, { rows, bytes });
    const blocks = piece === 'moved' ? 0 : piece[1] - piece[0];
    meter.add(copying.name, { rows, bytes, blocks }, performance.now());
    recordCopy(memory, copying, null);
    if (copying.becameCopied()) finisher.copied(copying);
    if (performance.now() - lastSave >= timing.saveChunksMs) {
      lastSave = performance.now();
      await memory.save();
      failpoint('ingest.chunks-written-down');
    }
  }

  /** False: look again. */
  async function rest(index: number, lastChunkMs: number): Promise<boolean> {
    const busy = load.reason();
    meter.busy = busy;
    const ms = restMs(index, busy, lastChunkMs);
    if (ms !== 0) await sleep(ms ?? RESTING_MS, signal);
    return ms !== null;
  }

  /** One connection: reads a piece while the one before, or a few small ones, are made durable. */
  async function run(index: number): Promise<void> {
    let session: CopySession | null = null;
    const settling: Promise<void>[] = [];
    let lastChunkMs = 0;
    while (open.length > 0 && !signal.aborted && !isOver) {
      if (!(await rest(index, lastChunkMs))) continue;
      const taken = take();
      if (taken === null) {
        if (open.length > 0) await sleep(IDLE_MS, signal);
        continue;
      }
      prepareAhead(taken.copying);
      if (session === null) {
        session = await options.openCopySession();
        sessions.add(session);
        if (isOver) return session.close();
      }
      const startedAt = performance.now();
      let read: Read | null;
      try {
        read = await readPiece(options, taken, session);
      } catch (error) {
        if (isLocked(error)) {
          left.add(taken.copying);
          locked.add(taken.copying.table);
          continue;
        }
        // One table that cannot be loaded does not keep the others; its connection may have ended with it.
        await failTable(taken.copying, error);
        sessions.delete(session);
        await session.close();
        session = null;
        continue;
      } finally {
        taken.copying.endRead();
      }
      lastChunkMs = performance.now() - startedAt;
      if (read === null) {
        left.add(taken.copying);
        continue;
      }
      while (settling.length >= (read.bytes < SMALL_PIECE_BYTES ? SMALL_PIECES_SETTLING : 1)) await settling.shift();
      const settled = settle(taken, read);
      settled.catch(fail);
      settling.push(settled);
    }
    await Promise.all(settling);
  }

  try {
    const count = copies.length === 0 ? 0 : Math.max(1, options.connections);
    const runs = Promise.all(Array.from({ length: count }, (_, index) => run(index)));
    await Promise.race([runs, failed]);
    await Promise.race([finisher.drained(), failed]);
    return [...locked];
  } finally {
    isOver = true;
    load.stop();
    await Promise.all([...sessions].map((session) => session.close()));
  }
}

/** Null when the table cannot be copied now. */
async function readPiece(
  { control, log }: Pick<SnapshotOptions, 'control' | 'log'>,
  { copying, piece }: Taken,
  session: CopySession,
): Promise<Read | null> {
  const { table, build } = copying;
  const relation = await copying.relation();
  if (relation === null) return null;
  if (piece === 'moved') {
    const { rows } = await control.queryUnlocked<{ found: boolean }>(HAS_OUT_OF_LINE_SQL, [table.leaves]);
    if (rows[0]?.found !== true) return NOTHING;
  }
  const chunk = log.openChunk(relation, build?.fromLsn);
  try {
    const copied = await session.copy({
      sql:
        piece === 'moved'
          ? copyMovedSql(table, copying.copy.xmax)
          : copyBlocksSql(table, piece, build?.snapshot ?? null),
      columns: relation.columns.length,
      line: chunk.line ?? null,
      row: (tuple) => chunk.row(tuple),
      room: () => chunk.room(),
    });
    return { chunk, ...copied };
  } catch (error) {
    chunk.abandon();
    throw error;
  }
}

function tableFailureOf(error: unknown): TableFailure | null {
  if (error instanceof TableFailure) return error;
  const isForbidden = error instanceof MillraceError && error.code === INGEST_ERRORS.privilegeMissing.code;
  return isForbidden ? new TableFailure(INGEST_ERRORS.tableNotReadable, error.message, { cause: error }) : null;
}
