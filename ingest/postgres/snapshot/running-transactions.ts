import type { Logger } from '../../../runtime/logger.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;
/** About two and a half seconds. */
const WAITS_BEFORE_LOG = 8;

/**
 * Resolves with the xid8 below which every transaction has ended: those that are running now are waited for. One whose
 * commit record lies before a slot's consistent point may still be invisible, waiting for a synchronous standby, say.
 */
export async function waitForRunningTransactions(
  control: CatalogConnection,
  logger: Logger,
  signal: AbortSignal,
): Promise<string> {
  const first = await control.query<{ xmax: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as xmax');
  const { xmax } = first.rows[0]!;
  let pauseMs = FIRST_PAUSE_MS;
  for (let waits = 0; !signal.aborted; waits++) {
    const { rows } = await control.query<{ ended: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as ended',
      [xmax],
    );
    if (rows[0]!.ended) return xmax;
    if (waits === WAITS_BEFORE_LOG) logger.info('waiting for transactions that were running when the snapshot began');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return xmax;
}
