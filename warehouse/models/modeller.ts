import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { runBatch } from './batch.ts';
import { buildGeneration } from './build.ts';
import { exchangeIfBuilt, removeUnused, takeUp } from './deploy.ts';
import { createViews, createViewsSince, failuresOf, type KeptModels, openDeployment, stateOf } from './kept-models.ts';
import type { ModelFailure } from './maintain/cascade.ts';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Engine } from './maintain/tables.ts';
import type { Plan } from './plan.ts';
import { finishRepairs, pendingRepairs, type RepairRequest } from './repair-requests.ts';
import { journalRepairedRows } from './repaired-rows.ts';
import { RebuildAsked, type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRowStore, type RowStoreState } from './rows/row-store.ts';
import { abortBatch, endLeftoverWrites, highestBatch, readAbortedBatches } from './store/aborted-batches.ts';
import { tableOf } from './store/create-tables.ts';
import { readDeployment, recordDeployment } from './store/deployments.ts';
import { dropFormerViews } from './store/former-views.ts';
import { readFailedTables, recordStates } from './store/model-states.ts';
import { storeTableName } from './store/model-table.ts';
import { createModelViews } from './store/model-views.ts';
import { nextNumber, versionTables } from './store/unused-tables.ts';
import {
  type PublishedPosition,
  publishWatermark,
  readLastWatermark,
  readWatermarks,
  type Watermark,
} from './store/watermarks.ts';
import { type Decision, decideDeployment } from './versions/decide-deployment.ts';
import { idsOf, tablesOf } from './versions/deployment.ts';

/** Keeps the models of one warehouse exact: batch after batch, each visible in one step. */
export interface Modeller {
  /**
   * Takes over what has been loaded since, up to `loaded`: positions of all sources, as the loader wrote them; and goes on
   * with what is being built. Answers the state that it published, or null when there was nothing to do.
   * Rejects with ReplicasChanged or RebuildAsked when it has to be opened anew.
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
/** Between two looks at what verifications ask for. */
const REPAIRS_MS = 2_000;
const BUILD_KEYS = 2_000;

/**
 * Continues from the row store where it fits what is published. Models that are new, or have changed, are built beside,
 * batch by batch, while the former ones go on; everything is built anew only where the rows that are kept are of no use.
 */
export async function openModeller(options: ModellerOptions): Promise<Modeller> {
  const { engine, plan, replicas, folder, logger, signal, buildKeys = BUILD_KEYS } = options;
  const { client } = engine;
  await endLeftoverWrites(client);
  const published = await readLastWatermark(client);
  const generation = published?.generation ?? 0;
  const store = await openRowStore(storeFolder(folder, generation));
  const stopped = await readFailedTables(client);
  const number = nextNumber(await versionTables(client), generation);
  const asked = (await pendingRepairs(client)).filter(({ replica }) => replica === '');
  const existing = fits(store.state(), published) && asked.length === 0 ? store.deployment() : null;
  const decision = decideDeployment({
    plan,
    replicas,
    replicaShapes: options.replicaShapes,
    existing,
    failed: stopped,
    newId: (model) => storeTableName(model, number),
  });
  const opened = { ...options, onLive: options.onLive ?? (async () => {}), generation, store, published, stopped };
  const kept: KeptModels =
    decision.kind === 'rebuild' || existing === null
      ? await rebuild(opened, decision)
      : await goOn({ ...opened, deployment: existing }, decision);
  await finishRepairs(client, asked);
  let repairsAtMs = Number.NEGATIVE_INFINITY;

  async function rebuild(
    from: Omit<KeptModels, 'deployment' | 'tables' | 'aborted' | 'failures'>,
    { deployment, ...decided }: Decision,
  ): Promise<KeptModels> {
    logger.info({ reason: 'reason' in decided ? decided.reason : '' }, 'building all models');
    await from.store.close();
    await rm(storeFolder(folder, number), { recursive: true, force: true });
    const fresh = await openRowStore(storeFolder(folder, number));
    from.stopped.clear();
    const tables = await openDeployment({ engine, store: fresh }, deployment);
    const result = await buildGeneration({ ...options, placed: tablesOf(deployment), tables, store: fresh, stopped });
    // What was read may be of either shape.
    if (replicaShapesOf(result.positions) !== options.replicaShapes) {
      await fresh.close();
      throw new ReplicasChanged();
    }
    const built: KeptModels = {
      ...from,
      generation: number,
      store: fresh,
      deployment,
      tables,
      aborted: [],
      failures: [...result.failures],
    };
    const watermark = nextBatch(built.published, await readAbortedBatches(client));
    await createViewsSince(built, watermark);
    failpoint('models.build-viewed');
    await recordStates(client, { deployment, failures: built.failures, watermark });
    await publish(built, watermark, result.positions, 0);
    failpoint('models.build-published');
    const floors = floorsOf(result.positions);
    fresh.deploy(deployment, { generation: number, watermark, floors, tableFloors: {}, builds: {} });
    await recordDeployment(client, deployment);
    await createViews(built);
    await dropFormerViews(client);
    await built.onLive();
    await removeUnused(built);
    return built;
  }

  async function goOn(
    from: Omit<KeptModels, 'tables' | 'aborted' | 'failures'>,
    decided: Exclude<Decision, { kind: 'rebuild' }>,
  ): Promise<KeptModels> {
    const tables = await openDeployment(from, from.deployment);
    const reopened: KeptModels = { ...from, tables, aborted: await readAbortedBatches(client), failures: [] };
    await catchUp(reopened);
    await giveUpUnpublished(reopened);
    await takeUp(reopened, decided);
    // A crash may have come before it was written down.
    const recorded = JSON.stringify(await readDeployment(client));
    if (recorded !== JSON.stringify(reopened.deployment)) await recordDeployment(client, reopened.deployment);
    return reopened;
  }

  /** The row store may be behind what was published before a crash: it follows the published steps one by one. */
  async function catchUp(behind: KeptModels): Promise<void> {
    const { deployment, tables } = behind;
    for (const step of await readWatermarks(client, stateOf(behind).watermark)) {
      await behind.store.transaction(async () => {
        const before = stateOf(behind);
        const to = floorsOf(step.positions);
        const common = { engine, placed: tablesOf(deployment), tables, batch: step.watermark, stopped, buildKeys };
        const { builds } = await runBatch({ ...common, state: before, to, write: false });
        return { ...before, watermark: step.watermark, floors: to, builds };
      });
      failpoint('models.batch-followed');
    }
  }

  /** Rows of batches behind the published one are in the tables, but not valid: nobody may ever see them. */
  async function giveUpUnpublished(reopened: KeptModels): Promise<void> {
    const { aborted, tables } = reopened;
    const last = BigInt(reopened.published?.watermark ?? 0);
    const written = [...[...tables.models.values()].map(({ table }) => table), ...tables.cubes.values()];
    const highest = BigInt(await highestBatch(client, written));
    for (let batch = last + 1n; batch <= highest; batch++) {
      if (aborted.includes(batch.toString())) continue;
      await abortBatch(client, batch.toString());
      failpoint('models.batch-given-up');
      aborted.push(batch.toString());
    }
    if (highest > last) await createViews(reopened);
  }

  /** Retried until it is known to be there: the same row twice says the same. */
  async function publish(
    of: Pick<KeptModels, 'generation' | 'published'>,
    watermark: string,
    positions: readonly PublishedPosition[],
    changes: number,
  ): Promise<PublishedState> {
    const state = { watermark, generation: of.generation, positions };
    for (;;) {
      try {
        const now = await publishWatermark(client, { ...state, changes });
        of.published = state;
        return now;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        logger.warn({ err: error }, 'watermark not published yet');
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  async function advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null> {
    // The last batch was published and failed behind that: the rows are not as far as what readers see.
    if (kept.published !== null && kept.published.watermark !== stateOf(kept).watermark) await catchUp(kept);
    const before = stateOf(kept);
    if (replicaShapesOf(loaded) !== options.replicaShapes) throw new ReplicasChanged();
    const repairs = await askedRepairs();
    if (repairs.some(({ replica }) => replica === '')) throw new RebuildAsked();
    const positions = publishable(loaded, kept.published?.positions ?? []);
    const isBuilding = Object.keys(before.builds).length > 0;
    const hasMoved = positions.some(({ source, floor }) => BigInt(floor) > BigInt(before.floors[source] ?? 0));
    if (!hasMoved && !isBuilding) return null;
    const batch = nextBatch(kept.published, kept.aborted);
    const floors = floorsOf(positions);
    let now: PublishedState | null = null;
    let met: RepairRequest[] = [];
    try {
      const sources = kept.tables.sources.values();
      met = await journalRepairedRows({ client, requests: repairs, sources, state: before, to: floors });
      await kept.store.transaction(async () => {
        const { deployment, tables } = kept;
        const common = { engine, placed: tablesOf(deployment), tables, batch, stopped, buildKeys };
        const result = await runBatch({ ...common, state: before, to: floors, write: true });
        if (result.failures.length > 0) await stop(result.failures, batch);
        failpoint('models.batch-written');
        now = await publish(kept, batch, positions, result.changes);
        failpoint('models.watermark-published');
        return { ...before, watermark: batch, floors, builds: result.builds };
      });
    } catch (error) {
      if (kept.published?.watermark !== batch) await giveUp(batch);
      throw error;
    }
    failpoint('models.batch-kept');
    await finishRepairs(client, met);
    if (kept.deployment.next !== null) await exchangeIfBuilt(kept);
    return now;
  }

  async function askedRepairs(): Promise<RepairRequest[]> {
    if (performance.now() - repairsAtMs < REPAIRS_MS) return [];
    repairsAtMs = performance.now();
    return pendingRepairs(client);
  }

  async function stop(failed: readonly ModelFailure[], batch: string): Promise<void> {
    for (const { model, id, error } of failed) {
      logger.error({ model, version: id, code: error.code, detail: error.message }, 'model stopped');
    }
    const { deployment, tables, failures, aborted: abortedBatches } = kept;
    failures.push(...failed);
    await recordStates(client, { deployment, failures, watermark: batch });
    const live = idsOf(deployment.live);
    for (const { id } of failed) {
      if (!live.has(id)) continue;
      const lastWatermark = kept.published?.watermark ?? '0';
      await createModelViews(client, tableOf(tables, id), { abortedBatches, lastWatermark });
    }
  }

  async function giveUp(batch: string): Promise<void> {
    for (;;) {
      try {
        await endLeftoverWrites(client);
        await abortBatch(client, batch);
        kept.aborted.push(batch);
        await createViews(kept);
        return;
      } catch (error) {
        if (!isRetryable(error) || signal.aborted) throw error;
        await sleep(PUBLISH_RETRY_MS, undefined, { signal });
      }
    }
  }

  return { advance, failures: () => failuresOf(kept), close: () => kept.store.close() };
}

/** A batch that was given up keeps its number. */
function nextBatch(published: Watermark | null, aborted: readonly string[]): string {
  const used = [published?.watermark ?? '0', ...aborted].map(BigInt);
  return (used.reduce((a, b) => (a > b ? a : b)) + 1n).toString();
}

/** Whether the rows that are kept belong to what is published. */
function fits(state: RowStoreState | null, published: Watermark | null): boolean {
  if (state === null || published === null || state.generation !== published.generation) return false;
  return BigInt(state.watermark) <= BigInt(published.watermark);
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
