import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';

/** Of the last so many inserts into the leases it is known which terms there are (see `lease.ts`). */
const DEDUPLICATED_INSERTS = 10_000;

const LEASES = `create table if not exists millrace.leases (
    name String comment 'what one runner at a time may do',
    term UInt64 comment 'goes up with each claim, renewal and release; the highest one holds',
    runner String comment 'who holds it; empty: nobody',
    lease_ms UInt32 comment 'it ends by itself so long after it was claimed',
    claimed_at DateTime64(6, 'UTC') default now64(6) comment 'clock of the warehouse'
  ) engine = ReplacingMergeTree(term) order by name
  ${TABLE_SETTINGS}, non_replicated_deduplication_window = ${DEDUPLICATED_INSERTS}
  comment 'which runner does which task'`;

/** Creates what is missing; harmless when run again. */
export async function ensureLeases(client: ClickHouseClient): Promise<void> {
  await client.command({ query: 'create database if not exists millrace' });
  await client.command({ query: LEASES });
}
