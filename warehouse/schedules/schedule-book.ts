import type { ClickHouseClient } from '@clickhouse/client';
import { millisToText } from '../clickhouse/moment.ts';
import type { Schedule, ScheduledTask } from './task.ts';

/** What a runner tells of a task's schedule. */
export interface ToldSchedule {
  readonly task: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly isOn: boolean;
  /** Null: never. When it lies behind us and the task does not run, nobody runs schedules. */
  readonly nextAtMs: number | null;
  readonly runner: string;
}

/** Writes down when a task is due next, for those who only see the warehouse. */
export async function tellSchedule(
  client: ClickHouseClient,
  told: { task: ScheduledTask; schedule: Schedule | null; nextAtMs: number | null; runner: string },
): Promise<void> {
  const { task, schedule, nextAtMs, runner } = told;
  await client.insert({
    table: 'millrace.schedules',
    values: [
      {
        task: task.name,
        cron: schedule?.cron ?? '',
        time_zone: schedule?.timeZone ?? '',
        is_on: schedule !== null,
        next_at: nextAtMs === null ? null : millisToText(nextAtMs),
        runner,
      },
    ],
    columns: ['task', 'cron', 'time_zone', 'is_on', 'next_at', 'runner'],
    format: 'JSONEachRow',
  });
}

export async function readSchedules(client: ClickHouseClient): Promise<ToldSchedule[]> {
  const result = await client.query({
    query: `
      select task, cron, time_zone, is_on, runner, toString(toUnixTimestamp64Milli(next_at)) as next_ms
      from millrace.schedules final
      order by task`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{
    task: string;
    cron: string;
    time_zone: string;
    is_on: boolean;
    runner: string;
    next_ms: string | null;
  }>();
  return rows.map((row) => ({
    task: row.task,
    cron: row.cron,
    timeZone: row.time_zone,
    isOn: row.is_on,
    nextAtMs: row.next_ms === null ? null : Number(row.next_ms),
    runner: row.runner,
  }));
}
