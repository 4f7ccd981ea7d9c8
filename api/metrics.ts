import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createMetrics } from '../runtime/metrics.ts';

/** What the API counts, in a registry of its own so that several parts can share a process. */
export interface ApiMetrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'route' | 'method' | 'status'>;
  readonly requestsInFlight: Gauge;
  readonly querySeconds: Histogram<'query'>;
  readonly notModified: Counter<'route'>;
  readonly cacheHits: Counter<'route'>;
  readonly heldAnswers: Counter<'model'>;
  readonly errors: Counter<'code'>;
  readonly auditLost: Counter<'reason'>;
  readonly exports: Counter<'outcome'>;
  readonly exportBytes: Counter;
  readonly exportSeconds: Histogram;
  readonly exportsUnderWay: Gauge<'status'>;
  readonly exportKeptBytes: Gauge;
  readonly lagSeconds: Gauge;
  readonly sourceLagSeconds: Gauge<'source' | 'hop'>;
  readonly rejectedRows: Gauge<'source'>;
  readonly tables: Gauge<'source' | 'state'>;
  readonly differingRows: Gauge<'source'>;
  readonly tests: Gauge<'kind' | 'status'>;
  readonly taskFailures: Gauge<'task'>;
  readonly lateTasks: Gauge<'task'>;
  readonly warehouseUp: Gauge;
}

export function createApiMetrics(): ApiMetrics {
  const registry = createMetrics('api');
  const registers = [registry];
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'millrace_api_request_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),
    requestsInFlight: new Gauge({
      name: 'millrace_api_requests_in_flight',
      help: 'Requests that are being answered.',
      registers,
    }),
    querySeconds: new Histogram({
      name: 'millrace_api_query_seconds',
      help: 'Time that a query to the warehouse took, failed ones included.',
      labelNames: ['query'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers,
    }),
    notModified: new Counter({
      name: 'millrace_api_not_modified_total',
      help: 'Reports answered with 304.',
      labelNames: ['route'],
      registers,
    }),
    cacheHits: new Counter({
      name: 'millrace_api_cache_hits_total',
      help: 'Reports answered from those computed before at the same watermark.',
      labelNames: ['route'],
      registers,
    }),
    heldAnswers: new Counter({
      name: 'millrace_api_held_answers_total',
      help: 'Questions about models answered from what is held of them in memory.',
      labelNames: ['model'],
      registers,
    }),
    errors: new Counter({
      name: 'millrace_api_errors_total',
      help: 'Problem documents sent, by code.',
      labelNames: ['code'],
      registers,
    }),
    auditLost: new Counter({
      name: 'millrace_api_audit_lost_total',
      help: 'Requests that could not be written to the audit log: too many waited for it, or it did not answer at the end.',
      labelNames: ['reason'],
      registers,
    }),
    exports: new Counter({
      name: 'millrace_api_exports_total',
      help: 'Exports that ended: done, failed or cancelled.',
      labelNames: ['outcome'],
      registers,
    }),
    exportBytes: new Counter({
      name: 'millrace_api_export_bytes_total',
      help: 'Bytes of the files of exports that were done.',
      registers,
    }),
    exportSeconds: new Histogram({
      name: 'millrace_api_export_seconds',
      help: 'Time that exports took to be written, those that were done.',
      buckets: [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300],
      registers,
    }),
    exportsUnderWay: new Gauge({
      name: 'millrace_api_exports_under_way',
      help: 'Exports that wait (queued) or are being written (running).',
      labelNames: ['status'],
      registers,
    }),
    exportKeptBytes: new Gauge({
      name: 'millrace_api_export_kept_bytes',
      help: 'Bytes of the files of exports on disk, half-written ones included.',
      registers,
    }),
    lagSeconds: new Gauge({
      name: 'millrace_api_published_lag_seconds',
      help: 'Age of the published watermark; absent before the first.',
      registers,
    }),
    sourceLagSeconds: new Gauge({
      name: 'millrace_api_source_lag_seconds',
      help: 'Lag of a source: capture (its replicas), publish (reports behind replicas), total.',
      labelNames: ['source', 'hop'],
      registers,
    }),
    rejectedRows: new Gauge({
      name: 'millrace_api_rejected_rows',
      help: 'Rows in millrace.rejected.',
      labelNames: ['source'],
      registers,
    }),
    tables: new Gauge({
      name: 'millrace_api_tables',
      help: 'Tables of a source by what they do.',
      labelNames: ['source', 'state'],
      registers,
    }),
    differingRows: new Gauge({
      name: 'millrace_api_differing_rows',
      help: 'Rows that the last verification of each table found to differ, and did not put right; models have no source.',
      labelNames: ['source'],
      registers,
    }),
    tests: new Gauge({
      name: 'millrace_api_tests',
      help: 'Tests of the models, and rules of freshness, by their last result of the last week.',
      labelNames: ['kind', 'status'],
      registers,
    }),
    taskFailures: new Gauge({
      name: 'millrace_api_task_failures',
      help: 'Intervals of a scheduled task that have failed since it was done last.',
      labelNames: ['task'],
      registers,
    }),
    lateTasks: new Gauge({
      name: 'millrace_api_task_late',
      help: 'Whether a scheduled task is due for more than a minute, and nobody does it.',
      labelNames: ['task'],
      registers,
    }),
    warehouseUp: new Gauge({
      name: 'millrace_api_warehouse_up',
      help: 'Whether the warehouse answered when the lag was asked for.',
      registers,
    }),
  };
}
