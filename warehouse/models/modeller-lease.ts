import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { sleep } from '../../runtime/abortable.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ensureLeases } from '../leases/bookkeeping.ts';
import { claimLease, type Lease } from '../leases/lease.ts';
import { MODEL_ERRORS } from './errors.ts';

const NAME = 'models';
/** Another machine takes over so long after this one was lost. */
export const MODELLER_LEASE_MS = 30_000;
/** Between two looks at whether it is free. */
const LOOK_MS = 2_000;

/**
 * One process maintains the models of a warehouse: waits until nobody else does. Null when the signal aborted. The folder's
 * own former process does not count, whose lease lives on when it was killed. Rejects with MR-MODEL-009 where another does
 * and it is not to be waited for, and when the warehouse does not answer.
 */
export async function claimModels(options: {
  client: ClickHouseClient;
  /** Of this modeller's state; one process has it (`lockModels`). */
  folder: string;
  waits: boolean;
  logger: Logger;
  signal: AbortSignal;
  leaseMs: number;
}): Promise<Lease | null> {
  const { client, folder, waits, logger, signal, leaseMs } = options;
  await ensureLeases(client);
  const runner = runnerOf(folder);
  let told = '';
  while (!signal.aborted) {
    const claimed = await claimLease({ client, name: NAME, runner, leaseMs, logger });
    if ('isHeld' in claimed) return claimed;
    const elsewhere = new MillraceError(MODEL_ERRORS.keptElsewhere, claimed.runner);
    if (!waits) throw elsewhere;
    if (told !== claimed.runner) {
      logger.warn(
        { code: elsewhere.code, runner: claimed.runner },
        'another process keeps the models: waiting for its end',
      );
    }
    told = claimed.runner;
    await sleep(LOOK_MS, signal);
  }
  return null;
}

/** Throws MR-MODEL-009 when the lease is lost: whatever this process would write is another's. */
export function assertHeld(lease: Pick<Lease, 'isHeld'>): void {
  if (!lease.isHeld()) throw new MillraceError(MODEL_ERRORS.keptElsewhere, 'the lease was lost');
}

/** Names the folder: a process that goes on with it goes on with the lease. */
function runnerOf(folder: string): string {
  const path = join(folder, 'modeller.id');
  if (!existsSync(path)) writeFileSync(path, randomUUID(), { mode: 0o600 });
  return `${hostname()}:${readFileSync(path, 'utf8')}`;
}
