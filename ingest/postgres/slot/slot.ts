import { formatLsn, parseLsn } from '../../../changelog/lsn.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import type { CatalogQueries } from '../connection/catalog-connection.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { slotLoss } from './slot-state.ts';

/** A logical slot as `pg_replication_slots` shows it. */
export interface SlotRow {
  readonly database: string | null;
  readonly plugin: string | null;
  readonly active: boolean;
  /** Of the walsender that streams from it. */
  readonly activePid: number | null;
  readonly walStatus: string | null;
  readonly invalidationReason: string | null;
  readonly confirmedLsn: bigint | null;
  /** Standbys keep it (Postgres 17). */
  readonly isFailover: boolean;
}

/** Who answers at the url. */
export interface SystemFacts {
  readonly systemId: string;
  /** Goes up with each promotion and each restore to a point in time. */
  readonly timeline: number;
  /** End of the WAL on disk. */
  readonly walEndLsn: bigint;
}

export interface SlotFacts {
  readonly slot: SlotRow | null;
  readonly name: string;
  readonly database: string;
  readonly system: SystemFacts;
  /** Where the timeline that we know of was left for the present one; null when it is the same, or not told. */
  readonly switchLsn: bigint | null;
  /** Everything before it is durable downstream. */
  readonly heldLsn: bigint;
  /** What we remember; null on a first run. */
  readonly known: KnownSlot | null;
}

export interface KnownSlot {
  readonly systemId: string;
  readonly confirmLimitLsn: bigint;
  /** Why the source is to be copied anew through a new slot; null when it is not. */
  readonly resync: string | null;
}

/**
 * `create`: there is none and never was. `adopt`: it exists, but nothing was loaded through it. `use`: go on.
 * `recreate`: a resync was asked for, so a slot that is there is dropped, and another one begins a new epoch.
 */
export type SlotDecision = 'create' | 'adopt' | 'use' | 'recreate';

/** What to do about the slot; throws what only an operator can decide. A lost slot is never created again silently. */
export function decideSlot({ slot, name, database, system, switchLsn, heldLsn, known }: SlotFacts): SlotDecision {
  if (slot !== null && (slot.plugin !== 'pgoutput' || slot.database !== database)) {
    throw new MillraceError(INGEST_ERRORS.slotForeign, `slot ${name}: ${slot.plugin} in ${slot.database}`);
  }
  if (known !== null && known.resync !== null) return 'recreate';
  if (known !== null && known.systemId !== system.systemId) {
    const detail = `cluster ${system.systemId}, before it was ${known.systemId}`;
    throw new MillraceError(INGEST_ERRORS.sourceReplaced, detail);
  }
  if (slot === null) {
    if (known === null) return 'create';
    throw new MillraceError(INGEST_ERRORS.slotMissing, `slot ${name} does not exist any more`);
  }
  const loss = slotLoss(slot);
  if (loss !== null) {
    throw new MillraceError(loss, `slot ${name}: ${slot.invalidationReason ?? `wal_status is ${slot.walStatus}`}`);
  }
  if (known === null) return 'adopt';
  const lastLsn = switchLsn ?? system.walEndLsn;
  if (heldLsn > lastLsn) {
    const detail = `captured up to ${formatLsn(heldLsn)}, the server has the same history up to ${formatLsn(lastLsn)} only`;
    throw new MillraceError(INGEST_ERRORS.slotBehind, detail);
  }
  if (slot.confirmedLsn !== null && slot.confirmedLsn > known.confirmLimitLsn) {
    throw new MillraceError(
      INGEST_ERRORS.slotRecreated,
      `slot ${name} stands at ${formatLsn(slot.confirmedLsn)}, at most ${formatLsn(known.confirmLimitLsn)} was confirmed`,
    );
  }
  return 'use';
}

export async function readSlot(client: CatalogQueries, name: string): Promise<SlotRow | null> {
  // Newer majors have more columns; as JSON a missing one is simply absent.
  const { rows } = await client.query<{ slot: Record<string, unknown> }>(
    'select to_json(s) as slot from pg_replication_slots s where slot_name = $1',
    [name],
  );
  const slot = rows[0]?.slot;
  if (slot === undefined) return null;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const confirmed = text(slot.confirmed_flush_lsn);
  return {
    database: text(slot.database),
    plugin: text(slot.plugin),
    active: slot.active === true,
    activePid: typeof slot.active_pid === 'number' ? slot.active_pid : null,
    walStatus: text(slot.wal_status),
    invalidationReason: text(slot.invalidation_reason),
    confirmedLsn: confirmed === null ? null : parseLsn(confirmed),
    isFailover: slot.failover === true,
  };
}

export interface NewSlot {
  readonly name: string;
  /** `server_version_num`. */
  readonly serverVersion: number;
  /** Have standbys keep a copy to go on from after a failover; needs Postgres 17. */
  readonly failover: boolean;
}

/** The replication command that creates a slot; Postgres 14 does not know options in parentheses. */
export function createSlotCommand({ name, serverVersion, failover }: NewSlot): string {
  const create = `CREATE_REPLICATION_SLOT ${quoteIdentifier(name)} LOGICAL pgoutput`;
  if (serverVersion < 150_000) return `${create} NOEXPORT_SNAPSHOT`;
  return `${create} (SNAPSHOT 'nothing'${failover && serverVersion >= 170_000 ? ', FAILOVER' : ''})`;
}

/** Creates the slot on a replication connection and resolves with its consistent point. */
export async function createSlot(replication: CatalogQueries, slot: NewSlot): Promise<bigint> {
  const { rows } = await replication.query<{ consistent_point: string }>(createSlotCommand(slot));
  return parseLsn(rows[0]!.consistent_point);
}

/** Has standbys keep a slot that exists. Postgres 17 and newer. */
export async function makeFailoverSlot(replication: CatalogQueries, name: string): Promise<void> {
  await replication.query(`ALTER_REPLICATION_SLOT ${quoteIdentifier(name)} (FAILOVER true)`);
}

export async function dropSlot(replication: CatalogQueries, name: string): Promise<void> {
  await replication.query(`DROP_REPLICATION_SLOT ${quoteIdentifier(name)}`);
}

export async function identifySystem(replication: CatalogQueries): Promise<SystemFacts> {
  const { rows } = await replication.query<{ systemid: string; timeline: number; xlogpos: string }>('IDENTIFY_SYSTEM');
  const { systemid, timeline, xlogpos } = rows[0]!;
  return { systemId: systemid, timeline: Number(timeline), walEndLsn: parseLsn(xlogpos) };
}

/** Where a timeline was left on the way to the present one; null when the present one does not descend from it. */
export async function readSwitchLsn(
  replication: CatalogQueries,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<bigint | null> {
  const { rows } = await replication.query<{ content: Buffer | string }>(`TIMELINE_HISTORY ${to}`);
  return switchLsnOf(String(rows[0]!.content), from);
}

/** Reads a timeline history file: `parent<tab>LSN at which it was left<tab>reason`. */
export function switchLsnOf(history: string, timeline: number): bigint | null {
  for (const line of history.split('\n')) {
    const [parent, lsn] = line.trim().split(/\s+/);
    if (Number(parent) === timeline && lsn !== undefined && lsn.includes('/')) return parseLsn(lsn);
  }
  return null;
}
