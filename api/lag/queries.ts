import { isoSql } from '../../warehouse/clickhouse/moment.ts';
import type { ReaderQuery } from '../warehouse-reader.ts';

/** ISO 8601; null for the epoch, which stands for never. */
export function momentText(value: string): string {
  return `if(${value} = toDateTime64(0, 6, 'UTC'), null, ${isoSql(value)})`;
}

/** Seconds since a moment, never negative; null for the epoch, which stands for never. */
function secondsSince(value: string): string {
  return `if(${value} = toDateTime64(0, 6, 'UTC'), null,
          toDecimalString(greatest(0, toUnixTimestamp64Micro(now64(6)) - toUnixTimestamp64Micro(${value})) / 1e6, 3))`;
}

/**
 * How far capture is per source. `now64` is evaluated once per query, so what is compared is of one moment as long as
 * one query gives it; publishing is compared by `caught_up_at`, not by subtracting two queries' ages.
 */
export const POSITIONS_QUERY: ReaderQuery = {
  name: 'lag_positions',
  sql: `
    with published as (
      select source, lsn, committed_at, caught_up_at
      from millrace.watermarks
      order by millrace.watermarks.watermark desc
      limit 1
    )
    select
      positions.source as source,
      positions.state as state,
      positions.lsn as captured_lsn,
      ${momentText('positions.committed_at')} as captured_committed_at,
      positions.head_lsn as head_lsn,
      toString(positions.rows) as captured_rows,
      toString(positions.consistent) as is_whole,
      nullIf(published.lsn, '') as published_lsn,
      ${momentText('published.committed_at')} as published_committed_at,
      ${secondsSince('positions.caught_up_at')} as capture_seconds,
      ${secondsSince('published.caught_up_at')} as total_seconds,
      if(published.caught_up_at = toDateTime64(0, 6, 'UTC') or positions.caught_up_at = toDateTime64(0, 6, 'UTC'), null,
        toDecimalString(greatest(0, toUnixTimestamp64Micro(positions.caught_up_at)
          - toUnixTimestamp64Micro(published.caught_up_at)) / 1e6, 3)) as publish_seconds
    from (select * from millrace.positions final) as positions
    left any join (
      select source, lsn, committed_at, caught_up_at
      from published
      array join source, lsn, committed_at, caught_up_at
    ) as published on published.source = positions.source
    order by positions.source`,
  parameters: {},
};

/** What capture of each source does, as ingest last wrote it down. */
export const SOURCES_QUERY: ReaderQuery = {
  name: 'lag_sources',
  sql: `
    select
      source, state, nullIf(code, '') as code, nullIf(detail, '') as detail, nullIf(remedy, '') as remedy,
      ${momentText('seen_at')} as seen_at,
      toString(wal_retained_bytes) as wal_retained_bytes, toString(wal_limit_bytes) as wal_limit_bytes,
      toString(round(wal_bytes_per_second)) as wal_bytes_per_second, toString(round(wal_seconds_left)) as wal_seconds_left,
      nullIf(wal_level, '') as wal_level
    from millrace.source_states final
    order by source`,
  parameters: {},
};

/** What the positions of sources wait for, with a broker between, as the loaders last wrote it down. */
export const WAITS_QUERY: ReaderQuery = {
  name: 'lag_waits',
  sql: `
    select source, topic, toString(partition) as partition, loaded, wanted, ${momentText('since')} as since
    from millrace.position_waits final
    where topic != ''
    order by source`,
  parameters: {},
};

/** What each table does, as ingest last wrote it down. */
export const TABLES_QUERY: ReaderQuery = {
  name: 'lag_tables',
  sql: `
    select
      source, schema, table, state, nullIf(code, '') as code, nullIf(detail, '') as detail, nullIf(remedy, '') as remedy,
      ${momentText('since')} as since, toString(rejected_rows) as rejected_rows, toString(snapshot_rows) as snapshot_rows,
      toString(snapshot_bytes) as snapshot_bytes, toString(snapshot_done) as snapshot_done,
      toString(snapshot_rows_per_second) as snapshot_rows_per_second,
      toString(snapshot_seconds_left) as snapshot_seconds_left
    from millrace.table_states final
    order by source, schema, table`,
  parameters: {},
};

/** What came of the last comparison of each table with its source, and of each model (source is null) with its SQL. */
export const VERIFICATIONS_QUERY: ReaderQuery = {
  name: 'lag_verifications',
  sql: `
    select
      nullIf(source, '') as source, ${momentText('min(toDateTime64(at, 6))')} as since, toString(countIf(outcome != 'skipped')) as compared,
      toString(countIf(outcome = 'differs')) as differing, toString(countIf(outcome = 'undecided')) as undecided,
      toString(countIf(outcome = 'skipped')) as skipped, toString(sum(differing_rows)) as differing_rows
    from (
      select kind, source, name, max(started_at) as at, argMax(outcome, started_at) as outcome,
        argMax(differing - repaired, started_at) as differing_rows
      from millrace.verifications
      group by kind, source, name
    )
    group by kind, source
    order by source`,
  parameters: {},
};

/** Which version of the models readers see, and the last that was to take its place. */
export const VERSIONS_QUERY: ReaderQuery = {
  name: 'lag_versions',
  sql: `
    with rollouts as (select * from millrace.model_rollouts final)
    select
      toString(r.number) as version, r.state as state, r.reason as reason, r.folder as folder,
      nullIf(r.code, '') as code, nullIf(r.detail, '') as detail,
      ${isoSql('ifNull(r.ended_at, r.started_at)')} as since, nullIf(r.progress, '') as progress
    from rollouts as r
    where r.number in (select max(number) from rollouts union all select maxIf(number, state = 'live') from rollouts)
    order by r.number desc`,
  parameters: {},
};
