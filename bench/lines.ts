import type { ClickHouseClient } from '@clickhouse/client';
import { createDirectChangeLog } from '../changelog/direct/direct-change-log.ts';
import { createKafkajsClient } from '../changelog/kafka/client/kafkajs-client.ts';
import { createKafkajsGroup } from '../changelog/kafka/client/kafkajs-group.ts';
import { createKafkaChangeLog } from '../changelog/kafka/kafka-change-log.ts';
import { runKafkaLoader } from '../changelog/kafka/kafka-loader.ts';
import { parseLsn } from '../changelog/lsn.ts';
import { createCapture } from '../ingest/capture.ts';
import type { SourceConfig } from '../runtime/config/config.ts';
import type { Logger } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { createWarehouseDestination } from '../warehouse/load/destination.ts';
import { createLoaderWarehouse } from '../warehouse/load/loader-warehouse.ts';

/** Which part of the line a process is: capture and loader in one, capture into Kafka, or a loader out of Kafka. */
export type Part = { readonly log: 'direct' } | { readonly log: 'publish' | 'load'; readonly broker: string };

/** A part of the line for one source, as the product runs it. */
export interface Line {
  /** Once. Rejects with what it ends with. */
  run(signal: AbortSignal): Promise<void>;
  /** Everything before it is durable where this part puts it. */
  reachedLsn(): bigint;
  /** Rows captured since the start; 0 where none are. */
  rows(): number;
  /** After `run` has ended. */
  close(): Promise<void>;
}

export interface LineOptions {
  readonly part: Part;
  readonly source: SourceConfig;
  readonly client: ClickHouseClient;
  readonly journal: boolean;
  readonly logger: Logger;
}

export function openLine(options: LineOptions): Line {
  const { part } = options;
  return part.log === 'load' ? loaderLine(options, part.broker) : captureLine(options);
}

function captureLine({ part, source, client, journal, logger }: LineOptions): Line {
  const log =
    part.log === 'direct'
      ? createDirectChangeLog({ destination: createWarehouseDestination({ client, logger, journal }) })
      : createKafkaChangeLog({ client: kafkaClient((part as { broker: string }).broker, logger), logger });
  const capture = createCapture({ source, log, logger, metrics: createMetrics('ingest') });
  return {
    run: (signal) => capture.run(signal),
    reachedLsn() {
      const { state, durableLsn } = capture.progress();
      return state === 'streaming' ? durableLsn : 0n;
    },
    rows() {
      const { rows } = capture.progress();
      return rows.snapshot + rows.inserts + rows.updates + rows.deletes;
    },
    close: () => log.close(),
  };
}

function loaderLine({ source, client, journal, logger }: LineOptions, broker: string): Line {
  const kafka = kafkaClient(broker, logger);
  const group = createKafkajsGroup({ connection: connectionOf(broker), groupId: `bench-${source.name}`, logger });
  let reached = 0n;
  return {
    run: (signal) =>
      runKafkaLoader({
        client: kafka,
        group,
        warehouse: createLoaderWarehouse({
          client,
          logger,
          journal,
          signal,
          onLoaded(position) {
            reached = parseLsn(position.lsn);
          },
        }),
        sources: [source.name],
        name: 'bench',
        onTableFailure: (_relation, failure) => Promise.reject(failure),
        logger,
        signal,
      }),
    reachedLsn: () => reached,
    rows: () => 0,
    async close() {
      await Promise.all([kafka.close(), group.close()]);
    },
  };
}

function kafkaClient(broker: string, logger: Logger) {
  return createKafkajsClient({ connection: connectionOf(broker), logger });
}

function connectionOf(broker: string) {
  return { brokers: [broker], clientId: 'bench' };
}
