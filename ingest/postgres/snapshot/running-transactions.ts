import { sleep } from '../../../runtime/abortable.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;
/** About two and a half seconds. */
const WAITS_BEFORE_LOG = 8;

/**
 * The transactions below $1 that have not ended, and whether their session waits for its client; a role that may not see
 * what others do sees none of those. `oldest`: below it every transaction has ended.
 */
const RUNNING_SQL = `
  select pg_snapshot_xmin(pg_current_snapshot())::text as oldest,
    (select coalesce(json_object_agg(xid::text, exists(
        select from pg_stat_activity a where a.backend_xid = xid::xid and a.state like 'idle in transaction%')), '{}')
     from pg_snapshot_xip(pg_current_snapshot()) xid where xid < $1::xid8) as running`;

interface Running {
  readonly oldest: string;
  readonly running: Readonly<Record<string, boolean>>;
}

/**
 * Waits for the transactions that run now, and resolves with the xid8 below which every one has ended. With `committing`
 * alone it leaves out those that have certainly not begun to commit: a transaction whose commit record lies before a
 * slot's consistent point may still be invisible, waiting for a synchronous standby, say, and the stream does not bring
 * it; one whose session was seen waiting for its client after that comes by the stream. Resolves early when the signal
 * aborts.
 */
export async function waitForRunningTransactions(
  which: 'all' | 'committing',
  control: CatalogConnection,
  logger: Logger,
  signal: AbortSignal,
): Promise<string> {
  // A transaction of its own: what a snapshot tells lies behind the last one that ended, and others that run have higher ids.
  const { rows } = await control.query<{ bound: string }>('select pg_current_xact_id()::text as bound');
  const { bound } = rows[0]!;
  const open = new Set<string>();
  let pauseMs = FIRST_PAUSE_MS;
  for (let waits = 0; ; waits++) {
    const { rows } = await control.query<Running>(RUNNING_SQL, [bound]);
    const { oldest, running } = rows[0]!;
    for (const [xid, isIdle] of Object.entries(running)) if (isIdle && which === 'committing') open.add(xid);
    if (signal.aborted || Object.keys(running).every((xid) => open.has(xid))) return oldest;
    if (waits === WAITS_BEFORE_LOG) logger.info('waiting for transactions that were running when the snapshot began');
    await sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
