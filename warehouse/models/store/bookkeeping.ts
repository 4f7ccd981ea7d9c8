import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import { FITS_TABLE } from '../../forecasts/fits-table.ts';
import { CUBES_TABLE } from '../cubes/recorded-cubes.ts';
import { ensureRepairRequests } from '../repair-requests.ts';
import { SERVED_VIEWS_TABLE } from '../served-views/recorded-views.ts';
import { READABLE_TABLE } from './readable-states.ts';

const TABLES = [
  `create table if not exists millrace.watermarks (
    watermark UInt64 comment 'number of the batch; everything up to it is visible',
    published_at DateTime64(6, 'UTC'),
    generation UInt32 comment 'build that the rows belong to',
    source Array(String),
    lsn Array(String) comment 'per source: everything that committed before it is contained',
    committed_at Array(DateTime64(6, 'UTC')) comment 'commit time of the last transaction contained',
    caught_up_at Array(DateTime64(6, 'UTC')) comment 'clock of the source when the position was its head',
    floor Array(UInt128) comment 'versions below it are contained',
    changes UInt64 comment 'changes of source rows in this batch',
    moment DateTime64(6, 'UTC') comment 'versions of snapshots that begin or end with this state do so at this time'
  ) engine = MergeTree partition by toDate(published_at) order by watermark ${TABLE_SETTINGS}
  comment 'published states of the marts; the last one is what readers see'`,
  `create table if not exists millrace.aborted_batches (
    batch UInt64,
    aborted_at DateTime64(6, 'UTC') default now64(6),
    store_table String comment 'the table that gave it up; empty: all'
  ) engine = MergeTree order by batch ${TABLE_SETTINGS}
  comment 'batches that were given up: their rows are never visible'`,
  `create table if not exists millrace.folds (
    store_table String,
    horizon UInt64 comment 'the folded rows with this batch stand for all batches below it',
    folded_at DateTime64(6, 'UTC') default now64(6)
  ) engine = MergeTree order by (store_table, horizon) ${TABLE_SETTINGS}
  comment 'additive tables: differences summed up'`,
  `create table if not exists millrace.model_states (
    model String,
    state String comment 'current, failed, or pending: a snapshot that has not taken over its model yet',
    version String comment 'its table in store',
    last_watermark UInt64 comment 'failed: the last watermark that it reached',
    code String,
    detail String,
    is_live Bool comment 'readers see this version; otherwise it was to take the place of one that goes on',
    changed_at DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(changed_at) order by (model, version) ${TABLE_SETTINGS}
  comment 'models that could not be kept up to date'`,
  `create table if not exists millrace.model_deployments (
    deployed_at DateTime64(6, 'UTC') default now64(6),
    deployment String comment 'JSON: versions of the models that readers see, and that are built to take their place'
  ) engine = MergeTree order by deployed_at ${TABLE_SETTINGS}
  comment 'which versions of the models are kept up to date; the last row holds'`,
  READABLE_TABLE,
  CUBES_TABLE,
  FITS_TABLE,
  SERVED_VIEWS_TABLE,
  // What tables of earlier versions of ours lack.
  "alter table millrace.watermarks add column if not exists moment DateTime64(6, 'UTC') comment 'versions of snapshots that begin or end with this state do so at this time'",
  "alter table millrace.aborted_batches add column if not exists store_table String comment 'the table that gave it up; empty: all'",
];

/** Creates what is missing; harmless when run again. */
export async function ensureModelBookkeeping(client: ClickHouseClient): Promise<void> {
  for (const table of TABLES) await client.command({ query: table });
  await ensureRepairRequests(client);
}
