import { type KeptModels, stateOf } from './kept-models.ts';
import { rowsName } from './maintain/open-tables.ts';
import type { MaintainedTables } from './maintain/tables.ts';
import type { RowStoreState } from './rows/row-store.ts';
import { recordDeployment } from './store/deployments.ts';
import { forgetStates } from './store/model-states.ts';
import { dropUnusedTables, removeOtherRowStores } from './store/unused-tables.ts';
import { type Deployment, historiesOf, idsOf, tablesOf } from './versions/deployment.ts';
import { sourcesOf } from './versions/placed-table.ts';

/** From now on these tables are kept, and those that are not among them are not. They are open already. */
export async function replaceDeployment(kept: KeptModels, by: Deployment, state: RowStoreState): Promise<void> {
  const used = new Set(tablesOf(by).map(({ id }) => id));
  const builds = Object.fromEntries(Object.entries(state.builds).filter(([id]) => used.has(id)));
  const tableFloors = Object.fromEntries(Object.entries(state.tableFloors).filter(([name]) => name in by.sources));
  // A snapshot that had stopped, or is in the folder no more, has missed changes.
  const isKept = ([id]: [string, unknown]) =>
    historiesOf(by).some((history) => history.id === id) && !kept.stopped.has(id);
  const followed = Object.fromEntries(Object.entries(state.followed ?? {}).filter(isKept));
  kept.store.deploy(by, { ...state, builds, tableFloors, followed });
  if (JSON.stringify(by) !== JSON.stringify(kept.deployment)) await recordDeployment(kept.engine.client, by);
  kept.deployment = by;
  kept.tables = tablesIn(kept.tables, by);
}

/** Those that a deployment uses: opening asks the warehouse about each, and what is published would wait for it. */
function tablesIn(tables: MaintainedTables, deployment: Deployment): MaintainedTables {
  const used = new Set(tablesOf(deployment).map(({ id }) => id));
  const only = <T>(all: ReadonlyMap<string, T>, isUsed: (name: string) => boolean) =>
    new Map([...all].filter(([name]) => isUsed(name)));
  return {
    sources: only(tables.sources, (name) => name in deployment.sources),
    models: only(tables.models, (id) => used.has(id)),
    cubes: only(tables.cubes, (id) => used.has(id)),
    statics: only(tables.statics, (id) => used.has(id)),
  };
}

/**
 * Readers see `live`, and nothing is to take its place. What nothing reads any more is not followed from here on: whoever
 * reads it again has to read all of it. Rows go last, so that a crash finds those of every table that is kept.
 */
export async function settleOn(
  kept: KeptModels,
  live: Deployment['live'],
  histories = historiesOf(kept.deployment),
): Promise<void> {
  const former = tablesOf(kept.deployment);
  const read = sourcesOf(live.map(({ placed }) => placed));
  const formerSources = Object.entries(kept.deployment.sources);
  const sources = Object.fromEntries(formerSources.filter(([name]) => read.has(name)));
  await replaceDeployment(
    kept,
    { ...kept.deployment, live, next: null, histories, sources },
    { ...stateOf(kept), tableFloors: {} },
  );
  kept.checking = null;
  const used = idsOf(live);
  for (const [name] of formerSources) if (!read.has(name)) kept.store.drop(name);
  for (const { id } of former) if (!used.has(id)) kept.store.drop(rowsName(id));
}

/** Removes what no deployment uses any more. */
export async function removeUnused({ engine, deployment, folder, generation }: KeptModels): Promise<void> {
  const used = new Set([...tablesOf(deployment), ...historiesOf(deployment)].map(({ id }) => id));
  await dropUnusedTables(engine.client, used);
  await removeOtherRowStores(folder, generation);
  await forgetStates(engine.client, used);
}
