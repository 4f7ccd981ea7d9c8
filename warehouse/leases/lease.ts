import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { LEASE_ERRORS } from './errors.ts';

/**
 * What one runner at a time may do, until it lets go or its time is over. ClickHouse has no compare-and-set, but it drops an
 * insert whose deduplication token it has seen, in one step (with a replicated table: in Keeper). Each change of a lease
 * is the insert of its next term under the token `name:term`: of two who try, one gets in, and both see who. Whoever reads a
 * term, is stopped and tries much later to follow it inserts a term that is not the highest any more, which says nothing.
 * https://clickhouse.com/docs/guides/developer/deduplicating-inserts-on-retries
 */
export interface Lease {
  /** Goes up with each renewal. */
  term(): bigint;
  /** Aborts with MR-SCHED-003 when it is lost. */
  readonly lost: AbortSignal;
  /** False as soon as its time is over by our own clock, also when no timer could run: the process was stopped. */
  isHeld(): boolean;
  /** Others may claim it at once. Does nothing when it is lost. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly client: ClickHouseClient;
  readonly name: string;
  /** Names this process, and no other one ever. */
  readonly runner: string;
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** Somebody else holds it. */
export interface HeldElsewhere {
  readonly runner: string;
  /** Until it is over, if it is not renewed. */
  readonly leftMs: number;
}

interface Held {
  term: string;
  runner: string;
  left_ms: number;
}

/** Renewals in the time of a lease: two may fail. */
const RENEWALS = 3;

/** Claims a lease, or says who has it. Rejects when the warehouse does not answer. */
export async function claimLease(options: LeaseOptions): Promise<Lease | HeldElsewhere> {
  const { name, runner, leaseMs, logger } = options;
  const current = await readLease(options);
  // Our own: it was claimed, and the answer did not come.
  const isFree = current === null || ['', runner].includes(current.runner) || current.left_ms <= 0;
  if (!isFree) return { runner: current.runner, leftMs: current.left_ms };
  let term = BigInt(current?.term ?? 0) + 1n;
  const claimed = await insertTerm(options, term, runner);
  if (!claimed.isOurs) return { runner: claimed.runner, leftMs: claimed.untilMs - performance.now() };
  let { untilMs } = claimed;
  const lost = new AbortController();
  let isReleased = false;
  let renewing = Promise.resolve();
  let isRenewing = false;

  function lose(why: string): void {
    if (lost.signal.aborted || isReleased) return;
    clearInterval(timer);
    logger.warn({ lease: name, why }, 'lease is lost');
    lost.abort(new MillraceError(LEASE_ERRORS.lost, `${name}: ${why}`));
  }

  function isHeld(): boolean {
    if (lost.signal.aborted || isReleased) return false;
    if (performance.now() < untilMs) return true;
    lose('it could not be renewed in time');
    return false;
  }

  async function renew(): Promise<void> {
    isRenewing = true;
    try {
      const renewed = await insertTerm(options, term + 1n, runner);
      if (!renewed.isOurs) return lose('another runner has claimed it');
      term += 1n;
      untilMs = renewed.untilMs;
    } catch (error) {
      logger.debug({ err: error, lease: name }, 'lease not renewed yet');
    } finally {
      isRenewing = false;
    }
  }

  const timer = setInterval(() => {
    if (isHeld() && !isRenewing) renewing = renew();
  }, leaseMs / RENEWALS);
  return {
    term: () => term,
    lost: lost.signal,
    isHeld,
    async release() {
      clearInterval(timer);
      await renewing;
      if (!isHeld()) return;
      isReleased = true;
      await insertTerm(options, term + 1n, '');
    },
  };
}

/** Who has the term, and until when at the least by our own clock. */
async function insertTerm(
  options: LeaseOptions,
  term: bigint,
  runner: string,
): Promise<{ isOurs: boolean; runner: string; untilMs: number }> {
  const { client, name, leaseMs } = options;
  await client.insert({
    table: 'millrace.leases',
    values: [{ name, term: term.toString(), runner, lease_ms: leaseMs }],
    columns: ['name', 'term', 'runner', 'lease_ms'],
    format: 'JSONEachRow',
    clickhouse_settings: { insert_deduplication_token: `${name}:${term}`, insert_deduplicate: 1, async_insert: 0 },
  });
  const askedAtMs = performance.now();
  const now = await readLease(options);
  const isOurs = now !== null && now.term === term.toString() && now.runner === runner;
  return { isOurs, runner: now?.runner ?? '', untilMs: askedAtMs + (now?.left_ms ?? 0) };
}

async function readLease({ client, name }: Pick<LeaseOptions, 'client' | 'name'>): Promise<Held | null> {
  const result = await client.query({
    query: `
      select toString(term) as term, runner,
        lease_ms - (toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(toDateTime64(claimed_at, 3))) as left_ms
      from millrace.leases
      where name = {name:String}
      order by millrace.leases.term desc, claimed_at
      limit 1`,
    query_params: { name },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const [row] = await result.json<Held>();
  return row ?? null;
}

/** Whoever holds a lease now; null when it is free. */
export async function holderOf(client: ClickHouseClient, name: string): Promise<HeldElsewhere | null> {
  const held = await readLease({ client, name });
  if (held === null || held.runner === '' || held.left_ms <= 0) return null;
  return { runner: held.runner, leftMs: held.left_ms };
}
