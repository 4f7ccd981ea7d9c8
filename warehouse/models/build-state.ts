import { type KeptModels, stateOf } from './kept-models.ts';
import { columnOf, rowsOf } from './maintain/gather.ts';
import { idsOf } from './versions/deployment.ts';
import { isByKey, type PlacedByKey } from './versions/placed-table.ts';

/** How far the tables are that are to take the place of those that readers see. */
export interface BuildState {
  /** The model whose keys are computed now; null when all are. */
  readonly model: string | null;
  readonly tablesDone: number;
  readonly tablesTotal: number;
  readonly keysDone: number;
  /** An estimate: what models that are not built yet will have is taken from the former ones. */
  readonly keysTotal: number;
}

/** Keys of each table that is built, by id. */
export type KeyCounts = ReadonlyMap<string, number>;

/** To be called when tables are opened: it goes through all of their keys. */
export function countKeysToBuild(kept: KeptModels): KeyCounts {
  const { deployment, tables } = kept;
  const isLive = idsOf(deployment.live);
  const former = new Map(deployment.live.map(({ placed }) => [placed.model.name, placed.id]));
  const built = (deployment.next ?? []).map(({ placed }) => placed).filter(({ id }) => !isLive.has(id));
  const modelOf = new Map(built.map(({ id, model }) => [id, model.name]));
  const counts = new Map<string, number>();
  for (const table of built.filter(isByKey)) {
    // The input that has most of them is near enough: it is an estimate.
    counts.set(table.id, Math.max(0, ...table.inputs.map((input) => countOf(input))));
  }
  return counts;

  function countOf({ name, column }: PlacedByKey['inputs'][number]): number {
    const model = modelOf.get(name);
    const known = model === undefined ? name : former.get(model);
    if (known === undefined) return counts.get(name) ?? 0;
    const rows = rowsOf(known, tables);
    return rows.shape.columns.includes(column) ? rows.countKeys(columnOf(rows, column)) : 0;
  }
}

/** Null when nothing is built. */
export function buildState(options: { kept: KeptModels; keyCounts: KeyCounts }): BuildState | null {
  const { kept, keyCounts } = options;
  const { live, next } = kept.deployment;
  if (next === null) return null;
  const isLive = idsOf(live);
  const { builds } = stateOf(kept);
  const built = next.map(({ placed }) => placed).filter(({ id }) => !isLive.has(id));
  let keysDone = 0;
  let keysTotal = 0;
  let tablesDone = 0;
  for (const { id } of built) {
    const progress = builds[id];
    const known = keyCounts.get(id) ?? 0;
    if (progress === undefined) tablesDone++;
    const done = progress === undefined ? known : (progress.keys ?? 0);
    keysDone += done;
    keysTotal += Math.max(done, known);
  }
  const current = built.find(({ id }) => builds[id] !== undefined);
  return { model: current?.model.name ?? null, tablesDone, tablesTotal: built.length, keysDone, keysTotal };
}
