import { failpoint } from '../../runtime/failpoint.ts';
import { followHistories } from './history/follow-histories.ts';
import type { KeptHistory, PlacedHistory } from './history/placed-history.ts';
import { applyJournals } from './journal.ts';
import { cascade, type ModelFailure } from './maintain/cascade.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import { createTouchedKeys } from './maintain/touched-keys.ts';
import { putRight, touchAgain } from './recompute/put-right.ts';
import type { Recompute } from './recompute/recompute.ts';
import { recomputePage } from './recompute/recompute-page.ts';
import type { RowStoreState } from './rows/row-store.ts';
import { type Builds, buildPage, hasBegun, tableToBuild } from './versions/build-page.ts';
import type { TableVersion } from './versions/deployment.ts';
import { isByKey, type PlacedTable } from './versions/placed-table.ts';

export interface BatchResult {
  /** Changed source rows. */
  readonly changes: number;
  readonly failures: readonly ModelFailure[];
  /** Of the tables that are still being built. */
  readonly builds: Builds;
  /** What is still to be computed anew. */
  readonly recomputes: readonly Recompute[];
  /** What was, for whom. */
  readonly recomputed: { readonly request: string; readonly keys: number } | null;
  readonly followed: Readonly<Record<string, string>>;
}

/**
 * Takes over every change between two positions: source rows first, then the models that they touch. While tables are
 * being built, some of their keys count as touched in each batch: what is published goes on meanwhile. Belongs inside the
 * row store's transaction. With `write: false` only the row store moves: the store has the batch already.
 */
export async function runBatch(options: {
  engine: Engine;
  /** Each after what it reads. */
  placed: readonly PlacedTable[];
  tables: MaintainedTables;
  batch: string;
  state: RowStoreState;
  /** Versions per source that are contained afterwards. */
  to: Readonly<Record<string, string>>;
  write: boolean;
  stopped: Set<string>;
  /** Keys of a table that is being built that ride on the batch; the same when it is done again. */
  buildKeys: number;
  /** What readers see, and the snapshots of it. */
  live: readonly TableVersion[];
  histories: readonly PlacedHistory[];
  /** Those of them whose tables are open: all that are not stopped, where anything is written. */
  keptHistories: readonly KeptHistory[];
  /** When versions begin and end in this batch. */
  moment: string;
  abortedBatches: readonly string[];
}): Promise<BatchResult> {
  const { engine, placed, tables, batch, state, to, write, stopped } = options;
  const moved = [...tables.sources.values()]
    .map((table) => ({ table, range: { from: floorOfTable(state, table), to: to[table.source] ?? '0' } }))
    .filter(({ range }) => BigInt(range.from) < BigInt(range.to));
  const building = tableToBuild(
    placed.filter(({ id }) => !stopped.has(id)),
    state.builds,
  );
  const page =
    building === null
      ? null
      : {
          id: building.id,
          ...buildPage({
            table: building,
            tables,
            progress: state.builds[building.id] as Builds[string],
            limit: options.buildKeys,
          }),
        };
  const [recompute, ...others] = (state.recomputes ?? []).filter(({ id }) => isKept(options, id));
  const again =
    page !== null || recompute === undefined
      ? { keys: [], now: recompute ?? null }
      : recomputePage({ recompute, tables, limit: options.buildKeys });
  const recomputes = again.now === null ? others : [again.now, ...others];
  const active = placed.filter(({ id }) => hasBegun(id, state.builds) || id === page?.id);
  const touched = createTouchedKeys(active.filter(isByKey), tables);
  const changes = await applyJournals({
    client: engine.client,
    tables: moved,
    onChange: (table, before, after) => {
      if (before !== undefined) touched.touch(table.name, before);
      if (after !== undefined) touched.touch(table.name, after);
    },
  });
  failpoint('models.changes-read');
  if (building !== null) for (const key of page?.keys ?? []) touched.of(building).add(key);
  const isRecomputing = page === null && recompute !== undefined;
  if (isRecomputing) touchAgain({ id: recompute.id, keys: again.keys, placed: active, tables, touched });
  const histories = followHistories(options);
  if (changes === 0 && page === null && !isRecomputing && histories.joining.length === 0) {
    const followed = histories.followed();
    return { changes, failures: [], builds: state.builds, recomputes, recomputed: null, followed };
  }
  const standing = { each: histories.following, moment: options.moment, abortedBatches: options.abortedBatches };
  const common = { engine, placed: active, tables, touched, batch, write, stopped };
  const failures = await cascade({ ...common, histories: standing });
  if (isRecomputing && write) await putRight({ ...options, placed: active, recompute, touched });
  failures.push(...(await histories.join()));
  const builds = { ...state.builds };
  if (page !== null) {
    if (page.now === null) delete builds[page.id];
    else builds[page.id] = page.now;
  }
  for (const { id } of failures) delete builds[id];
  const recomputed = isRecomputing ? { request: recompute.request, keys: again.keys.length } : null;
  return { changes, failures, builds, recomputes, recomputed, followed: histories.followed() };
}

/** Its table is gone, or stopped: there is nothing that could be computed. */
function isKept({ placed, stopped }: Parameters<typeof runBatch>[0], id: string): boolean {
  return !stopped.has(id) && placed.some((table) => table.id === id);
}

/** Versions below it are contained in the rows of a source table. */
export function floorOfTable(
  { floors, tableFloors }: Pick<RowStoreState, 'floors' | 'tableFloors'>,
  { name, source }: { name: string; source: string },
): string {
  const floor = floors[source] ?? '0';
  const own = tableFloors[name] ?? '0';
  return BigInt(own) > BigInt(floor) ? own : floor;
}
