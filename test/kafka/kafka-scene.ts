import type pg from 'pg';
import type { ChangeLog } from '../../changelog/change-log.ts';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import type { KafkaGroup } from '../../changelog/kafka/client/kafka-group.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import type { KafkaConnection } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { createKafkajsGroup } from '../../changelog/kafka/client/kafkajs-group.ts';
import { createKafkaChangeLog, type KafkaChangeLogOptions } from '../../changelog/kafka/kafka-change-log.ts';
import { type Capture, createCapture } from '../../ingest/capture.ts';
import { FAST, until } from '../../ingest/testing/scene.ts';
import type { SourceConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';

export const testLogger = createLogger({ name: 'kafka-test', level: process.env.KAFKA_TEST_LOG ?? 'silent' });

export function testClient(
  address: string,
  connection: KafkaConnection = { brokers: [address], clientId: 'millrace-test' },
): KafkaClient {
  return createKafkajsClient({ connection, logger: testLogger });
}

export function testGroup(
  address: string,
  groupId: string,
  connection: KafkaConnection = { brokers: [address], clientId: 'millrace-test' },
): KafkaGroup {
  return createKafkajsGroup({ connection, groupId, logger: testLogger });
}

export interface CaptureIntoKafka {
  readonly capture: Capture;
  readonly log: ChangeLog;
  /** Resolves when everything that is committed now is durable in Kafka, and the snapshot is complete. */
  caughtUp(client: pg.Client, limitMs?: number): Promise<void>;
  /** Drains; rejects with what ended the capture before. */
  stop(): Promise<void>;
}

/** Captures a source into Kafka, in this process. */
export function captureIntoKafka(options: {
  address: string;
  /** Instead of the address. */
  connection?: KafkaConnection;
  source: SourceConfig;
  log?: Omit<KafkaChangeLogOptions, 'client' | 'logger'>;
  resync?: boolean;
}): CaptureIntoKafka {
  const { address, source, resync = false } = options;
  const log = createKafkaChangeLog({
    client: testClient(address, options.connection),
    logger: testLogger,
    ...options.log,
  });
  const capture = createCapture({ source, log, logger: testLogger, timing: FAST, resync });
  const controller = new AbortController();
  let failure: unknown = null;
  const ended = capture.run(controller.signal).catch((error: unknown) => {
    failure = error;
  });
  return {
    capture,
    log,
    async caughtUp(client, limitMs) {
      const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
      await client.query("select pg_logical_emit_message(false, 'test', '')");
      await until(
        'capture into Kafka to catch up',
        () => {
          if (failure !== null) throw failure;
          const { state, durableLsn } = capture.progress();
          return state === 'streaming' && durableLsn >= BigInt(rows[0]?.lsn ?? 0);
        },
        limitMs,
      );
    },
    async stop() {
      controller.abort();
      await ended;
      await log.close();
      if (failure !== null) throw failure;
    },
  };
}
