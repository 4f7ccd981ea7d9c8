import type pg from 'pg';
import type { SourceLog } from '../../changelog/change-log.ts';
import { DEFAULT_SNAPSHOT_THROTTLE, type SourceConfig } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CapturePhase } from '../progress.ts';
import { classifyError, codeOf } from './classify-error.ts';
import { type CatalogConnection, createCatalogConnection } from './connection/catalog-connection.ts';
import { watchConnection } from './connection/connection-watch.ts';
import { backendPid, closeSession, openSession } from './connection/session.ts';
import { publicationName, slotName } from './identifiers.ts';
import {
  createSlot,
  decideSlot,
  dropSlot,
  identifySystem,
  makeFailoverSlot,
  readSlot,
  readSwitchLsn,
} from './slot/slot.ts';
import { createWalMeter, readWalFacts, type WalBudget } from './slot/wal-budget.ts';
import { openCopySession } from './snapshot/copy-session.ts';
import { runSnapshot } from './snapshot/snapshot.ts';
import type { SnapshotMeter } from './snapshot/snapshot-meter.ts';
import { checkSource, type SourceFacts } from './source-checks.ts';
import { type DecodedCounts, PgoutputDecoder } from './stream/pgoutput-decoder.ts';
import { runReplicationStream } from './stream/replication-stream.ts';
import type { TransactionCursor } from './stream/transaction-cursor.ts';
import type { CaptureMemory } from './tables/capture-memory.ts';
import { relationOfMessage, shapeOf } from './tables/catalog.ts';
import { createMovedRows, type MovedRows } from './tables/moved-rows.ts';
import { beginRebuilds, finishRebuilds, type RebuildOptions, resumeRebuilds } from './tables/rebuild.ts';
import type { TableLifecycle } from './tables/table-lifecycle.ts';
import type { TableRegistry } from './tables/table-registry.ts';
import type { CaptureTiming } from './timing.ts';

/** What outlives a connection. */
export interface CaptureContext {
  readonly source: SourceConfig;
  readonly log: SourceLog;
  readonly memory: CaptureMemory;
  readonly registry: TableRegistry;
  readonly lifecycle: TableLifecycle;
  readonly cursor: TransactionCursor;
  readonly counts: DecodedCounts;
  readonly snapshotMeter: SnapshotMeter;
  readonly timing: CaptureTiming;
  readonly logger: Logger;
  /** Positions and phase, for whoever watches. */
  readonly view: { phase: CapturePhase; headLsn: bigint; confirmedLsn: bigint; wal: WalBudget | null };
  /** Backend that streamed last, for this process; null before the first. */
  readonly walsender: { pid: number | null };
  /** The stream has started: the attempt before counts as a success. */
  readonly onStreaming: () => void;
}

/**
 * One connection's life: check the source, take or create the slot, stream and copy what is not copied yet. Resolves
 * after a drain when the signal aborts; rejects with the first failure of any part, after the others were stopped.
 */
export async function runConnection(context: CaptureContext, signal: AbortSignal): Promise<void> {
  const { source, registry, cursor, view } = context;
  const applicationName = slotName(source.name);
  const session = await openSession({ url: source.url, applicationName });
  const control = createCatalogConnection(session);
  const endWatch = watchConnection({
    client: session,
    session: { url: source.url, applicationName },
    silentMs: context.timing.watchdogMs,
    waitingSince: control.waitingSince,
    onDead: (error) => context.logger.warn({ code: error.code }, 'the catalog connection is given up'),
  });
  let replication: pg.Client | null = null;
  let movedRows: MovedRows | null = null;
  let decoder: PgoutputDecoder | null = null;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  try {
    const facts = await checkSource(control, source.name);
    replication = await openSession({ url: source.url, applicationName, replication: true });
    await takeSlot(context, { control, replication, facts, signal });
    context.walsender.pid = backendPid(replication);
    cursor.reconnect();
    registry.reconnect();
    await registry.refresh(control);
    movedRows = createMovedRows({
      control,
      memory: context.memory,
      openCopySession: () => openCopySession({ url: source.url, applicationName, silentMs: context.timing.watchdogMs }),
    });
    decoder = createDecoder(context, control, movedRows);
    const rebuilds = rebuildOptions(context, { control, decoder, signal: stopped });
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
      stream(context, { control, decoder, replication, statusIntervalMs, signal: stopped }),
      snapshots(context, rebuilds),
      finishRebuilds(rebuilds, context.timing.tickMs),
      poll(context, control, stopped),
      connectionEnd(session, stopped),
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
    endWatch();
    await Promise.all([
      movedRows?.close(),
      closeSession(session),
      replication === null ? null : closeSession(replication),
    ]);
  }
}

async function takeSlot(
  context: CaptureContext,
  options: { control: CatalogConnection; replication: pg.Client; facts: SourceFacts; signal: AbortSignal },
): Promise<void> {
  const { source, log, memory, registry, logger, view } = context;
  const { control, replication, facts } = options;
  const { database, serverVersion } = facts;
  const name = slotName(source.name);
  const failover = source.failoverSlot === true && serverVersion >= 170_000;
  const system = await identifySystem(replication);
  const slot = await readSlot(control, name);
  const { known } = memory;
  const hasSwitched =
    known !== null && known.systemId === system.systemId && (known.timeline ?? system.timeline) !== system.timeline;
  // Another timeline is a promotion or a restore: what we hold must lie before the history parted.
  const switchLsn = hasSwitched
    ? ((await readSwitchLsn(replication, { from: known.timeline!, to: system.timeline })) ?? 0n)
    : null;
  const durableLsn = log.durableLsn();
  const reachedLsn = log.reachedLsn ?? 0n;
  const heldLsn = durableLsn > reachedLsn ? durableLsn : reachedLsn;
  const decision = decideSlot({ slot, name, database, system, switchLsn, heldLsn, known });
  if (decision === 'use') {
    if (hasSwitched)
      logger.info({ timeline: system.timeline }, 'the source is on another timeline and has all we hold');
    memory.setTimeline(system.timeline);
    if (slot?.activePid != null && slot.activePid === context.walsender.pid)
      await endWalsender(control, slot.activePid, logger);
    if (failover && slot?.isFailover === false && !slot.active) await makeFailoverSlot(replication, name);
    return;
  }
  if (decision === 'adopt' && slot?.confirmedLsn != null) {
    if (slot.active) throw new MillraceError(INGEST_ERRORS.slotInUse, `slot ${name}`);
    logger.info({ slot: name }, 'slot exists and nothing was captured through it yet: taken over');
    await memory.start(system, slot.confirmedLsn);
    return;
  }
  if (slot !== null) {
    if (slot.active) throw new MillraceError(INGEST_ERRORS.slotInUse, `slot ${name}`);
    logger.warn({ slot: name, code: known?.resync }, 'dropping the slot: the source is copied anew');
    await dropSlot(replication, name);
  }
  logger.info({ slot: name, failover }, 'creating the slot; waits for transactions that are open');
  view.phase = 'connecting';
  const endConnection = (): void => void closeSession(replication);
  options.signal.addEventListener('abort', endConnection, { once: true });
  await registry.lookBeforeSlot(control);
  const snapshotLsn = await createSlot(replication, { name, serverVersion, failover });
  options.signal.removeEventListener('abort', endConnection);
  failpoint('ingest.slot-created');
  if (decision === 'recreate') {
    await memory.restart(system, snapshotLsn);
    logger.warn({ epoch: log.state?.epoch }, 'the source begins a new epoch; its tables are built anew');
  } else {
    await memory.start(system, snapshotLsn);
  }
  failpoint('ingest.capture-started');
}

/**
 * The walsender of our former connection does not know yet that nobody listens: until wal_sender_timeout it would keep
 * the slot. It is ours by its pid, so no other process is thrown out. What remains is told when the stream starts.
 */
async function endWalsender(control: CatalogConnection, pid: number, logger: Logger): Promise<void> {
  logger.info({ pid }, 'ending the walsender of the connection that was lost');
  try {
    await control.query('select pg_terminate_backend($1)', [pid]);
    for (let looks = 0; looks < WALSENDER_LOOKS; looks++) {
      const { rows } = await control.query('select from pg_replication_slots where active_pid = $1', [pid]);
      if (rows.length === 0) return;
      await sleep(WALSENDER_LOOK_MS, NEVER);
    }
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
  }
}

function createDecoder(
  { log, cursor, counts, registry }: CaptureContext,
  control: CatalogConnection,
  movedRows: MovedRows,
): PgoutputDecoder {
  return new PgoutputDecoder({
    sink: log,
    cursor,
    counts,
    resolveRelation: (message, commitLsn) => registry.resolve(control, message, commitLsn),
    movedRows,
  });
}

function rebuildOptions(
  { source, log, memory, registry, lifecycle, logger }: CaptureContext,
  { control, decoder, signal }: { control: CatalogConnection; decoder: PgoutputDecoder; signal: AbortSignal },
): RebuildOptions {
  return {
    control,
    publication: publicationName(source.name),
    log,
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
  let saveFailure: unknown = null;
  await runReplicationStream({
    client: replication,
    slot: slotName(source.name),
    publication: publicationName(source.name),
    decoder,
    cursor,
    log,
    timing: { ...context.timing, statusIntervalMs: options.statusIntervalMs },
    confirmable() {
      if (saveFailure !== null) throw saveFailure;
      return memory.confirmable(log.durableLsn(), (error) => {
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
    if (registry.hasIncomplete() || memory.consistentLsn === null) {
      view.phase = 'snapshotting';
      await registry.refresh(control);
      await beginRebuilds(rebuilds);
      await runSnapshot({
        source: source.name,
        publication: publicationName(source.name),
        control,
        openCopySession: () =>
          openCopySession({
            url: source.url,
            applicationName: slotName(source.name),
            silentMs: context.timing.watchdogMs,
          }),
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
      // All chunks are in, and some table still waits for its exchange.
      if (!registry.hasIncomplete() && memory.consistentLsn === null) await sleep(context.timing.tickMs, signal);
      continue;
    }
    view.phase = 'streaming';
    await new Promise<void>((resolve) => {
      registry.onIncomplete = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** Looks at the publication and the WAL's end; gives an idle database WAL of its own. */
async function poll(context: CaptureContext, control: CatalogConnection, signal: AbortSignal): Promise<void> {
  const { source, registry, timing, logger, view } = context;
  let heartbeats = timing.heartbeatMs > 0;
  let lastHeartbeat = performance.now();
  const meter = createWalMeter({ budgetBytes: source.walBudgetBytes ?? null });
  while (!signal.aborted) {
    await sleep(timing.pollMs, signal);
    if (signal.aborted) return;
    await checkSource(control, source.name);
    await registry.refresh(control);
    if (heartbeats && performance.now() - lastHeartbeat >= timing.heartbeatMs) {
      lastHeartbeat = performance.now();
      heartbeats = await heartbeat(control, logger);
    }
    const facts = await readWalFacts(control, slotName(source.name));
    if (facts === null) continue;
    if (facts.walEndLsn > view.headLsn) view.headLsn = facts.walEndLsn;
    const wal = meter(facts);
    if (wal.level !== (view.wal?.level ?? 'ok')) logWal(logger, wal);
    view.wal = wal;
  }
}

function logWal(logger: Logger, wal: WalBudget): void {
  const { level, retainedBytes, limitBytes, bytesPerSecond, secondsLeft } = wal;
  const facts = { level, retainedBytes, limitBytes, bytesPerSecond, secondsLeft };
  if (level === 'ok') logger.info(facts, 'the slot keeps little WAL again');
  else
    logger.warn({ code: INGEST_ERRORS.walRunningOut.code, ...facts }, 'the WAL that the slot may keep is running out');
}

/** A logical message needs no rights on tables. False when the role may not write one: keepalives do without. */
async function heartbeat(control: CatalogConnection, logger: Logger): Promise<boolean> {
  try {
    await control.query("select pg_logical_emit_message(false, 'millrace', '')");
    return true;
  } catch (error) {
    const code = codeOf(error);
    // Not allowed, or a server that takes no writes.
    if (code !== '42501' && code !== '25006') throw error;
    logger.info({ sqlstate: code }, 'no heartbeats: the role may not write logical messages');
    return false;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
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

const NEVER = new AbortController().signal;
const WALSENDER_LOOKS = 40;
const WALSENDER_LOOK_MS = 50;

/** Resolves after the time or when the signal aborts, whichever is first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
