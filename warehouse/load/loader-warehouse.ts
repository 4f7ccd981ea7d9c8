import type { LoaderWarehouse, StoredProgress } from '../../changelog/kafka/load/loader-warehouse.ts';
import { ensureBookkeeping } from './bookkeeping.ts';
import type { WarehouseDestinationOptions } from './destination.ts';
import { createChangesInsert } from './journal/journal-writer.ts';
import { createLoaderPositions } from './positions/loader-positions.ts';
import { readLoaderProgress, writeLoaderProgress } from './positions/loader-progress.ts';
import { writePositionWait } from './positions/position-wait.ts';
import { createPositionWriter, insertPositions } from './positions/position-writer.ts';
import { createSharedInsert } from './positions/shared-insert.ts';
import { createSourcePositions } from './positions/source-positions.ts';
import { retryWhileUnreachable } from './retry.ts';
import { createSourceDestination } from './source-destination.ts';

/** A ClickHouse warehouse as several loaders share it. A warehouse that is away is waited for until the signal aborts. */
export function createLoaderWarehouse(options: WarehouseDestinationOptions & { signal: AbortSignal }): LoaderWarehouse {
  const { client } = options;
  const retry = <T>(action: () => Promise<T>): Promise<T> => retryWhileUnreachable(action, options);
  const writePosition = createPositionWriter(insertPositions(client));
  const insertChanges = createChangesInsert(client);
  const writeProgress = createSharedInsert((rows: readonly (readonly StoredProgress[])[]) =>
    writeLoaderProgress(client, rows.flat()),
  );
  let bookkeeping: Promise<void> | undefined;
  function prepare(): Promise<void> {
    bookkeeping ??= retry(() => ensureBookkeeping(client));
    return bookkeeping;
  }
  return {
    async openTables(source) {
      await prepare();
      const closing = new AbortController();
      const positions = createLoaderPositions();
      const { signal } = closing;
      const destination = await retry(() =>
        createSourceDestination({ ...options, source, positions, insertChanges, signal }),
      );
      return {
        destination,
        forget: destination.forget,
        takeShapeChanges: positions.takeShapeChanges,
        close: () => closing.abort(),
      };
    },
    async readProgress(source) {
      await prepare();
      return retry(() => readLoaderProgress(client, source));
    },
    writeProgress: (rows) => retry(() => writeProgress(rows)),
    async openPositions(source, generation) {
      await prepare();
      const positions = await retry(() => createSourcePositions({ ...options, source, writePosition, generation }));
      return {
        saveState: (state) => retry(() => positions.saveCaptureState(state)),
        save: (position, totals) => retry(() => positions.saveTotals(position, totals)),
        saveWait: (wait) => retry(() => writePositionWait(client, source, wait)),
      };
    },
  };
}
