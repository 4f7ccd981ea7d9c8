import { randomBytes } from 'node:crypto';
import { parseLsn } from '../../../changelog/lsn.ts';
import type { CatalogQueries } from '../connection/catalog-connection.ts';
import { quoteIdentifier } from '../identifiers.ts';

/** A position of the WAL, and exactly the transactions whose commit lies before it. */
export interface ExactPosition {
  readonly lsn: bigint;
  /** pg_snapshot text; subtransactions are in it too. What it has not as committed lies behind the position. */
  readonly snapshot: string;
}

/**
 * A temporary slot has both: its consistent point, and the snapshot that belongs to it, worked out from the WAL. An ordinary
 * snapshot knows nothing of positions, nor of subtransactions, and does not show what has committed and waits for a standby.
 * Waits for transactions that are open. `replication` is a connection of its own, which nothing was asked of yet; its slot
 * goes with it (https://www.postgresql.org/docs/18/protocol-replication.html).
 */
export async function findExactPosition(
  replication: CatalogQueries,
  options: { readonly slot: string; readonly serverVersion: number },
): Promise<ExactPosition> {
  const name = quoteIdentifier(`${options.slot.slice(0, 50)}_${randomBytes(4).toString('hex')}`);
  await replication.query('begin isolation level repeatable read read only');
  const use = options.serverVersion < 150_000 ? 'USE_SNAPSHOT' : "(SNAPSHOT 'use')";
  const slot = await replication.query<{ consistent_point: string }>(
    `CREATE_REPLICATION_SLOT ${name} TEMPORARY LOGICAL pgoutput ${use}`,
  );
  const { rows } = await replication.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  await replication.query('rollback');
  return { lsn: parseLsn(slot.rows[0]!.consistent_point), snapshot: wellFormed(rows[0]!.snapshot) };
}

/**
 * What is worked out from the WAL has as its end the last transaction that committed, which may lie before the oldest that
 * runs: `xmin:xmax:list` with xmin behind xmax, which is no pg_snapshot. What lies between has ended, as all before xmin.
 */
export function wellFormed(snapshot: string): string {
  const [xmin = '', xmax = '', running = ''] = snapshot.split(':');
  return BigInt(xmin) > BigInt(xmax) ? `${xmin}:${xmin}:` : `${xmin}:${xmax}:${running}`;
}
