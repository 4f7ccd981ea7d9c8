import type { CatalogConnection } from '../connection/catalog-connection.ts';

/** How much WAL the source keeps for us, and how long that can go on. */
export interface WalBudget {
  /** WAL that the server keeps for the slot, in bytes. */
  readonly retainedBytes: number;
  /** Most that it may keep: max_slot_wal_keep_size, or what the configuration allows; null without a limit. */
  readonly limitBytes: number | null;
  /** Rate at which the server writes WAL, over the last minutes. */
  readonly bytesPerSecond: number;
  /** Until the limit is reached at that rate, if nothing more is confirmed; null without a limit or a rate. */
  readonly secondsLeft: number | null;
  readonly level: WalLevel;
}

/**
 * `low`: time to look (a log line), `critical`: the slot is about to be lost, or the disk of the server about to fill.
 * `lost`: it is.
 */
export type WalLevel = 'ok' | 'low' | 'critical' | 'lost';

/** What the server says about the slot at one moment. */
export interface WalFacts {
  readonly atMs: number;
  readonly walEndLsn: bigint;
  readonly retainedBytes: number;
  /** Bytes until max_slot_wal_keep_size; null when there is no limit (or the slot is lost). */
  readonly safeBytes: number | null;
  readonly walStatus: string | null;
}

const LOW_SECONDS = 4 * 3600;
const CRITICAL_SECONDS = 3600;
const LOW_SHARE = 0.5;
const CRITICAL_SHARE = 0.8;
/** A rate is worth something from this share of the limit on: the first bytes of a burst are no reason to wake anybody. */
const RATE_COUNTS_FROM = 0.1;
/** Weight of the past halves in this time. */
const HALF_LIFE_MS = 120_000;

/** Follows the rate of WAL from one look to the next. */
export function createWalMeter(options: { readonly budgetBytes: number | null }): (facts: WalFacts) => WalBudget {
  let before: { atMs: number; walEndLsn: bigint } | null = null;
  let bytesPerSecond: number | null = null;
  return (facts) => {
    const elapsedMs = before === null ? 0 : facts.atMs - before.atMs;
    if (before !== null && elapsedMs > 0) {
      const rate = Math.max(0, Number(facts.walEndLsn - before.walEndLsn)) / (elapsedMs / 1000);
      const weight = 0.5 ** (elapsedMs / HALF_LIFE_MS);
      bytesPerSecond = bytesPerSecond === null ? rate : bytesPerSecond * weight + rate * (1 - weight);
    }
    if (before === null || elapsedMs > 0) before = facts;
    return walBudget(facts, { bytesPerSecond: bytesPerSecond ?? 0, budgetBytes: options.budgetBytes });
  };
}

/** The nearer of the two limits counts: the server's, which costs the slot, and the one that was configured. */
export function walBudget(
  { retainedBytes, safeBytes, walStatus }: Omit<WalFacts, 'atMs' | 'walEndLsn'>,
  { bytesPerSecond, budgetBytes }: { readonly bytesPerSecond: number; readonly budgetBytes: number | null },
): WalBudget {
  const limits = [
    ...(safeBytes === null ? [] : [retainedBytes + safeBytes]),
    ...(budgetBytes === null ? [] : [budgetBytes]),
  ];
  const limitBytes = limits.length === 0 ? null : Math.max(0, Math.min(...limits));
  const leftBytes = limitBytes === null ? null : Math.max(0, limitBytes - retainedBytes);
  const secondsLeft = leftBytes === null || bytesPerSecond <= 0 ? null : leftBytes / bytesPerSecond;
  const share = limitBytes === null ? 0 : limitBytes === 0 ? 1 : retainedBytes / limitBytes;
  const within = (seconds: number): boolean =>
    secondsLeft !== null && secondsLeft < seconds && share >= RATE_COUNTS_FROM;
  let level: WalLevel = 'ok';
  if (walStatus === 'lost') level = 'lost';
  else if (walStatus === 'unreserved' || share >= CRITICAL_SHARE || within(CRITICAL_SECONDS)) level = 'critical';
  else if (share >= LOW_SHARE || within(LOW_SECONDS)) level = 'low';
  return { retainedBytes, limitBytes, bytesPerSecond, secondsLeft, level };
}

/** Null when the slot does not exist, or the server is a standby. */
export async function readWalFacts(control: CatalogConnection, slot: string): Promise<WalFacts | null> {
  const { rows } = await control.query<{
    end: string;
    retained: string | null;
    safe: string | null;
    status: string | null;
  }>(
    `select pg_current_wal_lsn() - '0/0' as end,
      pg_current_wal_lsn() - restart_lsn as retained,
      safe_wal_size as safe,
      wal_status as status
    from pg_replication_slots
    where slot_name = $1 and not pg_is_in_recovery()`,
    [slot],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    atMs: performance.now(),
    walEndLsn: BigInt(row.end),
    retainedBytes: Math.max(0, Number(row.retained ?? 0)),
    safeBytes: row.safe === null ? null : Number(row.safe),
    walStatus: row.status,
  };
}
