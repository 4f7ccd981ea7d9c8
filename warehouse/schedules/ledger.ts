import type { ClickHouseClient } from '@clickhouse/client';
import { millisToText } from '../clickhouse/moment.ts';
import type { Interval } from './task.ts';

/** `begun`: the schedule counts from its end; nothing was to be done before. */
export type EntryState = 'begun' | 'running' | 'done' | 'retrying' | 'interrupted' | 'failed';

/** What became of one interval of a task. */
export interface LedgerEntry extends Interval {
  readonly task: string;
  readonly trigger: 'schedule' | 'manual';
  readonly state: EntryState;
  /** Of which the last is this one; one that was interrupted does not count. */
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  readonly code: string;
  readonly detail: string;
  readonly runner: string;
}

/** Reads the task's entry of its schedule that goes farthest; null when it was never done. */
export async function readLastEntry(client: ClickHouseClient, task: string): Promise<LedgerEntry | null> {
  const [entry] = await readEntries(
    client,
    `select * from millrace.ledger final
     where task = {task:String} and trigger = 'schedule'
     order by interval_end desc
     limit 1`,
    { task },
  );
  return entry ?? null;
}

/** The entries of every task's schedule, and of runs that were asked for, newest first. */
export async function readLastEntries(client: ClickHouseClient, perTask: number): Promise<LedgerEntry[]> {
  return readEntries(
    client,
    `select * from millrace.ledger final
     order by task, interval_end desc, trigger
     limit {perTask:UInt32} by task`,
    { perTask },
  );
}

/**
 * Writes an entry down; one of a higher term replaces it, whenever either comes. Within a term, one that has finished
 * replaces one that runs.
 */
export async function writeEntry(client: ClickHouseClient, entry: LedgerEntry, term: bigint): Promise<void> {
  const sequence = term * 2n + (entry.state === 'running' ? 0n : 1n);
  await client.insert({
    table: 'millrace.ledger',
    values: [
      {
        task: entry.task,
        trigger: entry.trigger,
        interval_start: millisToText(entry.startMs),
        interval_end: millisToText(entry.endMs),
        state: entry.state,
        attempts: entry.attempts,
        started_at: entry.startedAtMs === null ? null : millisToText(entry.startedAtMs),
        finished_at: entry.finishedAtMs === null ? null : millisToText(entry.finishedAtMs),
        code: entry.code,
        detail: entry.detail,
        runner: entry.runner,
        sequence: sequence.toString(),
      },
    ],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

interface EntryRow {
  task: string;
  trigger: LedgerEntry['trigger'];
  state: EntryState;
  attempts: number;
  start_ms: string;
  end_ms: string;
  started_ms: string | null;
  finished_ms: string | null;
  code: string;
  detail: string;
  runner: string;
}

async function readEntries(
  client: ClickHouseClient,
  select: string,
  parameters: Record<string, unknown>,
): Promise<LedgerEntry[]> {
  const result = await client.query({
    query: `
      select task, trigger, state, attempts, code, detail, runner,
        toString(toUnixTimestamp64Milli(interval_start)) as start_ms,
        toString(toUnixTimestamp64Milli(interval_end)) as end_ms,
        toString(toUnixTimestamp64Milli(started_at)) as started_ms,
        toString(toUnixTimestamp64Milli(finished_at)) as finished_ms
      from (${select})`,
    query_params: parameters,
    format: 'JSONEachRow',
  });
  return (await result.json<EntryRow>()).map((row) => ({
    task: row.task,
    trigger: row.trigger,
    state: row.state,
    attempts: row.attempts,
    startMs: Number(row.start_ms),
    endMs: Number(row.end_ms),
    startedAtMs: row.started_ms === null ? null : Number(row.started_ms),
    finishedAtMs: row.finished_ms === null ? null : Number(row.finished_ms),
    code: row.code,
    detail: row.detail,
    runner: row.runner,
  }));
}
