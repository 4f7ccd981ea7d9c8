import type pg from 'pg';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { type Capture, type CaptureOptions, createCapture } from '../capture.ts';
import type { CaptureTiming } from '../postgres/timing.ts';
import { byJson, type RecordingLog, type Row } from './recording-log.ts';

export const FAST: Partial<CaptureTiming> = {
  tickMs: 10,
  statusIntervalMs: 200,
  pollMs: 100,
  heartbeatMs: 200,
  reconnectFirstMs: 20,
  reconnectMaxMs: 200,
  drainMs: 2000,
  saveChunksMs: 0,
};

export function sourceConfig(name: string, url: string, more: Partial<SourceConfig> = {}): SourceConfig {
  return { name, url, schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 2, ...more };
}

export interface RunningCapture {
  readonly capture: Capture;
  /** Settles with the error that ended it, or null. */
  readonly ended: Promise<unknown>;
  /** Drains and waits for the end. */
  stop(): Promise<unknown>;
}

export function startCapture(
  source: SourceConfig,
  log: RecordingLog,
  timing: Partial<CaptureTiming> = {},
  more: Pick<CaptureOptions, 'resync'> = {},
): RunningCapture {
  const logger = createLogger({ name: 'ingest-test', level: process.env.INGEST_TEST_LOG ?? 'silent' });
  const capture = createCapture({ source, log, logger, timing: { ...FAST, ...timing }, ...more });
  const controller = new AbortController();
  const ended = capture.run(controller.signal).then(
    () => null,
    (error: unknown) => error,
  );
  return {
    capture,
    ended,
    stop() {
      controller.abort();
      return ended;
    },
  };
}

/** Waits for a condition; fails with its name after the limit. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until the capture has everything that is committed now, durably, and its snapshot is complete. */
export async function caughtUp(client: pg.Client, running: RunningCapture): Promise<void> {
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
  const lsn = BigInt(rows[0]!.lsn);
  await client.query("select pg_logical_emit_message(false, 'test', '')");
  let error: unknown = null;
  void running.ended.then((reason) => {
    error = reason ?? new Error('capture stopped');
  });
  await until('capture to catch up', () => {
    if (error !== null) throw error;
    const { state, durableLsn } = running.capture.progress();
    return state === 'streaming' && durableLsn >= lsn;
  });
}

/** All rows of a table as the source has them, as text. */
export async function sourceRows(client: pg.Client, table: string): Promise<Row[]> {
  const { rows: columns } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  const list = columns.map(({ name }) => `"${name}"::text as "${name}"`).join(', ');
  await client.query("set timezone = 'UTC'");
  const { rows } = await client.query<Row>(`select ${list} from ${table}`);
  return rows.sort(byJson);
}
