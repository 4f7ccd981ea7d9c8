import type { ClickHouseClient } from '@clickhouse/client';
import { TABLE_SETTINGS } from '../clickhouse/table-settings.ts';
import { ensureLeases } from '../leases/bookkeeping.ts';

const TABLES = [
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
  await ensureLeases(client);
  for (const table of TABLES) await client.command({ query: table });
}
