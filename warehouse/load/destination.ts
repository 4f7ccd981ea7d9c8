import type { ClickHouseClient } from '@clickhouse/client';
import type { Destination } from '../../changelog/destination.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ensureBookkeeping } from './bookkeeping.ts';
import { createSourceDestination } from './source-destination.ts';

export interface WarehouseDestinationOptions {
  readonly client: ClickHouseClient;
  readonly logger: Logger;
  /** Keep every streamed change for the models as well. */
  readonly journal: boolean;
  /** Called after a batch of a source is durable. */
  readonly onLoaded?: (source: string) => void;
}

/** Loads batches into the replicas of a ClickHouse warehouse. Delivery: a batch is acknowledged when it is on disk. */
export function createWarehouseDestination(options: WarehouseDestinationOptions): Destination {
  const closing = new AbortController();
  let prepared: Promise<void> | null = null;
  return {
    async openSource(source) {
      prepared ??= ensureBookkeeping(options.client);
      await prepared;
      return createSourceDestination({ ...options, source, signal: closing.signal });
    },
    async close() {
      closing.abort();
    },
  };
}
