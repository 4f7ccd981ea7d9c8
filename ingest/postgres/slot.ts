import type pg from 'pg';
import { formatLsn, parseLsn } from '../../changelog/lsn.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CatalogConnection } from './catalog-connection.ts';
import { quoteIdentifier } from './identifiers.ts';

/** A logical slot as `pg_replication_slots` shows it. */
export interface SlotRow {
  readonly database: string | null;
  readonly plugin: string | null;
  readonly active: boolean;
  readonly walStatus: string | null;
  readonly invalidationReason: string | null;
  readonly confirmedLsn: bigint | null;
}

export interface SlotFacts {
  readonly slot: SlotRow | null;
  readonly name: string;
  readonly database: string;
  readonly systemId: string;
  /** What we remember; null on a first run. */
  readonly known: { readonly systemId: string; readonly confirmLimitLsn: bigint } | null;
}

/** `create`: there is none and never was. `adopt`: it exists, but nothing was loaded through it. `use`: go on. */
export type SlotDecision = 'create' | 'adopt' | 'use';

/** What to do about the slot; throws what only an operator can decide. A lost slot is never created again silently. */
export function decideSlot({ slot, name, database, systemId, known }: SlotFacts): SlotDecision {
  if (known !== null && known.systemId !== systemId) {
    throw new MillraceError(INGEST_ERRORS.sourceReplaced, `cluster ${systemId}, before it was ${known.systemId}`);
  }
  if (slot === null) {
    if (known === null) return 'create';
    throw new MillraceError(INGEST_ERRORS.slotMissing, `slot ${name} does not exist any more`);
  }
  if (slot.plugin !== 'pgoutput' || slot.database !== database) {
    throw new MillraceError(INGEST_ERRORS.slotForeign, `slot ${name}: ${slot.plugin} in ${slot.database}`);
  }
  if (slot.walStatus === 'lost' || slot.invalidationReason !== null) {
    throw new MillraceError(INGEST_ERRORS.slotInvalidated, `slot ${name}: ${slot.invalidationReason ?? 'wal removed'}`);
  }
  if (known === null) return 'adopt';
  if (slot.confirmedLsn !== null && slot.confirmedLsn > known.confirmLimitLsn) {
    throw new MillraceError(
      INGEST_ERRORS.slotRecreated,
      `slot ${name} stands at ${formatLsn(slot.confirmedLsn)}, at most ${formatLsn(known.confirmLimitLsn)} was confirmed`,
    );
  }
  return 'use';
}

export async function readSlot(client: CatalogConnection, name: string): Promise<SlotRow | null> {
  // invalidation_reason came with Postgres 17; as JSON a missing column is simply absent.
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
    walStatus: text(slot.wal_status),
    invalidationReason: text(slot.invalidation_reason),
    confirmedLsn: confirmed === null ? null : parseLsn(confirmed),
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
export async function createSlot(replication: pg.Client, slot: NewSlot): Promise<bigint> {
  const { rows } = await replication.query<{ consistent_point: string }>(createSlotCommand(slot));
  return parseLsn(rows[0]!.consistent_point);
}

export async function identifySystem(replication: pg.Client): Promise<string> {
  const { rows } = await replication.query<{ systemid: string }>('IDENTIFY_SYSTEM');
  return rows[0]!.systemid;
}
