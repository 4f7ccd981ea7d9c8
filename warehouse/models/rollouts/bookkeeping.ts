import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';

const TABLES = [
  `create table if not exists millrace.model_folders (
    hash String,
    files Map(String, String) comment 'path within the folder -> text',
    kept_at DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(kept_at) order by hash ${TABLE_SETTINGS}
  comment 'folders of models that were, or were to be, taken up'`,
  `create table if not exists millrace.model_rollouts (
    number UInt64,
    folder String comment 'hash of its files',
    reason LowCardinality(String) comment 'start, run or rollback',
    state LowCardinality(String) comment 'building, testing, live, failed or cancelled',
    built Array(String) comment 'models that were built for it',
    dropped Array(String) comment 'models that are no more',
    tests Bool comment 'data tests are run before readers see it',
    own_folder String comment 'hash of the folder on the disk of the models at that time',
    code String,
    detail String,
    started_at DateTime64(6, 'UTC'),
    ended_at Nullable(DateTime64(6, 'UTC')),
    watermark UInt64 comment 'the last that was published when it ended',
    progress String comment 'JSON, while it is building',
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by number ${TABLE_SETTINGS}
  comment 'folders of models taken up one after the other; the last live one is what readers see'`,
  `create table if not exists millrace.model_requests (
    id UUID,
    action LowCardinality(String) comment 'run, rollback or backfill',
    arguments String comment 'JSON',
    requested_at DateTime64(6, 'UTC') default now64(6),
    state LowCardinality(String) comment 'requested, running, done or failed',
    rollout UInt64 comment 'that it led to; 0: none',
    code String,
    detail String,
    sequence UInt64
  ) engine = ReplacingMergeTree(sequence) order by id
  ttl toDateTime(requested_at) + interval 30 day
  ${TABLE_SETTINGS}
  comment 'what is asked of the process that keeps the models'`,
  `create table if not exists millrace.models_process (
    name LowCardinality(String) default 'models',
    host String,
    pid UInt32,
    seen_at DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(seen_at) order by name ${TABLE_SETTINGS}
  comment 'who keeps the models, and when it last said so'`,
];

/** Creates what is missing; harmless when run again. */
export async function ensureRolloutBookkeeping(client: ClickHouseClient): Promise<void> {
  await client.command({ query: 'create database if not exists millrace' });
  for (const table of TABLES) await client.command({ query: table });
}
