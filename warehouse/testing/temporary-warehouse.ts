import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../clickhouse/connect.ts';
import { type EmbeddedWarehouse, startEmbeddedWarehouse } from '../embedded/embedded-warehouse.ts';

/** A real server in a folder of its own, gone after `stop`. */
export interface TemporaryWarehouse {
  readonly config: WarehouseConfig;
  readonly server: EmbeddedWarehouse;
  readonly client: ClickHouseClient;
  stop(): Promise<void>;
}

export async function startTemporaryWarehouse(): Promise<TemporaryWarehouse> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-warehouse-'));
  const logger = createLogger({ name: 'test', level: 'error' });
  const config: WarehouseConfig = {
    url: `embedded:${join(folder, 'warehouse')}`,
    port: 0,
    nativePort: 0,
    maxMemoryBytes: 2 * 1024 ** 3,
    stateFolder: join(folder, 'state'),
  };
  const server = await startEmbeddedWarehouse({ ...config, folder: join(folder, 'warehouse'), logger });
  const client = await connect({ config, role: 'millrace', logger });
  return {
    config,
    server,
    client,
    async stop() {
      await client.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All rows of a query, as TabSeparated text. */
export async function queryText(
  client: ClickHouseClient,
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<string> {
  const result = await client.query({ query, query_params: parameters, format: 'TabSeparated' });
  return result.text();
}
