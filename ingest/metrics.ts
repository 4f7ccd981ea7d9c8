import { Counter, Gauge, type Registry } from 'prom-client';
import type { CaptureProgress } from './progress.ts';

export const INGEST_METRICS = {
  walRetainedBytes: 'millrace_ingest_wal_retained_bytes',
  walLimitBytes: 'millrace_ingest_wal_limit_bytes',
  walSecondsLeft: 'millrace_ingest_wal_seconds_left',
  walBytesPerSecond: 'millrace_ingest_wal_bytes_per_second',
  rows: 'millrace_ingest_rows_total',
  snapshotRows: 'millrace_ingest_snapshot_rows_total',
  snapshotBytes: 'millrace_ingest_snapshot_bytes_total',
  snapshotDone: 'millrace_ingest_snapshot_done_ratio',
  snapshotSecondsLeft: 'millrace_ingest_snapshot_seconds_left',
  snapshotBusy: 'millrace_ingest_snapshot_busy',
  transactions: 'millrace_ingest_transactions_total',
  receivedBehindBytes: 'millrace_ingest_received_behind_bytes',
  durableBehindBytes: 'millrace_ingest_durable_behind_bytes',
  reconnects: 'millrace_ingest_reconnects_total',
  state: 'millrace_ingest_state',
  excludedTables: 'millrace_ingest_excluded_tables',
} as const;

const STATES = ['connecting', 'snapshotting', 'streaming', 'retrying', 'failed', 'stopped'] as const;
const BUSY_REASONS = ['sessions', 'standby', 'stream'] as const;
const watched = new WeakMap<Registry, Map<string, () => CaptureProgress>>();

/** Shows a capture's progress on a registry; numbers are read when they are scraped, nothing is counted per row. */
export function watchCapture(registry: Registry, progress: () => CaptureProgress): void {
  const captures = watched.get(registry) ?? register(registry);
  captures.set(progress().source, progress);
}

function register(registry: Registry): Map<string, () => CaptureProgress> {
  const captures = new Map<string, () => CaptureProgress>();
  watched.set(registry, captures);
  const define = (
    name: string,
    help: string,
    labels: readonly string[],
    values: (progress: CaptureProgress) => readonly { labels?: Record<string, string>; value: number }[],
  ): void => {
    const Metric = name.endsWith('_total') ? Counter : Gauge;
    new Metric({
      name,
      help,
      labelNames: ['source', ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const progress of captures.values()) {
          const now = progress();
          for (const { labels: extra, value } of values(now)) this.inc({ source: now.source, ...extra }, value);
        }
      },
    });
  };
  define(INGEST_METRICS.rows, 'Streamed changes handed to the change log, by kind', ['kind'], ({ rows }) => [
    { labels: { kind: 'insert' }, value: rows.inserts },
    { labels: { kind: 'update' }, value: rows.updates },
    { labels: { kind: 'delete' }, value: rows.deletes },
    { labels: { kind: 'truncate' }, value: rows.truncates },
    { labels: { kind: 'not_captured' }, value: rows.skipped },
  ]);
  define(INGEST_METRICS.walRetainedBytes, 'WAL that the server keeps for the slot', [], ({ wal }) =>
    wal === null ? [] : [{ value: wal.retainedBytes }],
  );
  define(INGEST_METRICS.walLimitBytes, 'Most WAL that it may keep; absent without a limit', [], ({ wal }) =>
    wal === null || wal.limitBytes === null ? [] : [{ value: wal.limitBytes }],
  );
  define(INGEST_METRICS.walBytesPerSecond, 'Rate at which the server writes WAL', [], ({ wal }) =>
    wal === null ? [] : [{ value: wal.bytesPerSecond }],
  );
  define(
    INGEST_METRICS.walSecondsLeft,
    'Time until that limit at the present rate; absent without one',
    [],
    ({ wal }) => (wal === null || wal.secondsLeft === null ? [] : [{ value: wal.secondsLeft }]),
  );
  define(INGEST_METRICS.snapshotRows, 'Snapshot rows made durable', [], ({ rows }) => [{ value: rows.snapshot }]);
  define(INGEST_METRICS.snapshotBytes, 'Bytes of snapshot rows made durable, as COPY text', [], ({ rows }) => [
    { value: rows.snapshotBytes },
  ]);
  define(
    INGEST_METRICS.snapshotDone,
    'Share of a table that is copied, for tables that are being copied',
    ['table'],
    ({ tables }) =>
      tables
        .filter(({ snapshotRowsPerSecond }) => snapshotRowsPerSecond !== null)
        .map(({ name, snapshotDone }) => ({ labels: { table: name }, value: snapshotDone })),
  );
  define(
    INGEST_METRICS.snapshotSecondsLeft,
    'Time that the running snapshot still takes at its present rate; absent when it is not known',
    [],
    ({ snapshot }) => (snapshot === null || snapshot.secondsLeft === null ? [] : [{ value: snapshot.secondsLeft }]),
  );
  define(
    INGEST_METRICS.snapshotBusy,
    'The snapshot steps back because the source is busy: 1 for the reason',
    ['reason'],
    ({ snapshot }) =>
      snapshot === null
        ? []
        : BUSY_REASONS.map((reason) => ({ labels: { reason }, value: snapshot.busy === reason ? 1 : 0 })),
  );
  define(INGEST_METRICS.transactions, 'Transactions handed to the change log', [], (now) => [
    { value: now.transactions },
  ]);
  define(
    INGEST_METRICS.receivedBehindBytes,
    'WAL bytes between the source WAL end and what was received',
    [],
    (now) => [{ value: Number(now.headLsn - now.receivedLsn) }],
  );
  define(INGEST_METRICS.durableBehindBytes, 'WAL bytes between the source WAL end and what is durable', [], (now) => [
    { value: Number(now.durableLsn === 0n ? 0n : now.headLsn - now.durableLsn) },
  ]);
  define(INGEST_METRICS.reconnects, 'Connections that were lost or could not be made', [], (now) => [
    { value: now.reconnects },
  ]);
  define(INGEST_METRICS.state, 'State of capture: 1 for the one it is in', ['state'], (now) =>
    STATES.map((state) => ({ labels: { state }, value: now.state === state ? 1 : 0 })),
  );
  define(INGEST_METRICS.excludedTables, 'Tables of the publication that are not captured, by code', ['code'], (now) => {
    const codes = new Map<string, number>();
    for (const { code, phase } of now.tables)
      if (code !== null && phase !== 'resyncing') codes.set(code, (codes.get(code) ?? 0) + 1);
    return [...codes].map(([code, value]) => ({ labels: { code }, value }));
  });
  return captures;
}
