import { setTimeout as sleep } from 'node:timers/promises';
import type { MillraceError } from '../../runtime/errors.ts';
import { failpoint } from '../../runtime/failpoint.ts';
import type { Logger } from '../../runtime/logger.ts';
import { isRetryable } from '../clickhouse/retryable.ts';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import type { PublishedState } from '../published/published.ts';
import { runBatch } from './batch.ts';
import { buildAnew, storeFolder } from './build-anew.ts';
import { type BuildState, buildState, countKeysToBuild } from './build-state.ts';
import { takeUp } from './deploy.ts';
import { exchangeIfBuilt, giveUpNext } from './exchange.ts';
import { giveUpUnpublished } from './give-up-unpublished.ts';
import { type PlacedHistory, placeHistories } from './history/placed-history.ts';
import { finishJoining, stopHistory } from './history/prepare-histories.ts';
import {
  createViews,
  failuresOf,
  followedBy,
  type KeptModels,
  openDeployment,
  pendingHistories,
  stateOf,
} from './kept-models.ts';
import type { ModelFailure } from './maintain/cascade.ts';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Engine } from './maintain/tables.ts';
import type { Plan } from './plan.ts';
import { publishBatch } from './publish-batch.ts';
import { fits, floorsOf, momentAfter, nextBatch, publishable } from './published-steps.ts';
import { backfillOf, type EventTimes } from './recompute/backfill-of.ts';
import { finishRepairs, ofModels, pendingRepairs, type RepairRequest } from './repair-requests.ts';
import { journalRepairedRows } from './repaired-rows.ts';
import { RebuildAsked, type ReplicaShapes, ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import type { BackfillArguments } from './rollouts/model-requests.ts';
import { openRowStore } from './rows/row-store.ts';
import { abortBatch, endLeftoverWrites, readAbortedBatches } from './store/aborted-batches.ts';
import { tableOf } from './store/create-tables.ts';
import { readDeployment, recordDeployment } from './store/deployments.ts';
import { readFailedTables, recordStates } from './store/model-states.ts';
import { storeTableName } from './store/model-table.ts';
import { createModelViews } from './store/model-views.ts';
import { nextNumber, takenNames } from './store/unused-tables.ts';
import { readLastWatermark, readWatermarks } from './store/watermarks.ts';
import type { CheckBuilt } from './versions/check-built.ts';
import { type Decision, decideDeployment } from './versions/decide-deployment.ts';
import { type Deployment, historiesOf, idsOf } from './versions/deployment.ts';

/** Keeps the models of one warehouse exact: batch after batch, each visible in one step. */
export interface Modeller {
  /**
   * Takes over what has been loaded since, up to `loaded`: positions of all sources, as the loader wrote them; and goes on
   * with what is being built. Answers the state that it published, or that was published when it was opened, or null when there was
   * nothing to do.
   * Rejects with ReplicasChanged or RebuildAsked when it has to be opened anew.
   */
  advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null>;
  /** Models that stopped, and why. */
  failures(): readonly ModelFailure[];
  /** How far what is built is; null when nothing is to take the place of what readers see. */
  building(): BuildState | null;
  /** What is built is not built any more; what readers see stays. Nothing happens when nothing is built. */
  giveUp(reason: MillraceError): Promise<void>;
  /**
   * Keys in a range are computed anew with the next batches, and readers' rows of them written anew; so is what stands on them.
   * Goes on over restarts. Throws MR-ROLL-006, MR-ROLL-007 where there is no such range.
   */
  backfill(asked: { request: string; asked: BackfillArguments; times: EventTimes }): void;
  /** How far that is; `keys` since the modeller was opened. */
  recomputing(request: string): { readonly isDone: boolean; readonly keys: number };
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
  /** Throws when another process may keep the models by now: then nothing more is written. */
  readonly mayWrite?: () => void;
  /** Keys of a table that is being built that ride on one batch: what is published waits for them. */
  readonly buildKeys?: number;
  /** The tables of the plan are what readers see from now on: at the opening, or when they are built. */
  readonly onLive?: () => Promise<void>;
  /** What was being built is given up: the former tables stay. */
  readonly onGivenUp?: (reason: MillraceError) => Promise<void>;
  /** Looks at tables that were built beside others before readers see them. */
  readonly check?: CheckBuilt;
}

const RETRY_MS = 500;
/** Between two looks at what verifications ask for. */
const REPAIRS_MS = 2_000;
const BUILD_KEYS = 2_000;

/**
 * Continues from the row store where it fits what is published. Models that are new, or have changed, are built beside,
 * batch by batch, while the former ones go on; everything is built anew only where the rows that are kept are of no use.
 */
export async function openModeller(options: ModellerOptions): Promise<Modeller> {
  const { engine, plan, replicas, folder, logger, signal, mayWrite = () => {}, buildKeys = BUILD_KEYS } = options;
  const { client } = engine;
  await endLeftoverWrites(client);
  const published = await readLastWatermark(client);
  const generation = published?.generation ?? 0;
  const store = await openRowStore(storeFolder(folder, generation));
  const stopped = await readFailedTables(client);
  const number = nextNumber(await takenNames(client), generation);
  const asked = ofModels(await pendingRepairs(client));
  const isAllAsked = asked.some(({ models }) => models.length === 0);
  const existing = fits(store.state(), published) && !isAllAsked ? store.deployment() : null;
  const decision = decideDeployment({
    plan,
    replicas,
    replicaShapes: options.replicaShapes,
    existing,
    failed: new Set([...stopped, ...liveIdsOf(existing, new Set(asked.flatMap(({ models }) => models)))]),
    newId: (model) => storeTableName(model, number),
  });
  const opened = {
    ...options,
    onLive: options.onLive ?? (async () => {}),
    onGivenUp: options.onGivenUp ?? (async () => {}),
    check: options.check ?? null,
    checking: null,
    repairing: asked,
    histories: [],
    plannedHistories: placeHistories(plan),
    generation,
    store,
    published,
    stopped,
  };
  const { kept, ...opening } =
    decision.kind === 'rebuild' || existing === null
      ? await buildAnew(opened, { decision, number })
      : { kept: await goOn({ ...opened, deployment: existing }, decision), published: null };
  let untold: PublishedState | null = opening.published;
  const keyCounts = countKeysToBuild(kept);
  const recomputedKeys = new Map<string, number>();
  let repairsAtMs = Number.NEGATIVE_INFINITY;

  async function goOn(
    from: Omit<KeptModels, 'tables' | 'aborted' | 'failures'>,
    decided: Exclude<Decision, { kind: 'rebuild' }>,
  ): Promise<KeptModels> {
    const tables = await openDeployment(from, from.deployment);
    const reopened: KeptModels = { ...from, tables, aborted: await readAbortedBatches(client), failures: [] };
    await catchUp(reopened);
    if (await giveUpUnpublished(reopened)) await createViews(reopened);
    for (const { id } of askedHistories(reopened)) stopped.add(id);
    await takeUp(reopened, decided);
    // A crash may have come before it was written down.
    const recorded = JSON.stringify(await readDeployment(client));
    if (recorded !== JSON.stringify(reopened.deployment)) await recordDeployment(client, reopened.deployment);
    if (reopened.deployment.next === null) await finishRepairs(client, asked);
    return reopened;
  }

  /** The row store may be behind what was published before a crash: it follows the published steps one by one. */
  async function catchUp(behind: KeptModels): Promise<void> {
    for (const step of await readWatermarks(client, stateOf(behind).watermark)) {
      await behind.store.transaction(async () => {
        const before = stateOf(behind);
        const to = floorsOf(step.positions);
        const common = { ...followedBy(behind), buildKeys, batch: step.watermark, moment: step.moment };
        const { builds, recomputes, followed } = await runBatch({ ...common, state: before, to, write: false });
        return { ...before, watermark: step.watermark, floors: to, builds, recomputes, followed };
      });
      failpoint('models.batch-followed');
    }
  }

  async function advance(loaded: readonly LoadedPosition[]): Promise<PublishedState | null> {
    mayWrite();
    // The last batch was published and failed behind that: the rows are not as far as what readers see.
    if (kept.published !== null && kept.published.watermark !== stateOf(kept).watermark) {
      await catchUp(kept);
      await finishJoining(kept);
    }
    const joinPending = async () => (pendingHistories(kept).size > 0 ? publishNext(loaded) : null);
    const joined = await joinPending();
    const taken = await publishNext(loaded);
    // What was built may have been exchanged.
    const now = (await joinPending()) ?? taken ?? joined ?? untold;
    untold = null;
    return now;
  }

  async function publishNext(loaded: readonly LoadedPosition[]): Promise<PublishedState | null> {
    const before = stateOf(kept);
    if (replicaShapesOf(loaded) !== options.replicaShapes) throw new ReplicasChanged();
    const repairs = await askedRepairs();
    // What is being built comes first.
    if (kept.deployment.next === null && ofModels(repairs).length > 0) throw new RebuildAsked();
    const joining = pendingHistories(kept);
    // Snapshots take over their models as readers see them: nothing moves meanwhile.
    const published = kept.published?.positions ?? [];
    const positions = joining.size > 0 ? published : publishable(loaded, published);
    const isBuilding = Object.keys(before.builds).length > 0 || (before.recomputes ?? []).length > 0;
    const hasMoved = positions.some(({ source, floor }) => BigInt(floor) > BigInt(before.floors[source] ?? 0));
    if (!hasMoved && !isBuilding && joining.size === 0) {
      await exchangeIfBuilt(kept);
      return null;
    }
    const batch = nextBatch(kept.published, kept.aborted);
    const moment = momentAfter(kept.published, positions);
    const floors = joining.size > 0 ? before.floors : floorsOf(positions);
    let now: PublishedState | null = null;
    let met: RepairRequest[] = [];
    try {
      const sources = kept.tables.sources.values();
      met = await journalRepairedRows({ client, requests: repairs, sources, state: before, to: floors });
      await kept.store.transaction(async () => {
        const common = { ...followedBy(kept), buildKeys, batch, moment };
        const result = await runBatch({ ...common, state: before, to: floors, write: true });
        if (result.failures.length > 0) await stop(result.failures, batch);
        failpoint('models.batch-written');
        mayWrite();
        now = await publishBatch(kept, { watermark: batch, positions, changes: result.changes, moment });
        failpoint('models.watermark-published');
        if (result.recomputed !== null) count(result.recomputed);
        const { builds, recomputes, followed } = result;
        return { ...before, watermark: batch, floors, builds, recomputes, followed };
      });
    } catch (error) {
      if (kept.published?.watermark === batch) throw error;
      // Its number may be another process's by now, which has tables of its own.
      mayWrite();
      await giveUp(batch);
      throw error;
    }
    failpoint('models.batch-kept');
    await finishRepairs(client, met);
    if (joining.size > 0) await finishJoining(kept);
    await exchangeIfBuilt(kept);
    return now;
  }

  function count({ request, keys }: { request: string; keys: number }): void {
    recomputedKeys.set(request, (recomputedKeys.get(request) ?? 0) + keys);
  }

  function backfill(asked: Parameters<Modeller['backfill']>[0]): void {
    const state = stateOf(kept);
    const recomputes = backfillOf({ ...asked, live: kept.deployment.live, tables: kept.tables });
    kept.store.deploy(kept.deployment, { ...state, recomputes: [...(state.recomputes ?? []), ...recomputes] });
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
    await recordStates(client, { deployment, failures, watermark: batch, pending: pendingHistories(kept) });
    const live = idsOf(deployment.live);
    for (const { id } of failed) {
      await stopHistory(kept, id, batch);
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
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  return {
    advance,
    failures: () => failuresOf(kept),
    building: () => buildState({ kept, keyCounts }),
    giveUp: (reason) => giveUpNext(kept, reason),
    backfill,
    recomputing: (request) => ({
      isDone: !(stateOf(kept).recomputes ?? []).some((each) => each.request === request),
      keys: recomputedKeys.get(request) ?? 0,
    }),
    close: () => kept.store.close(),
  };
}

/** Snapshots that are to look at all rows of their models again. */
function askedHistories({ deployment, repairing }: KeptModels): readonly PlacedHistory[] {
  const models = new Set(repairing.flatMap((request) => request.models));
  return historiesOf(deployment).filter(({ model }) => models.has(model.name));
}

/** Of the tables that readers see of these models. */
function liveIdsOf(deployment: Deployment | null, models: ReadonlySet<string>): string[] {
  return (deployment?.live ?? []).flatMap(({ placed }) => (models.has(placed.model.name) ? [placed.id] : []));
}
