import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LedgerEntry } from './ledger.ts';

/** What scheduled tasks count, in the process that runs them. */
export interface ScheduleMetrics {
  ended(entry: LedgerEntry): void;
  /** Its time has come and it is not done yet, in seconds. */
  behind(task: string, seconds: number): void;
}

export function createScheduleMetrics(registry: Registry): ScheduleMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: 'millrace_schedules_runs_total',
    help: 'Runs of scheduled tasks, by how they ended.',
    labelNames: ['task', 'state'],
    registers,
  });
  const seconds = new Histogram({
    name: 'millrace_schedules_run_seconds',
    help: 'How long runs of scheduled tasks took.',
    labelNames: ['task'],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 43_200],
    registers,
  });
  const succeeded = new Gauge({
    name: 'millrace_schedules_last_success_timestamp_seconds',
    help: 'When a scheduled task was done last, here.',
    labelNames: ['task'],
    registers,
  });
  const behind = new Gauge({
    name: 'millrace_schedules_behind_seconds',
    help: 'For how long a scheduled task has been due and not done.',
    labelNames: ['task'],
    registers,
  });
  return {
    ended({ task, state, startedAtMs, finishedAtMs }) {
      runs.inc({ task, state });
      if (startedAtMs === null || finishedAtMs === null) return;
      seconds.observe({ task }, (finishedAtMs - startedAtMs) / 1000);
      if (state === 'done') succeeded.set({ task }, finishedAtMs / 1000);
    },
    behind: (task, age) => behind.set({ task }, age),
  };
}
