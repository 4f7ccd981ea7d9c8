import type { KafkaConfig } from '../../runtime/config/config.ts';
import { createMetrics, startMetricsServer } from '../../runtime/metrics.ts';
import { startTracing } from '../../runtime/tracing/tracing.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { tablesReadByModels } from '../../warehouse/models/tables-read.ts';
import { loadFromKafka } from './kafka-log.ts';
import { LOCAL_METRICS, type RoleOptions } from './role.ts';

/** One more loader beside that of ingest: they share the tables out among themselves. */
export async function loadRole(options: RoleOptions & { kafka: KafkaConfig }): Promise<void> {
  const { config, kafka, logger, signal, supervisor } = options;
  const maxConnections = 4 + 2 * config.sources.length;
  const client = await connect({ config: config.warehouse, role: 'millrace', logger, maxConnections });
  const metrics = createMetrics('load');
  const metricsServer = await startMetricsServer({ registry: metrics, ...(options.metricsAddress ?? LOCAL_METRICS) });
  const tracing = await startTracing('load', logger);
  try {
    supervisor.ready({ metrics: metricsServer.url });
    const journal = await tablesReadByModels(config, logger);
    await loadFromKafka({
      config,
      kafka,
      client,
      logger,
      journal,
      onLoaded: () => {},
      rounds: null,
      metrics,
      tracing,
      signal,
    });
  } finally {
    await tracing?.stop();
    await metricsServer.close();
    await client.close();
  }
}
