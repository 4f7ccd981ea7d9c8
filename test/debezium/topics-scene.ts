import type { ClickHouseClient } from '@clickhouse/client';
import type { ChangeLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import type { Capture } from '../../ingest/capture.ts';
import { createDebeziumCapture } from '../../ingest/debezium/debezium-capture.ts';
import type { DebeziumTiming } from '../../ingest/debezium/debezium-timing.ts';
import { sourceConfig, until } from '../../ingest/testing/scene.ts';
import type { DebeziumConfig, SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';

export const topicsLogger = createLogger({ name: 'topics-test', level: process.env.TOPICS_TEST_LOG ?? 'silent' });

export const FAST_TOPICS: Partial<DebeziumTiming> = {
  refreshMs: 200,
  saveMs: 100,
  settleMs: 500,
  maxWaitMs: 50,
  patienceMs: 10_000,
  drainMs: 5_000,
};

export interface TopicsCapture {
  readonly capture: Capture;
  /** Settles with the error that ended it, or null. */
  readonly ended: Promise<unknown>;
  /** Waits for what the capture says; fails with what it ended with. */
  until(name: string, condition: (capture: Capture) => boolean, limitMs?: number): Promise<void>;
  /** Drains and waits for the end. */
  stop(): Promise<void>;
  /** As a crash: nothing is drained. */
  drop(): Promise<void>;
}

/** Captures topics into a warehouse, in this process. */
export function captureTopics(options: {
  name: string;
  url: string;
  debezium: DebeziumConfig;
  warehouse: ClickHouseClient;
  source?: Partial<SourceConfig>;
  timing?: Partial<DebeziumTiming>;
  log?: ChangeLog;
}): TopicsCapture {
  const { name, url, debezium, warehouse } = options;
  const log =
    options.log ??
    createDirectChangeLog({
      destination: createWarehouseDestination({ client: warehouse, logger: topicsLogger, journal: true }),
    });
  const start = (): { capture: Capture; ended: Promise<unknown>; controller: AbortController } => {
    const controller = new AbortController();
    const capture = createDebeziumCapture({
      source: { ...sourceConfig(name, url, options.source), debezium },
      log,
      logger: topicsLogger,
      timing: { ...FAST_TOPICS, ...options.timing },
    });
    const ended = capture.run(controller.signal).then(
      () => null,
      (error: unknown) => error,
    );
    return { capture, ended, controller };
  };
  const { capture, ended, controller } = start();
  let failure: unknown = null;
  void ended.then((reason) => {
    failure = reason ?? new Error('capture stopped');
  });
  return {
    capture,
    ended,
    until: (what, condition, limitMs = 60_000) =>
      until(
        what,
        () => {
          if (condition(capture)) return true;
          if (failure !== null) throw failure;
          return false;
        },
        limitMs,
      ),
    async stop() {
      controller.abort();
      await ended;
      await log.close();
    },
    async drop() {
      controller.abort();
      await Promise.all([ended, log.close()]);
    },
  };
}
