import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';

/** Of the last so many inserts into the leases it is known which terms there are (see `lease.ts`). */
const DEDUPLICATED_INSERTS = 10_000;

const TABLES = [
  `create table if not exists millrace.leases (
    name String comment 'what one runner at a time may do',
    term UInt64 comment 'goes up with each claim, renewal and release; the highest one holds',
    runner String comment 'who holds it; empty: nobody',
    lease_ms UInt32 comment 'it ends by itself so long after it was claimed',
    claimed_at DateTime64(6, 'UTC') default now64(6) comment 'clock of the warehouse'
  ) engine = ReplacingMergeTree(term) order by name
  ${TABLE_SETTINGS}, non_replicated_deduplication_window = ${DEDUPLICATED_INSERTS}
  comment 'which runner does which task'`,
  `create table if not exists millrace.ledger (
    task String,
    trigger String comment 'schedule, or manual: somebody asked for it',
    interval_start DateTime64(3, 'UTC'),
    interval_end DateTime64(3, 'UTC') comment 'up to here the task is done when it is done',
    state String comment 'begun (nothing was to be done before), running, done, retrying, interrupted or failed',
    attempts UInt32,
    started_at Nullable(DateTime64(3, 'UTC')) comment 'of the last attempt',
    finished_at Nullable(DateTime64(3, 'UTC')),
    code String comment 'of its failure; millrace explain tells more',
    detail String comment 'what was done, or what is wrong',
    runner String,
    sequence UInt64 comment 'from the term of the lease: a runner that lost it cannot write over its successor'
  ) engine = ReplacingMergeTree(sequence) order by (task, trigger, interval_end) ${TABLE_SETTINGS}
  comment 'what was done in which interval; what is missing is caught up'`,
  `create table if not exists millrace.schedules (
    task String,
    cron String,
    time_zone String,
    is_on Bool,
    next_at Nullable(DateTime64(3, 'UTC')) comment 'when it is due next',
    runner String,
    told_at DateTime64(6, 'UTC') default now64(6)
  ) engine = ReplacingMergeTree(told_at) order by task ${TABLE_SETTINGS}
  comment 'what is done when, as the runner last told'`,
];

/** Creates what is missing; harmless when run again. */
export async function ensureScheduleBookkeeping(client: ClickHouseClient): Promise<void> {
  await client.command({ query: 'create database if not exists millrace' });
  for (const table of TABLES) await client.command({ query: table });
}
