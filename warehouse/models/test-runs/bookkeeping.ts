import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../../clickhouse/table-settings.ts';
import type { TestRun } from './test-result.ts';

const TABLES = [
  `create table if not exists millrace.test_results (
    run UUID,
    watermark UInt64 comment 'published state that was looked at; 0 where none was',
    test String,
    kind LowCardinality(String) comment 'generic, singular, unit, contract or freshness',
    model String comment 'model, or source.table; empty for a singular test',
    column String,
    status LowCardinality(String) comment 'pass, warn, fail, or error where it could not be carried out',
    severity LowCardinality(String),
    failures Nullable(UInt64),
    seconds Float64,
    code String,
    detail String,
    finished_at DateTime64(6, 'UTC') default now64(6)
  ) engine = MergeTree order by (test, finished_at)
  ttl toDateTime(finished_at) + interval 90 day
  ${TABLE_SETTINGS}
  comment 'what tests of models found, run by run'`,
  `create table if not exists millrace.test_failures (
    run UUID,
    test String,
    model String,
    row String comment 'JSON',
    found_at DateTime64(6, 'UTC') default now64(6)
  ) engine = MergeTree order by (test, found_at)
  ttl toDateTime(found_at) + interval 30 day
  ${TABLE_SETTINGS}
  comment 'rows that tests found to be wrong, some of each'`,
];

/** Creates what is missing; harmless when run again. */
export async function ensureTestBookkeeping(client: ClickHouseClient): Promise<void> {
  await client.command({ query: 'create database if not exists millrace' });
  for (const table of TABLES) await client.command({ query: table });
}

/** Writes a run down: failing rows first, so that whoever sees the results finds them. */
export async function recordRun(client: ClickHouseClient, run: TestRun): Promise<void> {
  const failures = run.results.flatMap(({ name, subject, rows }) =>
    rows.map((row) => ({ run: run.run, test: name, model: subject, row })),
  );
  if (failures.length > 0) {
    await client.insert({ table: 'millrace.test_failures', values: failures, format: 'JSONEachRow' });
  }
  if (run.results.length === 0) return;
  await client.insert({
    table: 'millrace.test_results',
    values: run.results.map(({ name, subject, column, rows: _, ...result }) => ({
      ...result,
      run: run.run,
      watermark: run.watermark ?? '0',
      test: name,
      model: subject,
      column: column ?? '',
    })),
    format: 'JSONEachRow',
  });
}
