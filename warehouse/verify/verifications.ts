import type { ClickHouseClient } from '@clickhouse/client';
import { millisToText } from '../clickhouse/moment.ts';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';
import type { Verification } from './result.ts';

const TABLE = `create table if not exists millrace.verifications (
    run UUID comment 'what was verified together',
    kind String comment 'replica or model',
    source String comment 'of a replica',
    name String comment 'schema.table, or the model',
    outcome String comment 'equal, differs, repaired, undecided or skipped',
    position String comment 'LSN of the source at which it was compared, or the watermark',
    rows UInt64 comment 'in the source, or by full computation',
    found UInt64 comment 'in the replica, or in the model',
    differing UInt64,
    repaired UInt64,
    undecided UInt64,
    rejected UInt64 comment 'rows of the source that the warehouse cannot hold',
    examples String comment 'JSON: keys of rows that differ; values only where they were asked for',
    notes Array(String) comment 'what was not compared as it is',
    code String,
    detail String,
    started_at DateTime64(3, 'UTC'),
    seconds Float64
  ) engine = MergeTree order by (kind, source, name, started_at)
  ttl toDateTime(started_at) + interval 90 day
  ${TABLE_SETTINGS}
  comment 'what came of comparing replicas with their sources, and models with their SQL'`;

/** Creates the table; harmless when run again. */
export async function ensureVerifications(client: ClickHouseClient): Promise<void> {
  await client.command({ query: TABLE });
}

export async function recordVerification(
  client: ClickHouseClient,
  run: string,
  { startedAtMs, ...result }: Verification,
): Promise<void> {
  await client.insert({
    table: 'millrace.verifications',
    values: [
      {
        run,
        ...result,
        examples: JSON.stringify(result.examples),
        started_at: millisToText(startedAtMs),
      },
    ],
    format: 'JSONEachRow',
  });
}
