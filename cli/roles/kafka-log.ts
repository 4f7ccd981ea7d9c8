import { hostname } from 'node:os';
import type { ClickHouseClient } from '@clickhouse/client';
import type { ChangeLog, OnTableFailure } from '../../changelog/change-log.ts';
import { loaderGroup } from '../../changelog/kafka/acls.ts';
import { createKafkajsClient } from '../../changelog/kafka/client/kafkajs-client.ts';
import { connectionOf } from '../../changelog/kafka/client/kafkajs-connection.ts';
import { createKafkajsGroup } from '../../changelog/kafka/client/kafkajs-group.ts';
import { DEFAULT_ENVELOPE } from '../../changelog/kafka/envelope/envelope-options.ts';
import { createKafkaChangeLog } from '../../changelog/kafka/kafka-change-log.ts';
import { runKafkaLoader } from '../../changelog/kafka/kafka-loader.ts';
import { DEFAULT_TOPICS, type TopicSettings } from '../../changelog/kafka/topics.ts';
import { NEVER } from '../../runtime/abortable.ts';
import type { KafkaConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { refuseLoadedSource } from '../../warehouse/load/change-log-guard.ts';
import { createLoaderWarehouse } from '../../warehouse/load/loader-warehouse.ts';
import { retryWhileUnreachable } from '../../warehouse/load/retry.ts';
import { requestOfTable } from '../../warehouse/tables/table-requests.ts';
import type { LogOptions, OpenedLog } from './open-log.ts';

/** Publishes what is captured, and loads what was published: in one process, each over connections of its own. */
export function openKafkaLog(options: LogOptions & { kafka: KafkaConfig }): OpenedLog {
  const { config, kafka, metrics, tracing, logger } = options;
  const topics = topicsOf(kafka);
  const databases = Object.fromEntries(config.sources.map(({ name, url }) => [name, databaseOf(url)]));
  const topicsLog = createKafkaChangeLog({
    client: createKafkajsClient({ connection: connectionOf(kafka, 'millrace-ingest'), logger }),
    logger,
    databases,
    topics,
    ...(metrics === undefined ? {} : { metrics }),
    ...(tracing == null ? {} : { tracing }),
    format: { ...DEFAULT_ENVELOPE, ...kafka.envelope },
    ...(kafka.compression === undefined ? {} : { compression: kafka.compression }),
    ...(kafka.transactions === undefined ? {} : { transactions: kafka.transactions }),
  });
  const loading = loadFromKafka({ ...options, kafka });
  loading.catch(() => {}); // told to whoever waits for it
  return { log: guarded(topicsLog, options), loading };
}

/** Topics that know nothing of a source are not those that the warehouse has it from. */
function guarded(log: ChangeLog, { client, logger }: LogOptions): ChangeLog {
  return {
    async openSource(source, signal = NEVER) {
      const opened = await log.openSource(source, signal);
      if (opened.state === null) {
        const refuse = (): Promise<void> => refuseLoadedSource(client, source);
        await retryWhileUnreachable(refuse, { logger: logger.child({ source }), signal });
      }
      return opened;
    },
    close: () => log.close(),
  };
}

/**
 * Loads until the signal aborts, as one of any number of loaders of the same group, in this process or elsewhere. Rejects
 * with what loading fails with for good.
 */
export async function loadFromKafka(options: LogOptions & { kafka: KafkaConfig }): Promise<void> {
  const { config, kafka, client, rounds, metrics, tracing, logger, signal } = options;
  const name = `${hostname()}-${process.pid}`;
  const connection = connectionOf(kafka, 'millrace-loader');
  const group = createKafkajsGroup({ connection, groupId: loaderGroup(topicsOf(kafka)), logger });
  const loader = createKafkajsClient({ connection, logger });
  const warehouse = createLoaderWarehouse(options);
  try {
    await runKafkaLoader({
      client: loader,
      group,
      warehouse,
      sources: config.sources.map((source) => source.name),
      topics: topicsOf(kafka),
      name,
      onTableFailure: sayToCapture(client, logger),
      rounds,
      ...(metrics === undefined ? {} : { metrics }),
      ...(tracing == null ? {} : { tracing }),
      logger,
      signal,
    });
  } finally {
    await Promise.allSettled([loader.close(), group.close()]);
  }
}

/** Capture may run elsewhere: it is asked through the warehouse, as operators ask it. */
function sayToCapture(client: ClickHouseClient, logger: Logger): OnTableFailure {
  return async ({ source, schema, table }, failure) => {
    const { code, message: detail } = failure;
    const action = failure.isMendedByResync ? 'resync' : 'quarantine';
    logger.warn({ source, table: `${schema}.${table}`, code, detail, action }, 'a table cannot be loaded');
    await requestOfTable(client, { source, table: `${schema}.${table}`, action, code, detail });
  };
}

export function topicsOf({ prefix, partitions, replication, settings }: KafkaConfig): TopicSettings {
  return {
    prefix: prefix ?? DEFAULT_TOPICS.prefix,
    partitions: partitions ?? DEFAULT_TOPICS.partitions,
    replication: replication ?? DEFAULT_TOPICS.replication,
    settings: settings ?? DEFAULT_TOPICS.settings,
  };
}

function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
