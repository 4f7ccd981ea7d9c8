import type { ErrorDefinition } from '../runtime/errors.ts';

/** Everything that capture can report. `retry` is tried again by capture itself, `operator` ends the source's capture. */
export const INGEST_ERRORS = {
  connectionLost: {
    code: 'INGEST_CONNECTION_LOST',
    cause: 'the connection to the source ended or could not be made',
    remedy: 'none if it recovers; otherwise check that the database is up and reachable',
    policy: 'retry',
  },
  connectionSilent: {
    code: 'INGEST_CONNECTION_SILENT',
    cause: 'nothing was received for longer than the watchdog allows although an answer was asked for',
    remedy: 'none if it recovers; otherwise look for a firewall or proxy that drops idle connections',
    policy: 'retry',
  },
  slotInUse: {
    code: 'INGEST_SLOT_IN_USE',
    cause: 'another connection streams from the slot',
    remedy: 'none if it recovers (an old connection times out); otherwise stop the other process that uses this slot',
    policy: 'retry',
  },
  sourceRefused: {
    code: 'INGEST_SOURCE_REFUSED',
    cause: 'the source answered with an error that is expected to pass',
    remedy: 'see the SQLSTATE in the message; check the source log',
    policy: 'retry',
  },
  authenticationFailed: {
    code: 'INGEST_AUTHENTICATION_FAILED',
    cause: 'the source does not accept the role, its password or its address',
    remedy:
      'correct user and password in the source url, or pg_hba.conf (logical replication needs a line for the database, TLS one with hostssl)',
    policy: 'operator',
  },
  tlsFailed: {
    code: 'INGEST_TLS_FAILED',
    cause:
      'the TLS handshake failed: the certificate of the server is not trusted, does not name the host or has expired, or ours was refused',
    remedy: 'see the code in the message; correct sslrootcert, sslcert and sslkey in the source url, or its host',
    policy: 'operator',
  },
  tlsNotOffered: {
    code: 'INGEST_TLS_NOT_OFFERED',
    cause: 'sslmode in the source url asks for TLS, and the server does not offer it',
    remedy: 'set ssl = on and a certificate on the server, or sslmode=disable where the network is trusted',
    policy: 'operator',
  },
  channelBindingMissing: {
    code: 'INGEST_CHANNEL_BINDING_MISSING',
    cause:
      'channel_binding=require in the source url, and the server does not ask for a SCRAM password over TLS: no TLS, another way of logging in, or something in between that ends TLS',
    remedy: 'use scram-sha-256 with hostssl in pg_hba.conf and sslmode=require or better; or take channel_binding out',
    policy: 'operator',
  },
  tlsFileUnreadable: {
    code: 'INGEST_TLS_FILE_UNREADABLE',
    cause: 'a certificate or key that the source url names cannot be read',
    remedy: 'correct the path (relative to the configuration file) or its rights',
    policy: 'operator',
  },
  databaseMissing: {
    code: 'INGEST_DATABASE_MISSING',
    cause: 'the database named in the source url does not exist',
    remedy: 'correct the database name in the source url',
    policy: 'operator',
  },
  privilegeMissing: {
    code: 'INGEST_PRIVILEGE_MISSING',
    cause: 'the role may not do what capture needs',
    remedy: 'alter role millrace_replicator replication; grant usage on its schemas and select on its tables',
    policy: 'operator',
  },
  walLevel: {
    code: 'INGEST_WAL_LEVEL',
    cause: 'the server does not write logical information to its WAL',
    remedy: "alter system set wal_level = 'logical' and restart the server",
    policy: 'operator',
  },
  sourceIsStandby: {
    code: 'INGEST_SOURCE_IS_STANDBY',
    cause: 'the url leads to a standby: capture needs the primary',
    remedy:
      'none if it is about to be promoted; otherwise name the primary in the source url, or a name that follows it',
    policy: 'retry',
  },
  tooManySlots: {
    code: 'INGEST_TOO_MANY_SLOTS',
    cause: 'the server has no room for another replication slot or walsender',
    remedy: 'raise max_replication_slots (and max_wal_senders) and restart, or drop slots that nobody uses',
    policy: 'operator',
  },
  publicationMissing: {
    code: 'INGEST_PUBLICATION_MISSING',
    cause: 'the publication of this service does not exist',
    remedy: 'create it; if it existed before, changes were missed: resync the source',
    policy: 'operator',
  },
  slotMissing: {
    code: 'INGEST_SLOT_MISSING',
    cause: 'the slot existed and is gone: the changes since the last confirmed position cannot be read any more',
    remedy: 'resync the source; find out who dropped the slot or which failover lost it',
    policy: 'operator',
  },
  slotWalRemoved: {
    code: 'INGEST_SLOT_WAL_REMOVED',
    cause: 'capture fell so far behind that the server removed WAL that the slot needs (max_slot_wal_keep_size)',
    remedy: 'resync the source; raise max_slot_wal_keep_size to what is written in the longest stop to survive',
    policy: 'operator',
  },
  slotRowsRemoved: {
    code: 'INGEST_SLOT_ROWS_REMOVED',
    cause: 'the slot is on a standby and the primary removed catalog rows that it needs',
    remedy: 'capture from the primary, or set hot_standby_feedback on the standby; then resync the source',
    policy: 'operator',
  },
  slotWalLevelLowered: {
    code: 'INGEST_SLOT_WAL_LEVEL_LOWERED',
    cause: 'wal_level was lowered below logical while the slot existed: the WAL since then cannot be decoded',
    remedy: "alter system set wal_level = 'logical', restart the server, then resync the source",
    policy: 'operator',
  },
  slotIdleTimeout: {
    code: 'INGEST_SLOT_IDLE_TIMEOUT',
    cause: 'capture was stopped for longer than idle_replication_slot_timeout allows',
    remedy: 'resync the source; set idle_replication_slot_timeout to 0 or to longer than the longest stop to survive',
    policy: 'operator',
  },
  slotInvalidated: {
    code: 'INGEST_SLOT_INVALIDATED',
    cause: 'the server invalidated the slot for the reason that the message names',
    remedy: 'see invalidation_reason in pg_replication_slots of your version; then resync the source',
    policy: 'operator',
  },
  walRunningOut: {
    code: 'INGEST_WAL_RUNNING_OUT',
    cause: 'the server keeps so much WAL for the slot that its limit, or the configured wal_budget, is near',
    remedy:
      'see why capture is behind (`millrace status`); raise max_slot_wal_keep_size and the disk meanwhile: at the limit the slot is lost',
    policy: 'retry',
  },
  slotBehind: {
    code: 'INGEST_SLOT_BEHIND',
    cause:
      'the slot cannot give what follows the last confirmed position: the server behind the url has less WAL than was captured already (restored from a backup, or a standby that was behind was promoted)',
    remedy: 'resync the source: it goes on under a new epoch, with the rows that the server has now',
    policy: 'operator',
  },
  slotRecreated: {
    code: 'INGEST_SLOT_RECREATED',
    cause: 'the slot stands ahead of everything that was ever confirmed: it was created anew or moved by somebody else',
    remedy: 'drop the slot and resync the source: the changes in between were not captured',
    policy: 'operator',
  },
  slotForeign: {
    code: 'INGEST_SLOT_FOREIGN',
    cause: 'a slot with our name belongs to another database or output plugin',
    remedy: 'drop that slot, or give the source another name',
    policy: 'operator',
  },
  sourceReplaced: {
    code: 'INGEST_SOURCE_REPLACED',
    cause: 'the url leads to another database cluster than the one captured so far: its positions mean something else',
    remedy: 'correct the url, or resync the source under a new epoch',
    policy: 'operator',
  },
  streamDiverged: {
    code: 'INGEST_STREAM_DIVERGED',
    cause: 'after a reconnect the source went past a transaction of which only a part had arrived',
    remedy: 'resync the source; somebody else moved its slot',
    policy: 'operator',
  },
  logIncomplete: {
    code: 'INGEST_LOG_INCOMPLETE',
    cause: 'the change log has lost a part of what was written to it, so that changes may never reach the warehouse',
    remedy: 'find out who deleted it; then run `millrace sources resync <source>`',
    policy: 'operator',
  },
  protocolViolation: {
    code: 'INGEST_PROTOCOL_VIOLATION',
    cause: 'bytes from the source do not follow the replication protocol',
    remedy: 'report it with the server version; a proxy between may be the reason',
    policy: 'fatal',
  },
  tableWithoutKey: {
    code: 'INGEST_TABLE_WITHOUT_KEY',
    cause:
      'the table has neither a primary key nor a replica identity index among its published columns: its inserts are captured, an update or a delete cannot be, and quarantines the table',
    remedy:
      'where rows are updated or deleted add a primary key (or a unique index as replica identity), then `millrace tables resync`; or exclude the table',
    policy: 'operator',
  },
  tablePositionRefused: {
    code: 'INGEST_TABLE_POSITION_REFUSED',
    cause:
      'the copy of a table without a key begins with a second, temporary replication slot, and the source has no room for one',
    remedy:
      'raise max_replication_slots and max_wal_senders, or drop slots that nobody uses; then `millrace tables resync`',
    policy: 'operator',
  },
  tableNotReadable: {
    code: 'INGEST_TABLE_NOT_READABLE',
    cause: 'the role may not select all published columns of the table (or use its schema)',
    remedy: 'grant select on the table and usage on its schema to the role',
    policy: 'operator',
  },
  tableLocked: {
    code: 'INGEST_TABLE_LOCKED',
    cause:
      'somebody holds an exclusive lock on the table (alter table, vacuum full, cluster, lock table): it cannot be copied meanwhile',
    remedy: 'none: it is copied when the lock is gone; pg_locks and pg_stat_activity of the source tell who holds it',
    policy: 'retry',
  },
  tableRecreated: {
    code: 'INGEST_TABLE_RECREATED',
    cause: 'a table was dropped and created anew under its old name, or left the publication and came back',
    remedy: 'none: the table is built anew beside its replica, which stays readable until then',
    policy: 'retry',
  },
  tableReshaped: {
    code: 'INGEST_TABLE_RESHAPED',
    cause: 'the table was altered in a way that may have changed values of rows without a word in the stream',
    remedy: 'none: the table is built anew beside its replica, which stays readable until then',
    policy: 'retry',
  },
  catalogOutdated: {
    code: 'INGEST_CATALOG_OUTDATED',
    cause:
      'the source’s server describes rows by columns that the table had before it was altered, and leaves out what the others hold: it lost track of the alteration while a replication slot of the cluster was made',
    remedy: 'none: the table is built anew, over another connection; alter no tables while slots are being made',
    policy: 'retry',
  },
  typeAltered: {
    code: 'INGEST_TYPE_ALTERED',
    cause:
      'a label of an enum was renamed, or an attribute of a composite type added or dropped: rows that were there print otherwise, without a word in the stream',
    remedy: 'none: the tables that use the type are built anew beside their replicas, which stay readable until then',
    policy: 'retry',
  },
  tableNotPublished: {
    code: 'INGEST_TABLE_NOT_PUBLISHED',
    cause: 'the configuration wants the table, but the publication does not have it',
    remedy: 'alter publication <source>_publication add table ...; or leave it out with `exclude`',
    policy: 'operator',
  },
  tableLeft: {
    code: 'INGEST_TABLE_LEFT',
    cause: 'the table was dropped, or left the publication, after its rows had been captured',
    remedy: 'alter publication ... add table ...: it is built anew then; or drop its replica',
    policy: 'operator',
  },
  tablePaused: {
    code: 'INGEST_TABLE_PAUSED',
    cause: 'somebody asked for the table to be paused: its changes are passed over',
    remedy: '`millrace tables resume` takes it in again; it is built anew then',
    policy: 'operator',
  },
  tableUnknown: {
    code: 'INGEST_TABLE_UNKNOWN',
    cause: 'the source has no such table, or it is not captured',
    remedy: 'see `millrace status` for the tables that are, and why others are not',
    policy: 'operator',
  },
  notRunning: {
    code: 'INGEST_NOT_RUNNING',
    cause: 'the capture of this source has not begun',
    remedy: 'ask again when it runs',
    policy: 'retry',
  },
  keyNotProtectable: {
    code: 'INGEST_KEY_NOT_PROTECTABLE',
    cause: 'the configuration leaves out or masks a key column of the table: its rows could not be told apart',
    remedy:
      'hash the column instead: the same value gives the same hash everywhere, so that keys can still be joined; then `millrace tables resync`',
    policy: 'operator',
  },
  protectedColumnMissing: {
    code: 'INGEST_PROTECTED_COLUMN_MISSING',
    cause:
      'the configuration leaves out, masks or hashes a column that the table does not have; it may have been renamed, and its values would go out in the clear',
    remedy:
      'correct the name under `exclude`, `mask` or `hash`, or take the entry out if the column is gone; then `millrace tables resync`',
    policy: 'operator',
  },
  logFailed: {
    code: 'INGEST_LOG_FAILED',
    cause: 'the change log failed; nothing after its last durable position was confirmed',
    remedy: 'see the cause; capture goes on from the confirmed position when it is started again',
    policy: 'fatal',
  },
  tableIncluded: {
    code: 'INGEST_TABLE_INCLUDED',
    cause: 'a table that was excluded can be captured now',
    remedy: 'none: capture connects again to take it in',
    policy: 'retry',
  },
  stateUnreadable: {
    code: 'INGEST_STATE_UNREADABLE',
    cause: 'the state that an earlier version saved cannot be read by this one',
    remedy: 'run the version that saved it, or resync the source',
    policy: 'operator',
  },
  serverTooOld: {
    code: 'INGEST_SERVER_TOO_OLD',
    cause: 'the server is older than Postgres 14',
    remedy: 'upgrade the server',
    policy: 'operator',
  },
  snapshotRestarted: {
    code: 'INGEST_SNAPSHOT_RESTARTED',
    cause: 'the table was rewritten or its columns changed while it was being copied',
    remedy: 'none: its copy starts again by itself',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
