import type { ClickHouseClient } from '@clickhouse/client';
import type { ChangeLog } from '../../changelog/change-log.ts';
import { createDirectChangeLog } from '../../changelog/direct/direct-change-log.ts';
import { topicsLogger } from '../../ingest/debezium/testing/topics-under-test.ts';
import { createWarehouseDestination } from '../../warehouse/load/destination.ts';

/** The log that leads straight into a warehouse. */
export function directLog(warehouse: ClickHouseClient): ChangeLog {
  return createDirectChangeLog({
    destination: createWarehouseDestination({ client: warehouse, logger: topicsLogger, journal: true }),
  });
}
