import type { SnapshotThrottleConfig } from '../../../runtime/config/config.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { CatalogConnection } from '../connection/catalog-connection.ts';
import { type BusyReason, busyReason, type SourceLoad } from './snapshot-throttle.ts';

/**
 * Ours have an application name with this prefix (`identifiers.ts`). What others do is told to members of
 * pg_read_all_stats only: https://www.postgresql.org/docs/18/monitoring-stats.html
 */
const LOAD = `
select pg_has_role('pg_read_all_stats', 'usage') as visible,
  (
    select count(*)::int
    from pg_stat_activity
    where backend_type = 'client backend' and state = 'active' and pid <> pg_backend_pid()
      and application_name not like 'millrace\\_%') as sessions,
  coalesce((
    select max(extract(epoch from replay_lag))::float8
    from pg_stat_replication
    where application_name not like 'millrace\\_%'), 0) as delay`;

/** What the server tells about its load; `isVisible` is false when it does not tell us of others. */
export async function readSourceLoad(
  control: CatalogConnection,
): Promise<Omit<SourceLoad, 'streamBehindBytes'> & { readonly isVisible: boolean }> {
  const { rows } = await control.query<{ visible: boolean; sessions: number; delay: number }>(LOAD);
  const [row] = rows;
  return {
    isVisible: row?.visible ?? false,
    activeSessions: row?.sessions ?? 0,
    standbyDelaySeconds: row?.delay ?? 0,
  };
}

/** Keeps an eye on a source while it is copied. */
export interface SourceLoadWatch {
  /** What made the source busy when it was last looked at. */
  reason(): BusyReason | null;
  stop(): void;
}

export function watchSourceLoad(options: {
  readonly control: CatalogConnection;
  /** Null: it never counts as busy. */
  readonly limits: SnapshotThrottleConfig | null;
  readonly streamBehindBytes: () => number;
  readonly everyMs: number;
  readonly logger: Logger;
  readonly onFailure: (error: unknown) => void;
}): SourceLoadWatch {
  const { control, limits, streamBehindBytes, everyMs, logger, onFailure } = options;
  let reason: BusyReason | null = null;
  let isVisible = true;
  let looking = false;

  async function look(within: SnapshotThrottleConfig): Promise<void> {
    const load = await readSourceLoad(control);
    if (isVisible && !load.isVisible) {
      logger.info('the load of the source cannot be seen: that takes membership in pg_read_all_stats');
    }
    isVisible = load.isVisible;
    const now = busyReason({ ...load, streamBehindBytes: streamBehindBytes() }, within);
    if (now !== reason)
      logger.info({ busy: now }, now === null ? 'the source is not busy any more' : 'the source is busy');
    reason = now;
  }

  if (limits === null) return { reason: () => null, stop() {} };
  const lookOnce = (): void => {
    if (looking) return;
    looking = true;
    void look(limits)
      .catch(onFailure)
      .finally(() => {
        looking = false;
      });
  };
  const timer = setInterval(lookOnce, everyMs);
  lookOnce();
  return {
    reason: () => reason,
    stop() {
      clearInterval(timer);
      reason = null;
    },
  };
}
