import type { CatalogConnection } from '../postgres/connection/catalog-connection.ts';

/** What a source's server, role, publication and slot look like. Sizes in bytes, -1 for no limit. */
export interface ServerFacts {
  readonly database: string;
  readonly serverVersion: number;
  readonly walLevel: string;
  readonly isStandby: boolean;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly canReplicate: boolean;
  /** Connections left for this role, whichever limit is nearest. */
  readonly freeConnections: number;
  readonly maxSlots: number;
  readonly usedSlots: number;
  readonly maxSenders: number;
  readonly usedSenders: number;
  readonly hasStandbys: boolean;
  readonly senderTimeoutMs: number;
  /** Null where the server does not know it (before Postgres 18). */
  readonly idleSlotTimeoutSeconds: number | null;
  readonly maxSlotKeepBytes: number;
  readonly preparedTransactions: readonly string[];
  /** Age of the oldest transaction that writes or locks, as far as the role sees others'; null: there is none. */
  readonly oldestTransactionSeconds: number | null;
  /** It may write logical messages: heartbeats. */
  readonly mayEmitMessages: boolean;
  /** The role is told what sessions of others do. */
  readonly seesOthers: boolean;
  readonly slot: CheckedSlot | null;
  /** Inactive slots named millrace_... of this database that no source of the configuration uses. */
  readonly otherSlots: readonly string[];
  readonly publication: PublicationFacts | null;
}

export interface CheckedSlot {
  readonly name: string;
  readonly database: string | null;
  readonly plugin: string | null;
  readonly active: boolean;
  readonly walStatus: string | null;
  readonly invalidationReason: string | null;
  readonly retainedBytes: number | null;
  readonly isFailover: boolean;
}

export interface PublicationFacts {
  readonly allTables: boolean;
  readonly missingKinds: readonly string[];
  readonly viaRoot: boolean;
}

// As JSON, a column or a setting that a major lacks is simply absent.
const SERVER = `
select json_build_object(
  'database', current_database(),
  'serverVersion', current_setting('server_version_num')::int,
  'walLevel', current_setting('wal_level'),
  'isStandby', pg_is_in_recovery(),
  'role', current_user,
  'isSuperuser', r.rolsuper,
  'canReplicate', r.rolreplication or r.rolsuper
    or exists(select from pg_roles g where g.rolname = 'rds_replication' and pg_has_role(r.oid, g.oid, 'member')),
  'freeConnections', least(
    current_setting('max_connections')::int
      - (select coalesce(sum(setting::int), 0) from pg_settings
        where name in ('superuser_reserved_connections', 'reserved_connections'))
      - (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()),
    case when r.rolconnlimit < 0 then 1000000
      else r.rolconnlimit - (select count(*) from pg_stat_activity a where a.usesysid = r.oid and a.pid <> pg_backend_pid()) end),
  'maxSlots', current_setting('max_replication_slots')::int,
  'usedSlots', (select count(*) from pg_replication_slots),
  'maxSenders', current_setting('max_wal_senders')::int,
  'usedSenders', (select count(*) from pg_stat_activity where backend_type = 'walsender'),
  'hasStandbys', exists(select from pg_replication_slots where slot_type = 'physical' and active)
    or exists(
      select from pg_stat_replication w
      where not exists(select from pg_replication_slots s where s.active_pid = w.pid and s.slot_type = 'logical')
        and w.state = 'streaming'),
  'senderTimeoutMs', (select setting::int from pg_settings where name = 'wal_sender_timeout'),
  'idleSlotTimeoutSeconds', (
    select setting::bigint * case unit when 'min' then 60 when 'ms' then 0.001 else 1 end
    from pg_settings where name = 'idle_replication_slot_timeout'),
  'maxSlotKeepBytes', (
    select case when setting::bigint < 0 then -1 else setting::bigint * 1048576 end
    from pg_settings where name = 'max_slot_wal_keep_size'),
  'preparedTransactions', array(select gid from pg_prepared_xacts where database = current_database() order by prepared),
  'oldestTransactionSeconds', (
    select extract(epoch from max(clock_timestamp() - xact_start))
    from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()),
  'mayEmitMessages', coalesce((
    select bool_and(has_function_privilege(f.oid, 'execute'))
    from pg_proc f where f.proname = 'pg_logical_emit_message'), false),
  'seesOthers', pg_has_role('pg_read_all_stats', 'usage'),
  'slot', (
    select json_build_object(
      'name', s.slot_name,
      'database', s.database,
      'plugin', s.plugin,
      'active', s.active,
      'walStatus', s.wal_status,
      'invalidationReason', to_jsonb(s) ->> 'invalidation_reason',
      'retainedBytes', case when pg_is_in_recovery() then null else pg_current_wal_lsn() - s.restart_lsn end,
      'isFailover', coalesce((to_jsonb(s) ->> 'failover')::bool, false))
    from pg_replication_slots s
    where s.slot_name = $2),
  'otherSlots', array(
    select slot_name from pg_replication_slots
    where database = current_database() and slot_name like 'millrace\\_%' and slot_name <> all($3) and not active
    order by slot_name),
  'publication', (
    select json_build_object(
      'allTables', p.puballtables,
      'missingKinds', array_remove(array[
        case when not p.pubinsert then 'insert' end, case when not p.pubupdate then 'update' end,
        case when not p.pubdelete then 'delete' end, case when not p.pubtruncate then 'truncate' end], null),
      'viaRoot', p.pubviaroot)
    from pg_publication p
    where p.pubname = $1)) as facts
from pg_roles r
where r.rolname = current_user`;

export async function readServerFacts(
  connection: CatalogConnection,
  names: { readonly publication: string; readonly slot: string; readonly ownSlots: readonly string[] },
): Promise<ServerFacts> {
  const { rows } = await connection.query<{ facts: ServerFacts }>(SERVER, [
    names.publication,
    names.slot,
    names.ownSlots,
  ]);
  return rows[0]!.facts;
}
