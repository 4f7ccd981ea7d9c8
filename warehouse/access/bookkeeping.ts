import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';

const TABLES = [
  `create table if not exists millrace.api_keys (
    id String,
    name String comment 'what people call it',
    hash String comment 'SHA-256 of the secret, in hexadecimal digits; the secret is kept nowhere',
    former_hash String comment 'of the secret before the last rotation; empty: none',
    former_until Nullable(DateTime64(3, 'UTC')) comment 'so long that one holds too',
    scopes Array(String),
    filters String comment 'JSON: values that rows may have, by column',
    requests_per_minute Nullable(UInt32),
    created_at DateTime64(3, 'UTC'),
    expires_at Nullable(DateTime64(3, 'UTC')),
    revoked_at Nullable(DateTime64(3, 'UTC')),
    changed_at DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(changed_at) order by id ${TABLE_SETTINGS}
  comment 'keys of the API; the last row of each counts'`,
  `create table if not exists millrace.audit_log (
    at DateTime64(3, 'UTC'),
    request_id String,
    caller_kind LowCardinality(String) comment 'key, token, or none: nobody who is known',
    caller String comment 'id of the key, or subject of the token',
    caller_name String,
    address String comment 'where the connection came from',
    method LowCardinality(String),
    route LowCardinality(String),
    path String,
    parameters String comment 'JSON: of the address, and the question that was sent',
    status UInt16,
    code LowCardinality(String) comment 'of a problem; empty: none',
    watermark Nullable(UInt64) comment 'the published state that the answer is of',
    rows Nullable(UInt64) comment 'of the answer; NULL where it sent none',
    duration_ms UInt32
  ) engine = MergeTree partition by toYYYYMMDD(at) order by (at, request_id) ${TABLE_SETTINGS}
  comment 'who asked the API what'`,
];

/** Creates what is missing; harmless when run again. */
export async function ensureAccessBookkeeping(client: ClickHouseClient): Promise<void> {
  for (const table of TABLES) await client.command({ query: table });
}
