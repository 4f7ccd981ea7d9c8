import { NEVER, sleep } from '../../../runtime/abortable.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { failpoint } from '../../../runtime/failpoint.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { CaptureContext } from '../capture-context.ts';
import { codeOf } from '../classify-error.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import type { ReplicationSession } from '../connection/replication-session.ts';
import { slotName } from '../identifiers.ts';
import type { SourceFacts } from '../source-checks.ts';
import {
  createSlot,
  decideSlot,
  dropSlot,
  identifySystem,
  makeFailoverSlot,
  type NewSlot,
  readSlot,
  readSwitchLsn,
} from './slot.ts';

/** How often, and how far apart, it is looked whether a walsender has gone. */
const WALSENDER_LOOKS = 40;
const WALSENDER_LOOK_MS = 50;
/** Tables that are altered all the time: those are built anew when it shows. */
const SLOT_ATTEMPTS = 5;

/**
 * Takes the slot over, or makes it: through the one that is there or through another one, as what is known of the source says
 * (`decideSlot`). Rejects when an operator is needed.
 */
export async function takeSlot(
  context: CaptureContext,
  options: { control: CatalogConnection; replication: ReplicationSession; facts: SourceFacts; signal: AbortSignal },
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
    context.cursor.resume(heldLsn);
    if (slot?.activePid != null && slot.activePid === context.walsender.pid)
      await endWalsender(control, slot.activePid, logger);
    if (failover && slot?.isFailover === false && !slot.active) await makeFailoverSlot(replication, name);
    return;
  }
  if (decision === 'adopt' && slot?.confirmedLsn != null) {
    if (slot.active) throw new MillraceError(INGEST_ERRORS.slotInUse, `slot ${name}`);
    logger.info({ slot: name }, 'slot exists and nothing was captured through it yet: taken over');
    await memory.start(system, slot.confirmedLsn);
    failpoint('ingest.capture-started');
    return;
  }
  if (slot !== null) {
    if (slot.active) throw new MillraceError(INGEST_ERRORS.slotInUse, `slot ${name}`);
    logger.warn({ slot: name, code: known?.resync }, 'dropping the slot: the source is copied anew');
    await dropSlot(replication, name);
    failpoint('ingest.slot-dropped');
  }
  logger.info({ slot: name, failover }, 'creating the slot; waits for transactions that are open');
  view.phase = 'connecting';
  const endConnection = (): void => void replication.close();
  options.signal.addEventListener('abort', endConnection, { once: true });
  const snapshotLsn = await createSlotInPeace(
    { registry, control, replication, logger },
    { name, serverVersion, failover },
  );
  options.signal.removeEventListener('abort', endConnection);
  failpoint('ingest.slot-created');
  if (decision === 'recreate') {
    await memory.restart(system, snapshotLsn);
    failpoint('ingest.epoch-begun');
    logger.warn({ epoch: log.state?.epoch }, 'the source begins a new epoch; its tables are built anew');
  } else {
    await memory.start(system, snapshotLsn);
  }
  failpoint('ingest.capture-started');
}

/**
 * Creates the slot; once more when a table was altered meanwhile. What is altered between the first transactions that making
 * a slot waits for and the last ones is unknown to the slot: it decodes rows by the former columns
 * (https://www.postgresql.org/message-id/TY4PR01MB16907DEEC21EA1D8CE5C280809490A%40TY4PR01MB16907.jpnprd01.prod.outlook.com).
 */
async function createSlotInPeace(
  parts: Pick<CaptureContext, 'registry' | 'logger'> & { control: CatalogConnection; replication: ReplicationSession },
  slot: NewSlot,
): Promise<bigint> {
  const { registry, control, replication, logger } = parts;
  for (let attempt = 1; ; attempt++) {
    await registry.beforeSlot.look(control);
    const snapshotLsn = await createSlot(replication, slot);
    if (!(await registry.beforeSlot.isAltered(control))) return snapshotLsn;
    const isLast = attempt === SLOT_ATTEMPTS;
    logger.info({ slot: slot.name, attempt, isLast }, 'a table was altered while the slot was made');
    if (isLast) return snapshotLsn;
    await dropSlot(replication, slot.name);
  }
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
