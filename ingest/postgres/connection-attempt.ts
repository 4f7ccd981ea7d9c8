import type pg from 'pg';
import { aborted, NEVER, sleep } from '../../runtime/abortable.ts';
import { DEFAULT_SNAPSHOT_THROTTLE } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CaptureContext } from './capture-context.ts';
import { classifyError } from './classify-error.ts';
import type { CatalogConnection } from './connection/catalog-connection.ts';
import { LOCK_WAIT_MS } from './connection/lock-wait.ts';
import { openReplicationSession, type ReplicationSession } from './connection/replication-session.ts';
import { backendPid } from './connection/session.ts';
import { openWatchedSession } from './connection/watched-session.ts';
import { publicationName, slotName } from './identifiers.ts';
import { findExactPosition } from './slot/exact-position.ts';
import { takeSlot } from './slot/take-slot.ts';
import { type CopySession, openCopySession } from './snapshot/copy-session.ts';
import { runSnapshot } from './snapshot/snapshot.ts';
import { checkSource } from './source-checks.ts';
import { pollSource } from './source-poll.ts';
import { PgoutputDecoder } from './stream/pgoutput-decoder.ts';
import { runReplicationStream } from './stream/replication-stream.ts';
import { createUntilVisible } from './stream/visible-transaction.ts';
import { relationOfMessage, shapeOf } from './tables/catalog.ts';
import { readLockedTables } from './tables/locked-tables.ts';
import { createMovedRows, type MovedRows } from './tables/moved-rows.ts';
import { beginRebuilds, finishRebuilds, type RebuildOptions, resumeRebuilds } from './tables/rebuild.ts';
import { qualifiedName } from './tables/table-filter.ts';

/** Between two looks at tables that are locked. */
const LOCKED_REST_MS = 1_000;

/**
 * One connection's life: check the source, take or create the slot, stream and copy what is not copied yet. Resolves
 * after a drain when the signal aborts; rejects with the first failure of any part, after the others were stopped.
 */
export async function runConnection(context: CaptureContext, signal: AbortSignal): Promise<void> {
  const { source, registry, cursor, view } = context;
  const applicationName = slotName(source.name);
  const session = await openWatchedSession({
    session: { url: source.url, applicationName },
    silentMs: context.timing.watchdogMs,
    onDead: (error) => context.logger.warn({ code: error.code }, 'the catalog connection is given up'),
  });
  const control = session.queries;
  let replication: ReplicationSession | null = null;
  let movedRows: MovedRows | null = null;
  let decoder: PgoutputDecoder | null = null;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  try {
    const facts = await checkSource(control, source.name);
    replication = await replicationSession(context);
    await takeSlot(context, { control, replication, facts, signal });
    replication.endWatch();
    context.walsender.pid = backendPid(replication.client);
    cursor.reconnect();
    registry.reconnect();
    await registry.refresh(control);
    movedRows = createMovedRows({
      control,
      memory: context.memory,
      openCopySession: () => copySession(context),
      onLocked: (relation) => context.lifecycle.hold(qualifiedName(relation)),
    });
    decoder = createDecoder(context, control, movedRows);
    const rebuilds = rebuildOptions(context, { control, decoder, serverVersion: facts.serverVersion, signal: stopped });
    await resumeRebuilds(rebuilds);
    context.lifecycle.stream = decoder;
    if (signal.aborted) return;
    const statusIntervalMs =
      facts.walSenderTimeoutMs > 0
        ? Math.min(context.timing.statusIntervalMs, facts.walSenderTimeoutMs / 4)
        : context.timing.statusIntervalMs;
    view.phase = registry.hasIncomplete() ? 'snapshotting' : 'streaming';
    // The snapshot stops with the stream, the stream with the snapshot's failure: each part's end ends the others.
    const parts = [
      stream(context, { control, decoder, replication: replication.client, statusIntervalMs, signal: stopped }),
      snapshots(context, rebuilds),
      finishRebuilds(rebuilds, context.timing.tickMs),
      pollSource(context, control, stopped),
      watchLocks(context, control, stopped),
      connectionEnd(session.client, stopped),
    ];
    try {
      const ended = Promise.all(parts);
      const late = aborted(signal).then(() => sleep(context.timing.drainMs + 500, stop.signal));
      await Promise.race([ended, context.log.failed, late]);
    } finally {
      stop.abort();
      // What hangs in the log (a chunk, say) must not keep us from ending: closing the connections ends the rest.
      await Promise.race([Promise.allSettled(parts), sleep(1000, NEVER)]);
    }
  } catch (error) {
    throw classifyError(error);
  } finally {
    stop.abort();
    context.lifecycle.stream = null;
    decoder?.close();
    await Promise.all([movedRows?.close(), session.close(), replication?.close()]);
  }
}

function createDecoder(
  { log, cursor, counts, registry }: CaptureContext,
  control: CatalogConnection,
  movedRows: MovedRows,
): PgoutputDecoder {
  const decoder: PgoutputDecoder = new PgoutputDecoder({
    sink: log,
    cursor,
    counts,
    resolveRelation: (message, commitLsn) =>
      registry.resolve(control, message, commitLsn, (fromLsn) => decoder.expectAnew(message.oid, fromLsn)),
    onOutdated: (message, commitLsn) => registry.outdated(message, commitLsn),
    untilVisible: createUntilVisible(control),
    movedRows,
    epoch: log.state?.epoch ?? 1,
    onChangeWithoutKey: (relation, commitLsn) => registry.changedWithoutKey(relation, commitLsn),
  });
  return decoder;
}

function rebuildOptions(
  context: CaptureContext,
  options: { control: CatalogConnection; decoder: PgoutputDecoder; serverVersion: number; signal: AbortSignal },
): RebuildOptions {
  const { source, log, cursor, memory, registry, lifecycle, logger } = context;
  const { control, decoder, serverVersion, signal } = options;
  return {
    control,
    publication: publicationName(source.name),
    log,
    durableLsn: () => cursor.durableLsn(log.durableLsn()),
    memory,
    registry,
    lifecycle,
    async takeIn(relation, key) {
      const message = decoder.messageOf(relation.oid);
      if (message === undefined) return;
      const streamed = await relationOfMessage(control, source.name, message, key);
      if (decoder.messageOf(relation.oid) !== message) return; // Decided anew since, with what is begun.
      if (shapeOf(streamed) === shapeOf(relation)) decoder.assign(relation.oid, relation);
    },
    async exactPosition() {
      const replication = await replicationSession(context);
      const end = (): void => void replication.close();
      signal.addEventListener('abort', end, { once: true });
      try {
        if (signal.aborted) throw new MillraceError(INGEST_ERRORS.connectionLost, 'the capture ends');
        return await findExactPosition(replication, { slot: slotName(source.name), serverVersion });
      } finally {
        signal.removeEventListener('abort', end);
        await replication.close();
      }
    },
    logger,
    signal,
  };
}

async function stream(
  context: CaptureContext,
  options: {
    control: CatalogConnection;
    decoder: PgoutputDecoder;
    replication: pg.Client;
    statusIntervalMs: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { source, log, memory, cursor, logger, view } = context;
  const { control, decoder, replication, signal } = options;
  const durableLsn = () => cursor.durableLsn(log.durableLsn());
  let saveFailure: unknown = null;
  await runReplicationStream({
    client: replication,
    slot: slotName(source.name),
    publication: publicationName(source.name),
    decoder,
    cursor,
    log,
    durableLsn,
    timing: { ...context.timing, statusIntervalMs: options.statusIntervalMs },
    confirmable() {
      if (saveFailure !== null) throw saveFailure;
      return memory.confirmable(durableLsn(), (error) => {
        saveFailure = error;
      });
    },
    onStarted() {
      logger.info({ slot: slotName(source.name) }, 'streaming');
      context.onStreaming();
    },
    onConfirmed(lsn) {
      view.confirmedLsn = lsn;
      failpoint('ingest.position-confirmed');
    },
    onHead(lsn) {
      if (lsn > view.headLsn) view.headLsn = lsn;
    },
    onNotice(notice) {
      // A publication that is gone is a mere warning to the server; the poll below finds out and stops.
      logger.warn({ sqlstate: notice.code, severity: notice.severity }, 'notice from the source');
      if (notice.code === '55000') {
        void checkSource(control, source.name).catch((error) => {
          saveFailure = error;
        });
      }
    },
    signal,
  });
}

/** Copies what is not complete, again whenever a table is added, until the signal aborts. */
async function snapshots(context: CaptureContext, rebuilds: RebuildOptions): Promise<void> {
  const { source, registry, memory, view } = context;
  const { control, signal } = rebuilds;
  while (!signal.aborted) {
    const isWaiting = !registry.hasIncomplete() && (registry.hasUnseen() || !memory.isConsistentSoon);
    if (memory.consistentLsn === null && isWaiting) {
      // All chunks are in, and some table still waits for its exchange.
      view.phase = 'snapshotting';
      await sleep(context.timing.tickMs, signal);
      continue;
    }
    if (registry.hasIncomplete() || memory.consistentLsn === null) {
      view.phase = 'snapshotting';
      await registry.refresh(control);
      await beginRebuilds(rebuilds);
      const locked = await runSnapshot({
        source: source.name,
        publication: publicationName(source.name),
        control,
        openCopySession: () => copySession(context),
        connections: source.snapshotConnections,
        throttle: source.snapshotThrottle === undefined ? DEFAULT_SNAPSHOT_THROTTLE : source.snapshotThrottle,
        streamBehindBytes: () => Math.max(0, Number(view.headLsn - context.cursor.handedEndLsn)),
        log: context.log,
        memory,
        registry,
        onTableFailure: (table, failure) => rebuilds.lifecycle.quarantine(table, failure),
        meter: context.snapshotMeter,
        timing: context.timing,
        logger: context.logger,
        signal,
      });
      if (locked.length > 0) await sleep(Math.min(LOCKED_REST_MS, context.timing.lockedMs), signal);
      continue;
    }
    view.phase = 'streaming';
    await new Promise<void>((resolve) => {
      registry.onIncomplete = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function replicationSession({ source, timing, logger }: CaptureContext): Promise<ReplicationSession> {
  const applicationName = slotName(source.name);
  return openReplicationSession({ url: source.url, applicationName, silentMs: timing.watchdogMs, logger });
}

function copySession({ source, timing }: CaptureContext): Promise<CopySession> {
  return openCopySession({
    url: source.url,
    applicationName: slotName(source.name),
    lockTimeoutMs: LOCK_WAIT_MS.copy,
    silentMs: timing.watchdogMs,
  });
}

/**
 * Looks for locks on tables that are being copied. Rows of the stream may wait for values out of the copy of one that has
 * out-of-line values, and all others behind them: not for long. Beside the copying, which waits for transactions that
 * run, and whoever holds a lock has one.
 */
async function watchLocks(context: CaptureContext, control: CatalogConnection, signal: AbortSignal): Promise<void> {
  const { lockedTables, lifecycle, memory, registry, timing, logger } = context;
  const { code, remedy } = INGEST_ERRORS.tableLocked;
  while (!signal.aborted) {
    await sleep(Math.min(LOCKED_REST_MS, timing.lockedMs), signal);
    if (signal.aborted) return;
    const copied = Object.entries(memory.tables).filter(([name, book]) => registry.isToCopy(name, book));
    const found = await readLockedTables(
      control,
      copied.map(([, { oid }]) => oid),
    );
    const hasToast = new Map(found.map((table) => [table.oid, table.hasToast]));
    const locked = copied.filter(([, { oid }]) => hasToast.has(oid));
    const now = performance.now();
    const names = locked.map(([name]) => name);
    for (const table of lockedTables.look(names, now)) {
      logger.warn({ table, code, remedy }, 'table is locked: it is copied later');
    }
    for (const [name, { oid }] of locked) {
      const isLong = lockedTables.lockedMs(name, now) >= timing.lockedMs;
      const book = memory.tables[name];
      if (isLong && hasToast.get(oid) === true && book !== undefined && registry.isToCopy(name, book)) {
        await lifecycle.hold(name);
      }
    }
  }
}

function connectionEnd(session: pg.Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('end', () => {
      if (signal.aborted) resolve();
      else reject(new MillraceError(INGEST_ERRORS.connectionLost, 'the catalog connection was closed'));
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
