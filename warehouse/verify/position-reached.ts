import type { ClickHouseClient } from '@clickhouse/client';
import { formatLsn, parseLsn } from '../../changelog/lsn.ts';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { VERIFY_ERRORS } from './errors.ts';

const POLL_MS = 20;
const LONGEST_POLL_MS = 250;
/** An idle source tells of its position every few seconds at least. */
const LIMIT_MS = 60_000;

/**
 * Waits until everything that committed before the position is in the replicas, and answers the epoch in which it is.
 * Rejects with MR-VERIFY-006 when that takes more than a minute.
 */
export async function positionReached(options: {
  client: ClickHouseClient;
  source: string;
  lsn: bigint;
  signal: AbortSignal;
  limitMs?: number;
}): Promise<number> {
  const { client, source, lsn, signal, limitMs = LIMIT_MS } = options;
  const deadline = performance.now() + limitMs;
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_POLL_MS)) {
    const position = (await readPositions(client)).find((each) => each.source === source);
    if (position !== undefined && parseLsn(position.lsn) >= lsn) return epochOf(BigInt(position.floor));
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      const at = position?.lsn ?? 'nowhere';
      throw new MillraceError(VERIFY_ERRORS.sourceBehind, `${source} is at ${at}, and should be at ${formatLsn(lsn)}`);
    }
    await sleep(pauseMs, signal);
  }
}

function epochOf(version: bigint): number {
  return Number(version >> 96n);
}
