import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import type { OnTableFailure } from '../../changelog/change-log.ts';
import type { KafkaClient } from '../../changelog/kafka/client/kafka-client.ts';
import type { KafkaGroup } from '../../changelog/kafka/client/kafka-group.ts';
import type { KafkaConnection } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { runKafkaLoader } from '../../changelog/kafka/kafka-loader.ts';
import type { TopicSettings } from '../../changelog/kafka/topics.ts';
import { formatLsn } from '../../changelog/lsn.ts';
import { until } from '../../ingest/testing/scene.ts';
import { createLoaderWarehouse } from '../../warehouse/load/loader-warehouse.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import { testClient, testGroup, testLogger } from './kafka-scene.ts';

export interface LoaderUnderTest {
  /** Resolves with what the loader ended with; null when it was stopped. */
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** One loader, in this process. */
export function startLoader(options: {
  address: string;
  /** Instead of the address. */
  connection?: KafkaConnection;
  groupId?: string;
  warehouse: ClickHouseClient;
  source: string;
  topics: TopicSettings;
  name?: string;
  /** Default: one of real brokers. Closed with the loader. */
  client?: KafkaClient;
  /** Default: one of real brokers. */
  group?: KafkaGroup;
  onTableFailure: OnTableFailure;
}): LoaderUnderTest {
  const { address, source, topics, name = 'test', onTableFailure } = options;
  const controller = new AbortController();
  const client = options.client ?? testClient(address, options.connection);
  const group =
    options.group ?? testGroup(address, options.groupId ?? `${topics.prefix}${source}-loader`, options.connection);
  const { signal } = controller;
  const ended = runKafkaLoader({
    client,
    group,
    warehouse: createLoaderWarehouse({ client: options.warehouse, logger: testLogger, journal: true, signal }),
    sources: [source],
    name,
    topics,
    onTableFailure,
    logger: testLogger,
    signal,
  })
    .then(
      () => null,
      (error: unknown) => {
        testLogger.error({ err: error }, 'loader ended');
        return error;
      },
    )
    .finally(async () => {
      await client.close();
      await group.close();
    });
  return {
    ended,
    stop() {
      controller.abort();
      return ended;
    },
  };
}

/** Resolves when the source's position in the warehouse is past all that is committed now. */
export async function loadedUpTo(warehouse: ClickHouseClient, source: string, connection: pg.Client): Promise<void> {
  const { rows } = await connection.query<{ lsn: string }>("select pg_current_wal_insert_lsn() - '0/0' as lsn");
  await connection.query("select pg_logical_emit_message(false, 'test', '')");
  const wanted = BigInt(rows[0]?.lsn ?? 0);
  const query = `select count() from millrace.positions final where source = '${source}' and consistent
    and (floor - bitShiftLeft(toUInt128(1), 96)) >= bitShiftLeft(toUInt128(${wanted}), 32)`;
  await until(
    `${source} to be loaded up to ${formatLsn(wanted)}`,
    async () => (await queryText(warehouse, query).catch(() => '0')).trim() === '1',
    60_000,
  );
}
