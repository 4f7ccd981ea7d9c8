import { fillSources, floorOf } from './fill-sources.ts';
import { createViews, failuresOf, type KeptModels, openDeployment, stateOf } from './kept-models.ts';
import { rowsName } from './maintain/open-tables.ts';
import type { MaintainedTables } from './maintain/tables.ts';
import { ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import type { RowStoreState } from './rows/row-store.ts';
import { createTables, fillCube, tableOf } from './store/create-tables.ts';
import { recordDeployment } from './store/deployments.ts';
import { forgetStates, recordStates } from './store/model-states.ts';
import { dropModelViews } from './store/model-views.ts';
import { dropUnusedTables, removeOtherRowStores } from './store/unused-tables.ts';
import { BEGUN } from './versions/build-page.ts';
import type { Decision } from './versions/decide-deployment.ts';
import { type Deployment, idsOf, tablesOf } from './versions/deployment.ts';
import { isAdditive, isByKey, type PlacedTable, sourcesOf } from './versions/placed-table.ts';

/** Takes up a plan over rows that are kept: what has to be built is begun, and seen when all of it is built. */
export async function takeUp(kept: KeptModels, decision: Exclude<Decision, { kind: 'rebuild' }>): Promise<void> {
  const former = tablesOf(kept.deployment).map(({ id }) => id);
  if (decision.kind === 'keep') {
    if (JSON.stringify(decision.deployment.live) !== JSON.stringify(kept.deployment.live)) {
      kept.tables = await openDeployment(kept, decision.deployment);
      await replace(kept, decision.deployment, stateOf(kept));
      await createViews(kept);
    } else {
      await replace(kept, decision.deployment, stateOf(kept));
    }
    await kept.onLive();
  } else {
    await begin(kept, decision);
  }
  const used = new Set(tablesOf(kept.deployment).map(({ id }) => id));
  for (const id of former) if (!used.has(id)) kept.store.drop(rowsName(id));
  await removeUnused(kept);
  await exchangeIfBuilt(kept);
}

async function begin(kept: KeptModels, decision: Extract<Decision, { kind: 'change' }>): Promise<void> {
  const { engine, logger } = kept;
  const { deployment, created, newSources } = decision;
  kept.tables = await openDeployment(kept, deployment);
  const tableFloors = { ...stateOf(kept).tableFloors, ...(await readSources(kept, newSources)) };
  await createTables({ client: engine.client, placed: created, tables: kept.tables });
  await fillCubes(kept, created);
  const begun = Object.fromEntries(created.filter(isByKey).map(({ id }) => [id, BEGUN]));
  const builds = { ...stateOf(kept).builds, ...begun };
  logger.info({ models: created.map(({ model }) => model.name) }, 'models are built beside those that are there');
  await replace(kept, deployment, { ...stateOf(kept), tableFloors, builds });
}

/** Answers the versions below which the new source tables are whole, by name. */
async function readSources(kept: KeptModels, names: readonly string[]): Promise<Record<string, string>> {
  if (names.length === 0) return {};
  const { engine, tables, store, signal, logger } = kept;
  const fresh = [...tables.sources.values()].filter(({ name }) => names.includes(name));
  for (const table of fresh) table.rows.clear();
  const { rows, positions } = await fillSources({ engine, tables: fresh, store, signal });
  if (replicaShapesOf(positions) !== kept.replicaShapes) throw new ReplicasChanged();
  logger.info({ tables: names, rows }, 'source rows read');
  return Object.fromEntries(fresh.map(({ name, source }) => [name, floorOf(positions, source)]));
}

/** Cubes over facts that stay are summed up at once; the others grow with their facts. */
async function fillCubes(kept: KeptModels, created: readonly PlacedTable[]): Promise<void> {
  const { engine, tables } = kept;
  const { builds, watermark } = stateOf(kept);
  const isNew = new Set(created.map(({ id }) => id));
  for (const placed of created.filter(isAdditive)) {
    if (isNew.has(placed.input) || builds[placed.input] !== undefined) continue;
    const input = tableOf(tables, placed.input).model.name;
    await fillCube({ client: engine.client, cube: tableOf(tables, placed.id), placed, input, watermark });
  }
}

/** Its tables are open already. */
async function replace(kept: KeptModels, by: Deployment, state: RowStoreState): Promise<void> {
  const used = new Set(tablesOf(by).map(({ id }) => id));
  const builds = Object.fromEntries(Object.entries(state.builds).filter(([id]) => used.has(id)));
  const tableFloors = Object.fromEntries(Object.entries(state.tableFloors).filter(([name]) => name in by.sources));
  kept.store.deploy(by, { ...state, builds, tableFloors });
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

/** What was built takes the place of the former tables, all in one step. */
export async function exchangeIfBuilt(kept: KeptModels): Promise<void> {
  const { live: former, next } = kept.deployment;
  const { builds } = stateOf(kept);
  if (next === null || Object.keys(builds).length > 0 || next.some(({ placed }) => kept.stopped.has(placed.id))) return;
  if (areSourcesBehind(kept)) return;
  // What nothing reads any more is not followed from here on: whoever reads it again has to read all of it.
  const read = sourcesOf(next.map(({ placed }) => placed));
  const sources = Object.fromEntries(Object.entries(kept.deployment.sources).filter(([name]) => read.has(name)));
  for (const name of kept.tables.sources.keys()) if (!read.has(name)) kept.store.drop(name);
  await replace(kept, { ...kept.deployment, live: next, next: null, sources }, { ...stateOf(kept), tableFloors: {} });
  await createViews(kept);
  const { client } = kept.engine;
  const { watermark } = stateOf(kept);
  await recordStates(client, { deployment: kept.deployment, failures: failuresOf(kept), watermark });
  await kept.onLive();
  const names = new Set(next.map(({ placed }) => placed.model.name));
  const used = idsOf(next);
  for (const { placed } of former) {
    if (!names.has(placed.model.name)) await dropModelViews(client, placed.model.name);
    if (!used.has(placed.id)) kept.store.drop(rowsName(placed.id));
  }
  await removeUnused(kept);
  kept.logger.info({ models: next.length }, 'models are exchanged');
}

/** Source tables that were read later than the others are ahead of them. */
function areSourcesBehind(kept: KeptModels): boolean {
  const { floors, tableFloors } = stateOf(kept);
  return Object.entries(tableFloors).some(([name, floor]) => {
    const source = kept.tables.sources.get(name)?.source ?? '';
    return BigInt(floors[source] ?? 0) < BigInt(floor);
  });
}

/** Removes what no deployment uses any more. */
export async function removeUnused({ engine, deployment, folder, generation }: KeptModels): Promise<void> {
  const used = new Set(tablesOf(deployment).map(({ id }) => id));
  await dropUnusedTables(engine.client, used);
  await removeOtherRowStores(folder, generation);
  await forgetStates(engine.client, used);
}
