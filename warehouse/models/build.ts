import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import { fillSources } from './fill-sources.ts';
import { cascade, type ModelFailure } from './maintain/cascade.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import { createTouchedKeys } from './maintain/touched-keys.ts';
import type { BuildProgress, RowStore } from './rows/row-store.ts';
import { createTables } from './store/create-tables.ts';
import { BEGUN, buildPage } from './versions/build-page.ts';
import { isAdditive, isByKey, type PlacedByKey, type PlacedTable } from './versions/placed-table.ts';

const KEYS_PER_TRANSACTION = 50_000;

/** Rows of a first build hold from here: visible at every watermark, also at those published before the build. */
export const BUILD_BATCH = '0';

/**
 * Fills an empty row store and new tables with the state of the sources at one position, while loading goes on. Models are
 * computed by the same steps that maintain them: every key counts as touched.
 * Answers the position; rejects when the signal aborts.
 */
export async function buildGeneration(options: {
  engine: Engine;
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
  store: RowStore;
  stopped: Set<string>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<{ positions: LoadedPosition[]; failures: ModelFailure[] }> {
  const { engine, placed, tables, store, stopped, logger, signal } = options;
  const startedAt = performance.now();
  await createTables({ client: engine.client, placed, tables });
  failpoint('models.tables-created');
  const { rows, positions } = await fillSources({ engine, tables: [...tables.sources.values()], store, signal });
  failpoint('models.sources-read');
  logger.info({ rows, ms: Math.round(performance.now() - startedAt) }, 'source rows read');
  const failures: ModelFailure[] = [];
  for (const table of placed.filter(isByKey)) {
    failures.push(...(await buildTable(options, table)));
    failpoint('models.table-built');
  }
  for (const cube of placed.filter(isAdditive)) if (stopped.has(cube.input)) stopped.add(cube.id);
  logger.info({ models: placed.length, ms: Math.round(performance.now() - startedAt) }, 'models built');
  return { positions, failures };
}

/** Goes through every key of every input. */
async function buildTable(options: Parameters<typeof buildGeneration>[0], table: PlacedByKey): Promise<ModelFailure[]> {
  const { engine, placed, tables, store, stopped, signal } = options;
  // Only this table and its cubes: the models above it have their own turn.
  const alone = placed.filter((each) => each.id === table.id || (isAdditive(each) && each.input === table.id));
  const failures: ModelFailure[] = [];
  for (let progress: BuildProgress | null = BEGUN; progress !== null; ) {
    signal.throwIfAborted();
    if (stopped.has(table.id)) return failures;
    const { keys, now } = buildPage({ table, tables, progress, limit: KEYS_PER_TRANSACTION });
    await store.transaction(async () => {
      const touched = createTouchedKeys([table], tables);
      for (const key of keys) touched.of(table).add(key);
      failures.push(
        ...(await cascade({ engine, placed: alone, tables, touched, batch: BUILD_BATCH, write: true, stopped })),
      );
      return null;
    });
    progress = now;
  }
  return failures;
}
