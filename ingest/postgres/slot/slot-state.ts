import type { ErrorDefinition } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';

/** What `pg_replication_slots` says about the fate of a slot (https://www.postgresql.org/docs/18/view-pg-replication-slots.html). */
export interface SlotState {
  /** reserved, extended, unreserved, lost; null when the slot reserves no WAL. */
  readonly walStatus: string | null;
  /** Why it was invalidated; Postgres 17 and newer tell it. */
  readonly invalidationReason: string | null;
}

const BY_REASON: Readonly<Record<string, ErrorDefinition>> = {
  wal_removed: INGEST_ERRORS.slotWalRemoved,
  rows_removed: INGEST_ERRORS.slotRowsRemoved,
  wal_level_insufficient: INGEST_ERRORS.slotWalLevelLowered,
  idle_timeout: INGEST_ERRORS.slotIdleTimeout,
};

/** How the slot was lost; null while it can be streamed from. A reason that a later major adds is a loss as well. */
export function slotLoss({ walStatus, invalidationReason }: SlotState): ErrorDefinition | null {
  if (invalidationReason !== null) return BY_REASON[invalidationReason] ?? INGEST_ERRORS.slotInvalidated;
  // Before Postgres 17 the one reason for which a slot on a primary is lost.
  return walStatus === 'lost' ? INGEST_ERRORS.slotWalRemoved : null;
}

const LOSSES: ReadonlySet<string> = new Set(
  [
    INGEST_ERRORS.slotMissing,
    INGEST_ERRORS.slotRecreated,
    INGEST_ERRORS.slotBehind,
    INGEST_ERRORS.slotInvalidated,
    INGEST_ERRORS.sourceReplaced,
    INGEST_ERRORS.streamDiverged,
    INGEST_ERRORS.logIncomplete,
    ...Object.values(BY_REASON),
  ].map(({ code }) => code),
);

/** True for what a resync of the source mends: changes are lost, and everything else about the source is in order. */
export function isMendedByResync(code: string): boolean {
  return LOSSES.has(code);
}
