import { sourceConfig } from '../../ingest/testing/scene.ts';
import type { Config, KafkaConfig, SourceConfig, WarehouseConfig } from '../../runtime/config/config.ts';

/** The configuration of a system with one source and without models. */
export function configOf(parts: {
  source: string;
  url: string;
  warehouse: WarehouseConfig;
  kafka?: KafkaConfig;
  more?: Partial<SourceConfig>;
}): Config {
  const { source, url, warehouse, kafka, more } = parts;
  return {
    warehouse,
    log: kafka === undefined ? 'direct' : { kafka },
    sources: [sourceConfig(source, url, more)],
    models: false,
    api: { host: '127.0.0.1', port: 0 },
  };
}
