import type { Registry } from 'prom-client';
import type { ChangeLog, SourceLog } from '../changelog/change-log.ts';
import { sleep } from '../runtime/abortable.ts';
import type { SourceConfig } from '../runtime/config/config.ts';
import { MillraceError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { createColumnRules } from './columns/column-plan.ts';
import { protectLog } from './columns/protected-log.ts';
import { INGEST_ERRORS } from './errors.ts';
import { watchCapture } from './metrics.ts';
import type { CaptureContext } from './postgres/capture-context.ts';
import { classifyError } from './postgres/classify-error.ts';
import { reconnectDelayMs } from './postgres/connection/reconnect-delay.ts';
import { runConnection } from './postgres/connection-attempt.ts';
import { publicationName } from './postgres/identifiers.ts';
import { isMendedByResync } from './postgres/slot/slot-state.ts';
import { SnapshotMeter } from './postgres/snapshot/snapshot-meter.ts';
import { createDecodedCounts } from './postgres/stream/pgoutput-decoder.ts';
import { TransactionCursor } from './postgres/stream/transaction-cursor.ts';
import { CaptureMemory } from './postgres/tables/capture-memory.ts';
import { LockedTables } from './postgres/tables/locked-tables.ts';
import { createTableFilter } from './postgres/tables/table-filter.ts';
import { TableLifecycle } from './postgres/tables/table-lifecycle.ts';
import { snapshotProgress, tableProgress } from './postgres/tables/table-progress.ts';
import { TableRegistry } from './postgres/tables/table-registry.ts';
import { type CaptureTiming, DEFAULT_TIMING } from './postgres/timing.ts';
import type { CaptureProgress } from './progress.ts';
import { runEpochs, shownError } from './run-epochs.ts';
import type { StopReason } from './stop-reason.ts';

export interface CaptureOptions {
  readonly source: SourceConfig;
  readonly log: ChangeLog;
  readonly logger: Logger;
  /** Metrics of all sources of a process go to one registry; left out: none. */
  readonly metrics?: Registry;
  readonly timing?: Partial<CaptureTiming>;
  /** Begin by copying the whole source anew: what was lost is not waited for. */
  readonly resync?: boolean;
  /** Told when that is written down, so that a crash does not undo it. */
  readonly onResync?: () => void;
}

export interface Capture {
  /**
   * Captures until the signal aborts: then it stops reading, waits for what is in flight, confirms it and resolves.
   * Failures that may pass are retried for ever; rejects with a MillraceError when an operator is needed, and with
   * INGEST_LOG_FAILED (or the log's own MillraceError) when the log fails. Call once.
   */
  run(signal: AbortSignal): Promise<void>;
  progress(): CaptureProgress;
  /**
   * `table` is `schema.table`. Each resolves when it is written down; what follows is seen in `progress`. Rejects with
   * INGEST_TABLE_UNKNOWN for a table that is not captured, and with INGEST_NOT_RUNNING before `run` has begun.
   */
  pause(table: string): Promise<void>;
  resume(table: string): Promise<void>;
  resync(table: string): Promise<void>;
  /** The table cannot go on for this reason: its rows are passed over, the others go on. */
  quarantine(table: string, reason: StopReason): Promise<void>;
  /**
   * Copies the whole source anew through a new slot, under a new epoch, with no gap for readers. Resolves when it is
   * written down that it will be done, which a crash does not undo. Rejects with INGEST_NOT_RUNNING before `run`.
   */
  resyncSource(): Promise<void>;
}

/** Capture of one Postgres source into the change log. */
export function createCapture(options: CaptureOptions): Capture {
  const { source } = options;
  const timing: CaptureTiming = { ...DEFAULT_TIMING, ...options.timing };
  const logger = options.logger.child({ source: source.name });
  let cursor = new TransactionCursor();
  const counts = createDecodedCounts();
  const snapshotMeter = new SnapshotMeter();
  /** Of one opening of the log: what a former one still has on its way must not show here. */
  let view: CaptureContext['view'] = { phase: 'connecting', headLsn: 0n, confirmedLsn: 0n, wal: null };
  const walsender: CaptureContext['walsender'] = { pid: null };
  const lockedTables = new LockedTables();
  let log: SourceLog | null = null;
  let memory: CaptureMemory | null = null;
  let registry: TableRegistry | null = null;
  let lifecycle: TableLifecycle | null = null;
  let reconnects = 0;
  let hasResynced = false;
  const reconnectLimits = { firstMs: timing.reconnectFirstMs, maxMs: timing.reconnectMaxMs };
  let lastError: MillraceError | null = null;

  /** Aborted to end a connection because the source is to be copied anew. */
  let restart = new AbortController();

  function onEnd(failure: MillraceError | null): void {
    view.phase = failure === null ? 'stopped' : 'failed';
    lastError = failure ?? lastError;
  }

  /** Captures through one slot. True when stopped; false when the source is to be copied anew, which is written down. */
  async function captureEpoch(signal: AbortSignal): Promise<boolean> {
    restart = new AbortController();
    cursor = new TransactionCursor();
    view = { phase: 'connecting', headLsn: 0n, confirmedLsn: 0n, wal: view.wal };
    // Positions of a former slot mean nothing to the next one: the log is opened anew as well.
    const opened = await options.log.openSource(source.name, signal).catch((error) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (opened === null) return true;
    log = protectLog(opened, createColumnRules(source), source.hashKey ?? '');
    if (options.resync === true && !hasResynced) {
      await new CaptureMemory(log).requestResync('');
      options.onResync?.();
    }
    hasResynced = true;
    memory = new CaptureMemory(log);
    const { incomplete = null } = opened;
    if (incomplete !== null && memory.known?.resync === null) {
      const lost = new MillraceError(INGEST_ERRORS.logIncomplete, `${source.name}: ${incomplete}`);
      if (source.onLostSlot !== 'resync') throw lost;
      logger.warn({ code: lost.code, err: lost.message }, 'the log is incomplete: the source is copied anew by itself');
      lastError = lost;
      await memory.requestResync(lost.code);
      return false;
    }
    const tables = new TableLifecycle({ memory, logger });
    lifecycle = tables;
    log.onTableFailure = (relation, failure) => tables.failRelation(relation, failure);
    registry = new TableRegistry({
      source: source.name,
      publication: publicationName(source.name),
      schemas: source.schemas,
      filter: createTableFilter(source),
      log,
      memory,
      lifecycle,
      logger,
    });
    try {
      await connectAgainAndAgain({ log, memory, registry, lifecycle }, AbortSignal.any([signal, restart.signal]));
    } catch (error) {
      const isLost = error instanceof MillraceError && isMendedByResync(error.code);
      if (!isLost || source.onLostSlot !== 'resync') throw error;
      logger.warn({ code: error.code, err: error.message }, 'the slot is lost: the source is copied anew by itself');
      lastError = error;
      await memory.requestResync(error.code);
      return false;
    }
    return signal.aborted;
  }

  async function connectAgainAndAgain(
    parts: Pick<CaptureContext, 'log' | 'memory' | 'registry' | 'lifecycle'>,
    signal: AbortSignal,
  ): Promise<void> {
    let failures = 0;
    const context: CaptureContext = {
      ...parts,
      source,
      cursor,
      counts,
      snapshotMeter,
      timing,
      logger,
      view,
      walsender,
      lockedTables,
      onStreaming() {
        failures = 0;
        lastError = null;
      },
    };
    while (!signal.aborted) {
      try {
        await runConnection(context, signal);
      } catch (thrown) {
        await throwIfFailed(parts.log);
        const error = classifyError(thrown);
        if (signal.aborted) break;
        if (error.policy !== 'retry') throw error;
        failures++;
        reconnects++;
        lastError = error;
        view.phase = 'retrying';
        const delayMs = reconnectDelayMs(failures, reconnectLimits, Math.random());
        logger.warn({ code: error.code, err: error.message, delayMs, failures }, 'connection lost, trying again');
        await sleep(delayMs, signal);
      }
    }
    await parts.memory.close(view.confirmedLsn);
  }

  function progress(): CaptureProgress {
    return {
      source: source.name,
      state: view.phase,
      receivedLsn: cursor.handedEndLsn,
      durableLsn: cursor.durableLsn(log?.durableLsn() ?? 0n),
      confirmedLsn: view.confirmedLsn,
      headLsn: view.headLsn > cursor.handedEndLsn ? view.headLsn : cursor.handedEndLsn,
      wal: view.wal,
      lastCommitMicros: counts.lastCommitMicros,
      rows: {
        inserts: counts.inserts,
        updates: counts.updates,
        deletes: counts.deletes,
        truncates: counts.truncates,
        skipped: counts.skipped,
        snapshot: snapshotMeter.rows,
        snapshotBytes: snapshotMeter.bytes,
      },
      transactions: counts.transactions,
      reconnects,
      tables:
        memory === null || registry === null
          ? []
          : tableProgress({
              tables: memory.tables,
              excluded: registry.excluded,
              locked: lockedTables,
              meter: snapshotMeter,
              nowMs: performance.now(),
            }),
      snapshot: snapshotProgress(snapshotMeter, performance.now()),
      lastError: shownError(lastError),
    };
  }

  /** A table's state can be changed once it is in the book; while the source is not reached as well. */
  function lifecycleOf(): TableLifecycle {
    if (lifecycle === null) throw new MillraceError(INGEST_ERRORS.notRunning, source.name);
    return lifecycle;
  }

  if (options.metrics !== undefined) watchCapture(options.metrics, progress);
  return {
    run: (signal) => runEpochs({ capture: captureEpoch, onEnd, rest: reconnectLimits, logger, signal }),
    progress,
    pause: async (table) => lifecycleOf().pause(table),
    resume: async (table) => lifecycleOf().resume(table),
    resync: async (table) => lifecycleOf().resync(table),
    quarantine: async (table, reason) => lifecycleOf().quarantine(table, reason),
    async resyncSource() {
      if (memory === null) throw new MillraceError(INGEST_ERRORS.notRunning, source.name);
      const asked = restart;
      await memory.requestResync('');
      asked.abort();
    },
  };
}

/** Rejects with the log's own failure when it has one: trying another connection would not help. */
async function throwIfFailed(log: SourceLog): Promise<void> {
  await Promise.race([log.failed, new Promise((resolve) => setImmediate(resolve))]);
}
