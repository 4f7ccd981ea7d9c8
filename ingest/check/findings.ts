import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What `millrace check` finds beside what would end or hinder capture itself (those have codes of `../errors.ts`). */
export const CHECK_FINDINGS = {
  unboundedWal: {
    code: 'CHECK_WAL_UNBOUNDED',
    cause: 'max_slot_wal_keep_size is -1: while capture is stopped, the WAL that its slot needs may fill the disk',
    remedy: 'set a limit that the disk holds; a slot that falls behind it is lost, and the source must be resynced',
    policy: 'operator',
  },
  smallWalBudget: {
    code: 'CHECK_WAL_BUDGET_SMALL',
    cause: 'max_slot_wal_keep_size is below 1 GiB: a short stop of capture costs the slot',
    remedy: 'raise max_slot_wal_keep_size to what is written in the longest stop that you want to survive',
    policy: 'operator',
  },
  idleSlotTimeout: {
    code: 'CHECK_IDLE_SLOT_TIMEOUT',
    cause: 'idle_replication_slot_timeout is set: a stop of capture that lasts longer costs the slot',
    remedy: 'set it to 0, or to longer than the longest stop that you want to survive',
    policy: 'operator',
  },
  senderTimeoutOff: {
    code: 'CHECK_SENDER_TIMEOUT_OFF',
    cause: 'wal_sender_timeout is 0: after a network failure the server keeps the slot in use for a dead connection',
    remedy: 'set wal_sender_timeout to a minute or so',
    policy: 'operator',
  },
  connectionsShort: {
    code: 'CHECK_CONNECTIONS_SHORT',
    cause: 'the server or the role has fewer connections left than capture and its snapshot use',
    remedy: 'lower snapshot_connections of the source, or raise max_connections or the connection limit of the role',
    policy: 'operator',
  },
  standby: {
    code: 'CHECK_SOURCE_IS_STANDBY',
    cause: 'the url leads to a standby: capture needs the primary',
    remedy: 'name the primary in the url, or list all hosts behind one name that follows the primary',
    policy: 'operator',
  },
  superuser: {
    code: 'CHECK_ROLE_IS_SUPERUSER',
    cause: 'the role of the source is a superuser: it may do far more than capture needs',
    remedy: 'use a role with login and replication; `millrace sources sql` prints it',
    policy: 'operator',
  },
  preparedTransaction: {
    code: 'CHECK_PREPARED_TRANSACTION_OPEN',
    cause: 'a prepared transaction waits to be ended: a slot cannot be created, nor its WAL released, before it is',
    remedy: 'commit or roll back what nobody will end any more',
    policy: 'operator',
  },
  transactionOpen: {
    code: 'CHECK_TRANSACTION_OPEN',
    cause: 'a transaction that writes or locks is open for long: making the slot, and the first copy, wait for its end',
    remedy: 'see pg_stat_activity (backend_xid) for who has it, and end it if nobody will',
    policy: 'operator',
  },
  heartbeatNotAllowed: {
    code: 'CHECK_HEARTBEAT_NOT_ALLOWED',
    cause:
      'the role may not write logical messages: an idle database gets no heartbeats, and keepalives stand in for them',
    remedy: 'none is needed; grant execute on pg_logical_emit_message to have them',
    policy: 'operator',
  },
  loadHidden: {
    code: 'CHECK_LOAD_HIDDEN',
    cause:
      'the role is not told what sessions of others do, so that a copy does not step back while the source is busy',
    remedy: 'grant pg_read_all_stats to the role, or set `snapshot_throttle: false`',
    policy: 'operator',
  },
  failoverSlotUnsupported: {
    code: 'CHECK_FAILOVER_SLOT_UNSUPPORTED',
    cause: '`failover_slot` is set, and the server is older than Postgres 17, which first has such slots',
    remedy: 'take it out, or upgrade: after a failover the source must be resynced',
    policy: 'operator',
  },
  failoverSlotPossible: {
    code: 'CHECK_FAILOVER_SLOT_OFF',
    cause: 'the server has standbys, but the slot is not kept on them: after a failover the source must be resynced',
    remedy: 'set `failover_slot: true` on the source, and sync_replication_slots on the standby (Postgres 17)',
    policy: 'operator',
  },
  slotOrphaned: {
    code: 'CHECK_SLOT_ORPHANED',
    cause: 'a slot of Millrace that no source of this configuration uses keeps WAL on the server',
    remedy: 'drop it if no other Millrace uses it',
    policy: 'operator',
  },
  slotUnsafe: {
    code: 'CHECK_SLOT_UNSAFE',
    cause: 'the slot is so far behind that its WAL is about to be removed',
    remedy: 'start capture now, or raise max_slot_wal_keep_size until it has caught up',
    policy: 'operator',
  },
  publicationPartial: {
    code: 'CHECK_PUBLICATION_PARTIAL',
    cause: 'the publication does not publish all kinds of change: the others never reach the warehouse',
    remedy: 'publish insert, update, delete and truncate',
    policy: 'operator',
  },
  partitionsApart: {
    code: 'CHECK_PARTITIONS_APART',
    cause: 'partitions are published as tables of their own: each would become a replica',
    remedy: 'publish through the root',
    policy: 'operator',
  },
  partitionUnpublished: {
    code: 'CHECK_PARTITION_UNPUBLISHED',
    cause: 'some partitions of a table are published and others are not: their rows never reach the warehouse',
    remedy: 'publish the partitioned table itself',
    policy: 'operator',
  },
  schemaMissing: {
    code: 'CHECK_SCHEMA_MISSING',
    cause: 'a schema that the source names does not exist in its database',
    remedy: 'correct `schemas` of the source',
    policy: 'operator',
  },
  patternUnmatched: {
    code: 'CHECK_PATTERN_UNMATCHED',
    cause: 'an entry of `tables` matches no table in the schemas of the source',
    remedy: 'correct or remove the entry',
    policy: 'operator',
  },
  nothingToCapture: {
    code: 'CHECK_NOTHING_TO_CAPTURE',
    cause: 'no table is both published and taken by `tables` and `exclude`',
    remedy: 'publish the tables, or correct `schemas`, `tables` and `exclude`',
    policy: 'operator',
  },
  tableUnpublished: {
    code: 'CHECK_TABLE_UNPUBLISHED',
    cause: 'a table that the source takes is not in the publication, so nothing of it is captured',
    remedy: 'add it to the publication, or exclude it',
    policy: 'operator',
  },
  tableUnlogged: {
    code: 'CHECK_TABLE_UNLOGGED',
    cause: 'the table is unlogged: Postgres cannot replicate it',
    remedy: 'make it logged, or exclude it',
    policy: 'operator',
  },
  noReplicaIdentity: {
    code: 'CHECK_NO_REPLICA_IDENTITY',
    cause: 'the published table has no replica identity: updates and deletes of the service itself fail on it',
    remedy: 'give it a primary key or a replica identity, or take it out of the publication',
    policy: 'operator',
  },
  rowSecurity: {
    code: 'CHECK_ROW_SECURITY',
    cause: 'row security hides rows of the table from the role: the snapshot would lack them',
    remedy: 'let the role bypass row security, or exclude the table',
    policy: 'operator',
  },
  unchangedValues: {
    code: 'CHECK_TOAST_WITHOUT_FULL_IDENTITY',
    cause:
      'an update does not send large values that it leaves alone; they are taken from the replica, which costs a look-up',
    remedy: 'none is needed; full replica identity saves the look-up for more WAL',
    policy: 'operator',
  },
  generatedColumn: {
    code: 'CHECK_GENERATED_COLUMN',
    cause: 'a generated column is not published, so the replica does not have it',
    remedy: 'on Postgres 18 publish stored ones (virtual ones never are); else compute it in a model',
    policy: 'operator',
  },
  columnUnpublished: {
    code: 'CHECK_COLUMN_UNPUBLISHED',
    cause: 'the publication lists columns of the table, and not all of them: the replica lacks the others',
    remedy: 'none if that is meant; else publish the table without a column list',
    policy: 'operator',
  },
  rowFilter: {
    code: 'CHECK_ROW_FILTER',
    cause: 'the publication has a condition on the rows of the table: the replica has those rows only',
    remedy: 'none if that is meant; else publish the table without the condition',
    policy: 'operator',
  },
  columnPatternUnmatched: {
    code: 'CHECK_COLUMN_PATTERN_UNMATCHED',
    cause: 'an entry of `exclude`, `mask`, `hash` or `types` matches no column of the tables that the source takes',
    remedy: 'correct the name: a column that is not matched goes out as it is',
    policy: 'operator',
  },
  numericUnbounded: {
    code: 'CHECK_NUMERIC_UNBOUNDED',
    cause: 'a numeric column without precision is text in its replica: any number of digits, NaN and infinities',
    remedy:
      'to compute with it, give the column a precision, or set a Decimal with `types`; what does not fit is rejected then',
    policy: 'operator',
  },
  numericTooWide: {
    code: 'CHECK_NUMERIC_TOO_WIDE',
    cause: 'a numeric column may have more than the 76 digits that a decimal of the warehouse holds: it is text',
    remedy:
      'to compute with it, lower its precision, or set a Decimal with `types`; what does not fit is rejected then',
    policy: 'operator',
  },
  warehouseRights: {
    code: 'CHECK_WAREHOUSE_RIGHTS',
    cause: 'the user of the warehouse lacks rights that loading and modelling need',
    remedy: 'grant them to the user in `warehouse.url`, or use one that has them',
    policy: 'operator',
  },
  warehouseNotRunning: {
    code: 'CHECK_WAREHOUSE_NOT_RUNNING',
    cause: 'the embedded warehouse does not run at the moment, so it could not be asked',
    remedy: 'none: `millrace up` starts it',
    policy: 'operator',
  },
} as const satisfies Record<string, ErrorDefinition>;
