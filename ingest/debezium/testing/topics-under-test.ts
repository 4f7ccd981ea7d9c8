import type { ChangeLog } from '../../../changelog/change-log.ts';
import type { KafkaClient } from '../../../changelog/kafka/client/kafka-client.ts';
import { createKafkajsClient } from '../../../changelog/kafka/client/kafkajs-client.ts';
import type { DebeziumConfig, SourceConfig } from '../../../runtime/config/config.ts';
import { createLogger } from '../../../runtime/logger.ts';
import type { Capture } from '../../capture.ts';
import { sourceConfig, until } from '../../testing/scene.ts';
import { createDebeziumCapture } from '../debezium-capture.ts';
import type { DebeziumTiming } from '../debezium-timing.ts';

export const topicsLogger = createLogger({ name: 'topics-test', level: process.env.TOPICS_TEST_LOG ?? 'silent' });

export const FAST_TOPICS: Partial<DebeziumTiming> = {
  refreshMs: 200,
  saveMs: 50,
  settleMs: 300,
  maxWaitMs: 30,
  patienceMs: 3_000,
  drainMs: 5_000,
  retryFirstMs: 20,
  retryMaxMs: 200,
};

export interface TopicsCapture {
  readonly capture: Capture;
  /** Settles with the error that ended it, or null. */
  readonly ended: Promise<unknown>;
  /** Waits for what the capture says; fails with what it ended with. */
  until(name: string, condition: (capture: Capture) => boolean, limitMs?: number): Promise<void>;
  /** Drains and waits for the end; the log stays open. */
  stop(): Promise<void>;
}

/** Captures topics into a log, in this process. */
export function captureTopics(options: {
  name: string;
  url: string;
  debezium: DebeziumConfig;
  log: ChangeLog;
  source?: Partial<SourceConfig>;
  timing?: Partial<DebeziumTiming>;
}): TopicsCapture {
  const { name, url, debezium, log } = options;
  const controller = new AbortController();
  const capture = createDebeziumCapture({
    source: { ...sourceConfig(name, url, options.source), debezium },
    log,
    logger: topicsLogger,
    timing: { ...FAST_TOPICS, ...options.timing },
  });
  let failure: unknown = null;
  const ended = capture.run(controller.signal).then(
    () => null,
    (error: unknown) => error,
  );
  void ended.then((reason) => {
    failure = reason ?? new Error('capture stopped');
  });
  return {
    capture,
    ended,
    until: (what, condition, limitMs = 30_000) =>
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
    },
  };
}

export function topicsClient(address: string): KafkaClient {
  return createKafkajsClient({ connection: { brokers: [address], clientId: 'millrace-test' }, logger: topicsLogger });
}
