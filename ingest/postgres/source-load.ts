import type { CatalogConnection } from './catalog-connection.ts';
import type { SourceLoad } from './snapshot-throttle.ts';

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

/** Reads what the server tells about its load; `isVisible` is false when it does not tell us of others. */
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
