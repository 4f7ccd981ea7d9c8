import type { ApiMetrics } from '../metrics.ts';
import type { Lag } from './lag.ts';

/**
 * Sets the gauges of the lag to what the warehouse says now. When it does not answer they are absent, rather than the
 * figures of earlier: `millrace_api_warehouse_up` says so.
 */
export async function setLagGauges(metrics: ApiMetrics, read: () => Promise<Lag>): Promise<void> {
  const lag = await read().catch(() => null);
  const { sourceLagSeconds, rejectedRows, tables, differingRows, tests, taskFailures, lateTasks } = metrics;
  for (const gauge of [sourceLagSeconds, rejectedRows, tables, differingRows, tests, taskFailures, lateTasks]) {
    gauge.reset();
  }
  metrics.lagSeconds.remove(); // Reset, it would be 0: the best of all lags.
  metrics.warehouseUp.set(lag === null ? 0 : 1);
  if (lag === null) return;
  if (lag.published !== null) metrics.lagSeconds.set(lag.published.lagSeconds);
  for (const row of lag.sources) {
    const source = row.source ?? '';
    for (const hop of ['capture', 'publish', 'total'] as const) {
      const seconds = row[`${hop}_seconds`] ?? null;
      if (seconds !== null) metrics.sourceLagSeconds.set({ source, hop }, Number(seconds));
    }
    metrics.rejectedRows.set({ source }, 0);
  }
  for (const { source, differing_rows: differing } of lag.verifications) {
    metrics.differingRows.set({ source: source ?? '' }, Number(differing ?? 0));
  }
  for (const { kind, status } of lag.upkeep.tests) {
    tests.inc({ kind: kind === 'freshness' ? 'freshness' : 'test', status: status ?? '' });
  }
  for (const { task, failures, is_late: isLate } of lag.upkeep.schedules) {
    taskFailures.set({ task: task ?? '' }, Number(failures ?? 0));
    lateTasks.set({ task: task ?? '' }, isLate === 'true' ? 1 : 0);
  }
  for (const { source, state, rejected_rows: rejected } of lag.tables) {
    metrics.tables.inc({ source: source ?? '', state: state ?? '' });
    metrics.rejectedRows.inc({ source: source ?? '' }, Number(rejected ?? 0));
  }
}
