import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { runBatch } from './batch.ts';
import { buildGeneration } from './build.ts';
import { fillSources, floorOf } from './fill-sources.ts';
import { trimJournal } from './journal.ts';
import type { ModelFailure } from './maintain/cascade.ts';
import { openTables, rowsName } from './maintain/open-tables.ts';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import type { Plan } from './plan.ts';
import { type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRowStore, type RowStoreState } from './rows/row-store.ts';
import { abortBatch, endLeftoverWrites, highestBatch, readAbortedBatches } from './store/aborted-batches.ts';
import { createTables, fillCube, tableOf } from './store/create-tables.ts';
import { recordDeployment } from './store/deployments.ts';
import { foldCubes } from './store/fold.ts';
import { forgetStates, readFailedTables, recordStates } from './store/model-states.ts';
import { type ModelTable, storeTableName } from './store/model-table.ts';
import { createModelViews, dropModelViews } from './store/model-views.ts';
import { dropUnusedTables, nextNumber, removeOtherRowStores, versionTables } from './store/unused-tables.ts';
import {
  type PublishedPosition,
  publishWatermark,
  readLastWatermark,
  readWatermarks,
  trimWatermarks,
} from './store/watermarks.ts';
import { BEGUN } from './versions/build-page.ts';
import { type Decision, decideDeployment } from './versions/decide-deployment.ts';
import { type Deployment, idsOf, tablesOf } from './versions/deployment.ts';
import { isAdditive, isByKey } from './versions/placed-table.ts';

/** Keeps the models of one warehouse exact: batch after batch, each visible in one step. */
export interface Modeller {
  /**
   * Takes over what has been loaded since, up to `loaded`: positions of all sources, as the loader wrote them; and goes on
   * with what is being built. Answers the state that it published, or null when there was nothing to do.
   * Rejects with ReplicasChanged when it has to be opened anew.
   */
  advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null>;
  /** Models that stopped, and why. */
  failures(): readonly ModelFailure[];
  close(): Promise<void>;
}

export interface ModellerOptions {
  readonly engine: Engine;
  readonly plan: Plan;
  readonly replicas: ReadonlyMap<string, ReplicaShape>;
  /** Read before `replicas`. */
  readonly replicaShapes: ReplicaShapes;
  /** Folder for row stores, one per generation. */
  readonly folder: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Keys of a table that is being built that ride on one batch: what is published waits for them. */
  readonly buildKeys?: number;
  /** The tables of the plan are what readers see from now on: at the opening, or when they are built. */
  readonly onLive?: () => Promise<void>;
}

const PUBLISH_RETRY_MS = 500;
const BUILD_KEYS = 2_000;
/** Journals and cubes are tidied every so many batches. */
const TIDY_EVERY_BATCHES = 500;

/**
 * Continues from the row store where it fits what is published. Models that are new, or have changed, are built beside,
 * batch by batch, while the former ones go on; everything is built anew only where the rows that are kept are of no use.
 */
export async function openModeller(options: ModellerOptions): Promise<Modeller> {
  const { engine, plan, replicas, folder, logger, signal, buildKeys = BUILD_KEYS } = options;
  const { client } = engine;
  await endLeftoverWrites(client);
  let published = await readLastWatermark(client);
  let generation = published?.generation ?? 0;
  let store = await openRowStore(storeFolder(folder, generation));
  const stopped = await readFailedTables(client);
  const failures: ModelFailure[] = [];
  let aborted: string[] = [];
  let deployment: Deployment;
  let tables: MaintainedTables;

  const isKept = fits(store.state(), published);
  const number = nextNumber(await versionTables(client), generation);
  const decision = decideDeployment({
    plan,
    replicas,
    replicaShapes: options.replicaShapes,
    existing: isKept ? store.deployment() : null,
    failed: stopped,
    newId: (model) => storeTableName(model, number),
  });
  if (decision.kind === 'rebuild') {
    logger.info({ reason: decision.reason }, 'building all models');
    ({ deployment, tables } = await rebuild(decision.deployment));
  } else {
    deployment = store.deployment() as Deployment;
    tables = await open(deployment);
    await catchUp();
    await giveUpUnpublished();
    await adopt(decision);
  }

  function state(): RowStoreState {
    const kept = store.state();
    if (kept === null) throw new Error('the row store has no state');
    return kept;
  }

  function open(of: Deployment): Promise<MaintainedTables> {
    return openTables({ engine, placed: tablesOf(of), shapes: new Map(Object.entries(of.sources)), store });
  }

  /** The row store may be behind what was published before a crash: it follows the published steps one by one. */
  async function catchUp(): Promise<void> {
    for (const step of await readWatermarks(client, state().watermark)) {
      await store.transaction(async () => {
        const before = state();
        const to = floorsOf(step.positions);
        const common = { engine, placed: tablesOf(deployment), tables, batch: step.watermark, stopped, buildKeys };
        const { builds } = await runBatch({ ...common, state: before, to, write: false });
        return { ...before, watermark: step.watermark, floors: to, builds };
      });
    }
  }

  /** Rows of batches behind the published one are in the tables, but not valid: nobody may ever see them. */
  async function giveUpUnpublished(): Promise<void> {
    aborted = await readAbortedBatches(client);
    const last = BigInt(published?.watermark ?? 0);
    const highest = BigInt(await highestBatch(client, allTables()));
    for (let batch = last + 1n; batch <= highest; batch++) {
      if (aborted.includes(batch.toString())) continue;
      await abortBatch(client, batch.toString());
      aborted.push(batch.toString());
    }
    if (highest > last) await createViews();
  }

  async function rebuild(whole: Deployment): Promise<{ deployment: Deployment; tables: MaintainedTables }> {
    await store.close();
    generation = number;
    await rm(storeFolder(folder, generation), { recursive: true, force: true });
    store = await openRowStore(storeFolder(folder, generation));
    stopped.clear();
    const built = await open(whole);
    const result = await buildGeneration({ ...options, placed: tablesOf(whole), tables: built, store, stopped });
    // What was read may be of either shape.
    if (replicaShapesOf(result.positions) !== options.replicaShapes) {
      await store.close();
      throw new ReplicasChanged();
    }
    failures.push(...result.failures);
    [deployment, tables] = [whole, built];
    const watermark = nextBatch(await readAbortedBatches(client));
    aborted = [];
    await createViews();
    await recordStates(client, { deployment, failures, watermark });
    await publish(watermark, result.positions, 0);
    const floors = floorsOf(result.positions);
    store.deploy(whole, { generation, watermark, floors, tableFloors: {}, builds: {} });
    await recordDeployment(client, whole);
    await options.onLive?.();
    await removeUnused();
    return { deployment, tables };
  }

  /** Begins what the plan asks for: nothing of it is seen before all of it is built. */
  async function adopt(change: Exclude<Decision, { kind: 'rebuild' }>): Promise<void> {
    const former = idsOf([...deployment.live, ...(deployment.next ?? [])]);
    if (change.kind === 'keep') {
      const isSaidAnew = JSON.stringify(change.deployment.live) !== JSON.stringify(deployment.live);
      await replace(change.deployment, state());
      if (isSaidAnew) await createViews();
      await options.onLive?.();
    } else {
      const { created, newSources } = change;
      tables = await openTables({
        engine,
        placed: tablesOf(change.deployment),
        shapes: new Map(Object.entries(change.deployment.sources)),
        store,
      });
      const tableFloors = { ...state().tableFloors, ...(await fill(newSources)) };
      await createTables({ client, placed: created, tables });
      const newIds = new Set(created.map(({ id }) => id));
      const building = (id: string) => newIds.has(id) || state().builds[id] !== undefined;
      for (const placed of created.filter(isAdditive)) {
        if (building(placed.input)) continue;
        await fillCube({
          client,
          cube: tableOf(tables, placed.id),
          placed,
          input: tableOf(tables, placed.input).model.name,
          watermark: state().watermark,
        });
      }
      const builds = {
        ...state().builds,
        ...Object.fromEntries(created.filter(isByKey).map(({ id }) => [id, BEGUN])),
      };
      logger.info({ models: created.map(({ model }) => model.name) }, 'models are built beside those that are there');
      await replace(change.deployment, { ...state(), tableFloors, builds });
    }
    const used = idsOf([...deployment.live, ...(deployment.next ?? [])]);
    for (const id of former) if (!used.has(id)) store.drop(rowsName(id));
    await removeUnused();
    await exchangeIfBuilt();
  }

  /** Answers the versions below which the new source tables are whole, by name. */
  async function fill(names: readonly string[]): Promise<Record<string, string>> {
    if (names.length === 0) return {};
    const fresh = [...tables.sources.values()].filter(({ name }) => names.includes(name));
    for (const table of fresh) table.rows.clear();
    const { rows, positions } = await fillSources({ engine, tables: fresh, store, signal });
    if (replicaShapesOf(positions) !== options.replicaShapes) throw new ReplicasChanged();
    logger.info({ tables: names, rows }, 'source rows read');
    return Object.fromEntries(fresh.map(({ name, source }) => [name, floorOf(positions, source)]));
  }

  async function replace(by: Deployment, now: RowStoreState): Promise<void> {
    const used = idsOf([...by.live, ...(by.next ?? [])]);
    const builds = Object.fromEntries(Object.entries(now.builds).filter(([id]) => used.has(id)));
    const tableFloors = Object.fromEntries(Object.entries(now.tableFloors).filter(([name]) => name in by.sources));
    store.deploy(by, { ...now, builds, tableFloors });
    if (JSON.stringify(by) !== JSON.stringify(deployment)) await recordDeployment(client, by);
    deployment = by;
    tables = await open(by);
  }

  /** What was built takes the place of the former tables, all in one step. */
  async function exchangeIfBuilt(): Promise<void> {
    const { next } = deployment;
    const { builds, floors, tableFloors } = state();
    if (next === null || Object.keys(builds).length > 0 || next.some(({ placed }) => stopped.has(placed.id))) return;
    const isBehind = ([name, floor]: [string, string]) => {
      const source = tables.sources.get(name)?.source ?? '';
      return BigInt(floors[source] ?? 0) < BigInt(floor);
    };
    if (Object.entries(tableFloors).some(isBehind)) return;
    const names = new Set(next.map(({ placed }) => placed.model.name));
    const former = deployment.live;
    await replace({ ...deployment, live: next, next: null }, { ...state(), tableFloors: {} });
    await createViews();
    await recordStates(client, { deployment, failures: failuresNow(), watermark: state().watermark });
    await options.onLive?.();
    const used = idsOf(next);
    for (const { placed } of former) {
      if (!names.has(placed.model.name)) await dropModelViews(client, placed.model.name);
      if (!used.has(placed.id)) store.drop(rowsName(placed.id));
    }
    await removeUnused();
    logger.info({ models: next.length }, 'models are exchanged');
  }

  async function removeUnused(): Promise<void> {
    const used = new Set(tablesOf(deployment).map(({ id }) => id));
    await dropUnusedTables(client, used);
    await removeOtherRowStores(folder, generation);
    await forgetStates(client, used);
  }

  function nextBatch(aborts: readonly string[]): string {
    const used = [published?.watermark ?? '0', ...aborts].map(BigInt);
    return (used.reduce((a, b) => (a > b ? a : b)) + 1n).toString();
  }

  function* allTables(): Iterable<ModelTable> {
    for (const { table } of tables.models.values()) yield table;
    yield* tables.cubes.values();
  }

  /** Of what readers see. */
  async function createViews(): Promise<void> {
    for (const { placed } of deployment.live) {
      const lastWatermark = stopped.has(placed.id) ? (published?.watermark ?? '0') : null;
      await createModelViews(client, tableOf(tables, placed.id), { abortedBatches: aborted, lastWatermark });
    }
  }

  /** Retried until it is known to be there: the same row twice says the same. */
  async function publish(
    watermark: string,
    positions: readonly PublishedPosition[],
    changes: number,
  ): Promise<PublishedState> {
    for (;;) {
      try {
        const now = await publishWatermark(client, { watermark, generation, positions, changes });
        published = { watermark, generation, positions };
        return now;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        logger.warn({ err: error }, 'watermark not published yet');
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  async function advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null> {
    const before = state();
    if (replicaShapesOf(loaded) !== options.replicaShapes) throw new ReplicasChanged();
    const positions = publishable(loaded, published?.positions ?? []);
    const isBuilding = Object.keys(before.builds).length > 0;
    const hasMoved = positions.some(({ source, floor }) => BigInt(floor) > BigInt(before.floors[source] ?? 0));
    if (!hasMoved && !isBuilding) return null;
    const batch = nextBatch(aborted);
    const floors = floorsOf(positions);
    let now: PublishedState | null = null;
    try {
      await store.transaction(async () => {
        const common = { engine, placed: tablesOf(deployment), tables, batch, stopped, buildKeys };
        const result = await runBatch({ ...common, state: before, to: floors, write: true });
        if (result.failures.length > 0) await stop(result.failures, batch);
        now = await publish(batch, positions, result.changes);
        return { ...before, watermark: batch, floors, builds: result.builds };
      });
    } catch (error) {
      if (published?.watermark !== batch) await giveUp(batch);
      throw error;
    }
    if (deployment.next !== null) await exchangeIfBuilt();
    if (BigInt(batch) % BigInt(TIDY_EVERY_BATCHES) === 0n) await tidy(positions);
    return now;
  }

  async function stop(failed: readonly ModelFailure[], batch: string): Promise<void> {
    for (const { model, id, error } of failed) {
      logger.error({ model, version: id, code: error.code, detail: error.message }, 'model stopped');
    }
    failures.push(...failed);
    await recordStates(client, { deployment, failures, watermark: batch });
    const live = idsOf(deployment.live);
    for (const { id } of failed) {
      if (!live.has(id)) continue;
      const lastWatermark = published?.watermark ?? '0';
      await createModelViews(client, tableOf(tables, id), { abortedBatches: aborted, lastWatermark });
    }
  }

  function failuresNow(): ModelFailure[] {
    const used = new Set(tablesOf(deployment).map(({ id }) => id));
    return failures.filter(({ id }) => used.has(id));
  }

  async function giveUp(batch: string): Promise<void> {
    for (;;) {
      try {
        await endLeftoverWrites(client);
        await abortBatch(client, batch);
        aborted.push(batch);
        await createViews();
        return;
      } catch (error) {
        if (!isRetryable(error) || signal.aborted) throw error;
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  async function tidy(positions: readonly PublishedPosition[]): Promise<void> {
    for (const table of tables.sources.values()) await trimJournal(client, table, floorOf(positions, table.source));
    await trimWatermarks(client);
    await foldCubes({ client, cubes: tables.cubes.values(), horizon: published?.watermark ?? '0', aborted, stopped });
  }

  return { advance, failures: failuresNow, close: () => store.close() };
}

/** Whether the rows that are kept belong to what is published. */
function fits(kept: RowStoreState | null, published: { watermark: string; generation: number } | null): boolean {
  if (kept === null || published === null || kept.generation !== published.generation) return false;
  return BigInt(kept.watermark) <= BigInt(published.watermark);
}

function storeFolder(folder: string, generation: number): string {
  return join(folder, `g${generation}`);
}

/** A source that is copied anew stays where it was published last until it is a state that it really had again. */
function publishable(
  loaded: readonly LoadedPosition[],
  published: readonly PublishedPosition[],
): readonly PublishedPosition[] {
  return loaded.map((position) => {
    if (position.consistent) return position;
    return published.find(({ source }) => source === position.source) ?? position;
  });
}

function floorsOf(positions: readonly PublishedPosition[]): Record<string, string> {
  return Object.fromEntries(positions.map((position) => [position.source, position.floor]));
}
