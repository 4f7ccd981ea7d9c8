import type { Config, WarehouseConfig } from '../../runtime/config/config.ts';
import { DEFAULT_SCHEDULES } from '../../runtime/config/schedules.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { createLogger, type Logger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { holderOf } from '../../warehouse/leases/lease.ts';
import { ensureScheduleBookkeeping } from '../../warehouse/schedules/bookkeeping.ts';
import { SCHEDULE_ERRORS } from '../../warehouse/schedules/errors.ts';
import { type LedgerEntry, readLastEntries } from '../../warehouse/schedules/ledger.ts';
import { runNow } from '../../warehouse/schedules/run-now.ts';
import { readSchedules } from '../../warehouse/schedules/schedule-book.ts';
import { plannedTasks } from '../scheduled-tasks.ts';
import { cellsText } from '../table-text.ts';

/** Runs of each task that are listed in the document. */
const LISTED_RUNS = 20;

/** Prints what is done from time to time, as the warehouse knows it. */
export async function listSchedules(options: { warehouse: WarehouseConfig; json: boolean }): Promise<void> {
  const { warehouse, json } = options;
  const logger = createLogger({ name: 'schedules', level: 'silent' });
  const client = await connect({ config: warehouse, role: 'millrace', logger });
  try {
    await ensureScheduleBookkeeping(client);
    const entries = (await readLastEntries(client, LISTED_RUNS)).filter(({ state }) => state !== 'begun');
    const schedules = await Promise.all(
      (await readSchedules(client)).map(async (told) => ({
        ...told,
        holder: await holderOf(client, told.task),
        runs: entries.filter(({ task }) => task === told.task),
      })),
    );
    if (json) {
      const document = schedules.map(({ timeZone, isOn, nextAtMs, holder, runs, runner: _, ...rest }) => ({
        ...rest,
        time_zone: timeZone,
        is_on: isOn,
        next_at: isoOf(nextAtMs),
        runner: holder?.runner ?? null,
        runs: runs.map(entryDocument),
      }));
      return print(JSON.stringify({ schedules: document }));
    }
    if (schedules.length === 0)
      return print('nothing has run schedules yet: `millrace up` or `models run --watch` does');
    const lines = schedules.map(({ task, cron, timeZone, isOn, nextAtMs, runs: [last] }) => [
      task,
      isOn ? `${cron} ${timeZone}` : 'off',
      last?.state ?? '-',
      isoOf(last?.finishedAtMs ?? last?.startedAtMs ?? null) ?? '-',
      isOn ? nextText(nextAtMs, last?.state === 'running') : '-',
      [last?.code, last?.detail].filter((text) => text !== undefined && text !== '').join(' '),
    ]);
    print(cellsText([['task', 'schedule', 'last run', 'at', 'next', ''], ...lines]));
  } finally {
    await client.close();
  }
}

/** Does a task now and prints what came of it. False when it failed. Throws MR-SCHED-005, MR-SCHED-006. */
export async function runScheduled(options: {
  config: Config;
  name: string;
  json: boolean;
  signal: AbortSignal;
  logger: Logger;
}): Promise<boolean> {
  const { config, name, json, signal, logger } = options;
  const client = await connect({ config: config.warehouse, role: 'millrace', logger });
  try {
    const planned = plannedTasks(config, client);
    const found = planned.find(({ task }) => task.name === name);
    if (found === undefined) {
      const names = planned.map(({ task }) => task.name).join(', ');
      throw new MillraceError(SCHEDULE_ERRORS.taskUnknown, `${name}; there are ${names}`);
    }
    const { task, schedule } = found;
    const timeoutMs = (schedule ?? defaultOf(name)).timeoutMs;
    const entry = await runNow({ client, task, timeoutMs, signal, logger });
    const { state, code, detail } = entry;
    print(json ? JSON.stringify(entryDocument(entry)) : [name, state, code, detail].filter(Boolean).join(' · '));
    return state === 'done';
  } finally {
    await client.close();
  }
}

function defaultOf(name: string): { timeoutMs: number } {
  const defaults: Readonly<Record<string, { timeoutMs: number }>> = DEFAULT_SCHEDULES;
  return defaults[name] ?? DEFAULT_SCHEDULES.retention;
}

function entryDocument({ startMs, endMs, startedAtMs, finishedAtMs, ...entry }: LedgerEntry): object {
  return {
    ...entry,
    interval_start: isoOf(startMs),
    interval_end: isoOf(endMs),
    started_at: isoOf(startedAtMs),
    finished_at: isoOf(finishedAtMs),
  };
}

/** So long after it was due somebody should have done it. */
const LATE_MS = 60_000;

function nextText(nextAtMs: number | null, isRunning: boolean): string {
  if (isRunning) return 'now';
  const isLate = nextAtMs !== null && nextAtMs < Date.now() - LATE_MS;
  return `${isoOf(nextAtMs) ?? '-'}${isLate ? ' (late: nobody does it)' : ''}`;
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
