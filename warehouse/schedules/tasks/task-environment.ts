import type { ClickHouseClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../../runtime/config/config.ts';

/** What tasks work on. */
export interface TaskEnvironment {
  /** As the user `millrace`. */
  readonly client: ClickHouseClient;
  readonly warehouse: WarehouseConfig;
  /** Folder of models. */
  readonly models: string;
}
