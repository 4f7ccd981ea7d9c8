import type { ClickHouseClient } from '@clickhouse/client';
import type { Destination } from '../../changelog/destination.ts';
import { NEVER, unlessAborted } from '../../runtime/abortable.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ensureBookkeeping } from './bookkeeping.ts';
import { refuseLogsOfKafka } from './change-log-guard.ts';
import { createChangesInsert } from './journal/journal-writer.ts';
import type { LoadedPosition } from './positions/loaded-position.ts';
import { createPositionWriter, insertPositions } from './positions/position-writer.ts';
import { createSourcePositions } from './positions/source-positions.ts';
import type { Journal } from './replicas/replica-registry.ts';
import { retryWhileUnreachable } from './retry.ts';
import { createSourceDestination } from './source-destination.ts';

export interface WarehouseDestinationOptions {
  readonly client: ClickHouseClient;
  readonly logger: Logger;
  readonly journal: Journal;
  /** Called with each position of a source that its replicas have reached, when it is on disk. */
  readonly onLoaded?: (position: LoadedPosition) => void;
}

/** Loads batches into the replicas of a ClickHouse warehouse. Delivery: a batch is acknowledged when it is on disk. */
export function createWarehouseDestination(options: WarehouseDestinationOptions): Destination {
  const closing = new AbortController();
  const writePosition = createPositionWriter(insertPositions(options.client));
  const insertChanges = createChangesInsert(options.client);
  let bookkeeping: Promise<void> | undefined;
  /** Once for all sources. */
  function prepare(): Promise<void> {
    bookkeeping ??= ensureBookkeeping(options.client).catch((error) => {
      bookkeeping = undefined; // Whoever asks again begins again.
      throw error;
    });
    return bookkeeping;
  }
  return {
    openSource(source, signal = NEVER) {
      const opening = AbortSignal.any([closing.signal, signal]);
      const opened = retryWhileUnreachable(
        async () => {
          await prepare();
          await refuseLogsOfKafka(options.client, source);
          const positions = await createSourcePositions({
            ...options,
            source,
            writePosition,
          });
          return createSourceDestination({ ...options, source, positions, insertChanges, signal: closing.signal });
        },
        { logger: options.logger.child({ source }), signal: opening },
      );
      return unlessAborted(opened, opening);
    },
    async close() {
      closing.abort();
    },
  };
}
