import { exchangeIfBuilt } from './exchange.ts';
import { fillSources, floorOf } from './fill-sources.ts';
import { checkHistories, dropViewsOfFormer, finishJoining, prepareHistories } from './history/prepare-histories.ts';
import { createViews, type KeptModels, openDeployment, stateOf } from './kept-models.ts';
import { rowsName } from './maintain/open-tables.ts';
import { removeUnused, replaceDeployment } from './replace-deployment.ts';
import { ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { createTables, fillCube, tableOf } from './store/create-tables.ts';
import { dropFormerViews } from './store/former-views.ts';
import { readShownTables } from './store/model-views.ts';
import { BEGUN } from './versions/build-page.ts';
import type { Decision } from './versions/decide-deployment.ts';
import { historiesOf, type TableVersion, tablesOf } from './versions/deployment.ts';
import { isAdditive, isByKey, type PlacedTable } from './versions/placed-table.ts';

/** Takes up a plan over rows that are kept: what has to be built is begun, and seen when all of it is built. */
export async function takeUp(kept: KeptModels, decision: Exclude<Decision, { kind: 'rebuild' }>): Promise<void> {
  const former = tablesOf(kept.deployment).map(({ id }) => id);
  const formerSources = Object.keys(kept.deployment.sources);
  const formerHistories = historiesOf(kept.deployment);
  if (decision.kind === 'keep') {
    const { live, histories = [] } = decision.deployment;
    const isSame = JSON.stringify([live, histories]) === JSON.stringify([kept.deployment.live, formerHistories]);
    if (!isSame) kept.tables = await openDeployment(kept, decision.deployment);
    checkHistories(kept, live);
    await replaceDeployment(kept, decision.deployment, stateOf(kept));
    await prepareHistories(kept);
    if (!isSame) await createViews(kept);
    else await showLive(kept);
    await kept.onLive();
    await dropViewsOfFormer(kept.engine.client, formerHistories, histories);
  } else {
    await begin(kept, decision);
    await showLive(kept);
  }
  await finishJoining(kept);
  const used = new Set(tablesOf(kept.deployment).map(({ id }) => id));
  for (const id of former) if (!used.has(id)) kept.store.drop(rowsName(id));
  for (const name of formerSources) if (!(name in kept.deployment.sources)) kept.store.drop(name);
  await removeUnused(kept);
  await exchangeIfBuilt(kept);
}

/** A crash in the middle of an exchange, or behind a build, leaves readers with views on the former tables. */
async function showLive(kept: KeptModels): Promise<void> {
  const shown = await readShownTables(kept.engine.client);
  const isShown = ({ placed }: TableVersion) => {
    const views = isAdditive(placed) ? [placed.model.name, `${placed.model.name}_parts`] : [placed.model.name];
    return views.every((view) => shown.get(view)?.has(placed.id) === true);
  };
  if (kept.deployment.live.every(isShown)) return;
  await createViews(kept);
  await dropFormerViews(kept.engine.client);
}

async function begin(kept: KeptModels, decision: Extract<Decision, { kind: 'change' }>): Promise<void> {
  const { engine, logger } = kept;
  const { deployment, created, newSources } = decision;
  kept.tables = await openDeployment(kept, deployment);
  checkHistories(kept, deployment.next ?? deployment.live);
  const tableFloors = { ...stateOf(kept).tableFloors, ...(await readSources(kept, newSources)) };
  await createTables({ client: engine.client, placed: created, tables: kept.tables });
  // A name may have been another table's that a crash cut short.
  for (const { id } of created) kept.tables.models.get(id)?.rows.clear();
  await fillCubes(kept, created);
  const begun = Object.fromEntries(created.filter(isByKey).map(({ id }) => [id, BEGUN]));
  const builds = { ...stateOf(kept).builds, ...begun };
  logger.info({ models: created.map(({ model }) => model.name) }, 'models are built beside those that are there');
  await replaceDeployment(kept, deployment, { ...stateOf(kept), tableFloors, builds });
  await prepareHistories(kept);
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
    const [cube, input] = [tableOf(tables, placed.id), tableOf(tables, placed.input)];
    await fillCube({ client: engine.client, cube, placed, input, watermark, abortedBatches: kept.aborted });
  }
}
