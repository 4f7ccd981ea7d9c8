import type { ClickHouseClient } from '@clickhouse/client';
import { WAREHOUSE_DATABASES } from '../clickhouse/databases.ts';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';
import { ensureVerifications } from '../verify/verifications.ts';
import { takeOverFormerJournals } from './journal/former-journals.ts';
import { CREATE_JOURNAL } from './journal/journal-table.ts';

/** Tables that the loader keeps beside the rows. A row with a higher `sequence` replaces an earlier one of its key. */
const TABLES = [
  CREATE_JOURNAL,
  `create table if not exists millrace.positions (
    source String comment 'name of the service',
    lsn String comment 'everything that committed before this position is in the replicas',
    committed_at DateTime64(6, 'UTC') comment 'commit time of the last transaction taken over',
    caught_up_at DateTime64(6, 'UTC') comment 'clock of the source when this position was its head',
    head_lsn String comment 'head of the source as last seen',
    rows UInt64 comment 'rows taken over since the source was added',
    state String comment 'snapshotting or streaming',
    epoch UInt32,
    floor UInt128 comment 'versions below it are included',
    consistent Bool comment 'the replicas that models read are a state that the source really had',
    shape UInt64 comment 'goes up when a replica got another shape: models are built anew',
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by source ${TABLE_SETTINGS}
  comment 'how far each source has been taken over'`,
  `create table if not exists millrace.loader_progress (
    source String,
    topic String comment 'of Kafka: the rows of one table',
    table String comment 'schema.table; empty before its first row',
    through UInt128 comment 'changes below this version are in the replica',
    offsets Array(UInt64) comment 'by partition: messages below it are',
    read Array(UInt64) comment 'by partition: messages below it were read, and may wait for others',
    exchanged Int64 comment 'offset of the last exchange that was carried out',
    rewound Int64 default -1 comment 'offset of the last rewind that was carried out',
    shaped UInt32 comment 'number of the shape that the replica was made ready for',
    relation String comment 'id of the relation that it was made ready for last',
    failed Bool comment 'its rows are left out until it is built anew',
    rows UInt64,
    rejected UInt64 comment 'messages that could not be read: they are in the topic with .dlq behind its name',
    shapes UInt64 comment 'how often the replica came to have another shape',
    loader String comment 'who loads it',
    written_at DateTime64(3, 'UTC') default now64(3),
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by (source, topic) ${TABLE_SETTINGS}
  comment 'how far each topic of Kafka has been loaded'`,
  `create table if not exists millrace.capture_states (
    source String,
    epoch UInt32,
    snapshot_lsn String,
    consistent_lsn String comment 'empty while the snapshot is incomplete',
    copying Array(String) comment 'tables of which snapshot rows may still come',
    behind Array(String) comment 'tables whose replicas are of an earlier time than the others',
    snapshot String comment 'bookkeeping of the capture, JSON',
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by source ${TABLE_SETTINGS}
  comment 'what capture remembers across restarts'`,
  `create table if not exists millrace.replicas (
    replica String comment 'table in raw',
    source String,
    schema String,
    table String,
    key Array(String),
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by replica ${TABLE_SETTINGS}
  comment 'which source table a replica stands for'`,
  `create table if not exists millrace.truncations (
    replica String,
    version UInt128 comment 'rows with a lower version are gone',
  ) engine = ReplacingMergeTree(version) order by replica ${TABLE_SETTINGS}
  comment 'last truncation of each replica: keeps late snapshot rows out'`,
  `create table if not exists millrace.rejected (
    source String,
    replica String,
    key String comment 'key of the row, its fields as TabSeparated',
    version UInt128 comment 'version of the rejected row, or of what came after it',
    lsn String comment 'position of its commit',
    code String comment 'error code; millrace explain tells more',
    column String comment 'column that cannot hold its value',
    row String comment 'the row in full, JSON: text of Postgres by column',
    taken Array(String) comment 'columns that the source had left out: text of the replica',
    detail String,
    remedy String,
    rejected_at DateTime64(6, 'UTC') default now64(6),
    resolved UInt8 comment 'a later row of the key is held, or it is gone'
  ) engine = ReplacingMergeTree(version, resolved) order by (source, replica, key) ${TABLE_SETTINGS}
  comment 'rows that the warehouse cannot hold, the last of each key; read it with final'`,
  `create table if not exists millrace.rejected_cleared (
    replica String,
    version UInt128 comment 'rejected rows with a lower version are done with: the table was built anew since',
  ) engine = ReplacingMergeTree(version) order by replica ${TABLE_SETTINGS}
  comment 'up to where the rejected rows of each replica are done with'`,
];

/** For who watches. */
const WAITS = `create table if not exists millrace.position_waits (
    source String,
    topic String comment 'what the position waits for; empty when for nothing',
    partition Int32 comment '-1: all of them, for a table that is to be put in its place or loaded again',
    loaded String comment 'offset that is loaded',
    wanted String comment 'offset that the position waits for',
    since DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(since) order by source ${TABLE_SETTINGS}
  comment 'partitions that hold the positions of sources back, with a broker between'`;

/** Beside the loader's own: what is asked of tables, and what they do. */
const TABLE_LIFECYCLE = [
  `create table if not exists millrace.table_requests (
    id UUID,
    source String,
    table String comment 'as it was asked for: table or schema.table',
    action String comment 'pause, resume or resync; quarantine by a loader',
    requested_at DateTime64(6, 'UTC') default now64(6),
    outcome String comment 'empty until answered, then done or failed',
    code String comment 'until answered: of the failure that it is asked for',
    detail String comment 'the table that was meant, or what is wrong',
    answered_at DateTime64(6, 'UTC'),
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by id ${TABLE_SETTINGS}
  comment 'what operators and loaders ask of tables, and what came of it'`,
  `create table if not exists millrace.table_states (
    source String,
    schema String,
    table String,
    state String comment 'waiting, snapshotting, streaming, degraded, paused, quarantined, resyncing or excluded',
    code String comment 'why it is not plainly streaming',
    detail String,
    remedy String,
    since DateTime64(3, 'UTC') comment 'when it came into this state, as far as was seen',
    rejected_rows UInt64 comment 'rows that are rejected now',
    snapshot_rows UInt64,
    snapshot_bytes UInt64 comment 'of these rows, as text of COPY',
    snapshot_done Float64 comment 'share of the copy that is durable, 0 to 1',
    snapshot_rows_per_second Nullable(Float64) comment 'of the last minute, while it is copied',
    snapshot_seconds_left Nullable(Float64) comment 'at that rate',
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by (source, schema, table) ${TABLE_SETTINGS}
  comment 'what each source table does'`,
  // Warehouses of earlier versions.
  `alter table millrace.table_states
    add column if not exists snapshot_bytes UInt64 after snapshot_rows,
    add column if not exists snapshot_rows_per_second Nullable(Float64) after snapshot_done,
    add column if not exists snapshot_seconds_left Nullable(Float64) after snapshot_rows_per_second`,
  `create table if not exists millrace.source_states (
    source String,
    state String comment 'connecting, snapshotting, streaming, retrying, failed or stopped',
    code String comment 'of the last failure; empty without one',
    detail String,
    remedy String,
    wal_retained_bytes Nullable(UInt64) comment 'WAL that the source keeps for its slot',
    wal_limit_bytes Nullable(UInt64) comment 'most that it may keep',
    wal_bytes_per_second Nullable(Float64),
    wal_seconds_left Nullable(Float64) comment 'until the limit, at that rate',
    wal_level String comment 'ok, low, critical or lost; empty while it is not known',
    seen_at DateTime64(6, 'UTC') default now64(6),
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by source ${TABLE_SETTINGS}
  comment 'what capture of each source does'`,
];

/** Columns that tables of an earlier version lack. */
const ADDED_COLUMNS = [
  'alter table millrace.loader_progress add column if not exists read Array(UInt64) after offsets',
  'alter table millrace.loader_progress add column if not exists rewound Int64 default -1 after exchanged',
  'alter table millrace.loader_progress add column if not exists shaped UInt32 after rewound',
  'alter table millrace.loader_progress add column if not exists relation String after shaped',
  'alter table millrace.positions add column if not exists shape UInt64',
  'alter table millrace.capture_states add column if not exists copying Array(String)',
  'alter table millrace.capture_states add column if not exists behind Array(String)',
];

/** Creates what is missing; harmless when run again or by several at once. */
export async function ensureBookkeeping(client: ClickHouseClient): Promise<void> {
  for (const database of WAREHOUSE_DATABASES)
    await client.command({ query: `create database if not exists ${database}` });
  await setFormerRejectedAside(client);
  for (const statement of [...TABLES, WAITS, ...TABLE_LIFECYCLE, ...ADDED_COLUMNS])
    await client.command({ query: statement });
  await takeOverFormerJournals(client);
  await ensureVerifications(client);
}

/** An earlier version kept rejected rows without their key, for good: they stay readable under another name. */
async function setFormerRejectedAside(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `
      select count() > 0 and countIf(name = 'key') = 0 as is_former
      from system.columns
      where database = 'millrace' and table = 'rejected'`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ is_former: number }>();
  if (row?.is_former === 1) {
    await client.command({ query: 'rename table millrace.rejected to millrace.rejected_without_key' });
  }
}
