import type { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { toJoin } from './history/following.ts';
import { createHistoryViews } from './history/history-views.ts';
import type { KeptHistory, PlacedHistory } from './history/placed-history.ts';
import type { ModelFailure } from './maintain/cascade.ts';
import { openTables } from './maintain/open-tables.ts';
import type { Engine, MaintainedTables } from './maintain/tables.ts';
import type { RepairRequest } from './repair-requests.ts';
import type { ReplicaShapes } from './replica-shapes.ts';
import type { RowStore, RowStoreState } from './rows/row-store.ts';
import { tableOf } from './store/create-tables.ts';
import { keepFormerViews } from './store/former-views.ts';
import { recordStates } from './store/model-states.ts';
import { createModelViews, type Visibility } from './store/model-views.ts';
import type { Watermark } from './store/watermarks.ts';
import type { CheckBuilt, Checking } from './versions/check-built.ts';
import { type Deployment, historiesOf, tablesOf } from './versions/deployment.ts';

/** What a modeller keeps up to date, as it is now: it changes with each batch and with each exchange. */
export interface KeptModels {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Folder for row stores, one per generation. */
  readonly folder: string;
  readonly replicaShapes: ReplicaShapes;
  /** Called when readers see other tables. */
  readonly onLive: () => Promise<void>;
  /** Called when what was built is not to be seen: the former tables stay. */
  readonly onGivenUp: (reason: MillraceError) => Promise<void>;
  /** Looks at tables that were built before readers see them; null: nobody does. */
  readonly check: CheckBuilt | null;
  /** Of the tables that are built now. */
  checking: Checking | null;
  /** Tables are built for these, and they are met when readers see them. */
  repairing: readonly RepairRequest[];
  generation: number;
  store: RowStore;
  deployment: Deployment;
  tables: MaintainedTables;
  /** The snapshots of what readers see, but for those whose tables cannot be used. */
  histories: readonly KeptHistory[];
  /** Snapshots as the folder has them. */
  readonly plannedHistories: readonly PlacedHistory[];
  /** The last published state. */
  published: Watermark | null;
  /** Batches whose rows are in the tables, but never became valid. */
  aborted: string[];
  /** Ids of tables that stopped. */
  readonly stopped: Set<string>;
  readonly failures: ModelFailure[];
}

export function stateOf({ store }: Pick<KeptModels, 'store'>): RowStoreState {
  const state = store.state();
  if (state === null) throw new Error('the row store has no state');
  return state;
}

/** The rows of everything that a deployment keeps. */
export function openDeployment(
  { engine, store }: Pick<KeptModels, 'engine' | 'store'>,
  deployment: Deployment,
): Promise<MaintainedTables> {
  const shapes = new Map(Object.entries(deployment.sources));
  return openTables({ engine, placed: tablesOf(deployment), shapes, store });
}

/** Shows readers the tables that are live. */
export function createViews(kept: KeptModels): Promise<void> {
  return createViewsWith(kept, () => ({}));
}

/** The same for a build that is about to be published: all of it is seen with its watermark. */
export async function createViewsSince(kept: KeptModels, watermark: string): Promise<void> {
  const tables = kept.deployment.live.map(({ placed }) => tableOf(kept.tables, placed.id));
  const former = await keepFormerViews(kept.engine.client, { tables, watermark });
  await createViewsWith(kept, (model) => {
    const view = former.get(model);
    return view === undefined ? {} : { since: { watermark, former: view } };
  });
}

async function createViewsWith(kept: KeptModels, sinceOf: (model: string) => Pick<Visibility, 'since'>): Promise<void> {
  const { engine, deployment, tables, stopped, published, aborted: abortedBatches, histories } = kept;
  for (const { placed } of deployment.live) {
    const lastWatermark = stopped.has(placed.id) ? (published?.watermark ?? '0') : null;
    const visibility = { abortedBatches, lastWatermark, ...sinceOf(placed.model.name) };
    await createModelViews(engine.client, tableOf(tables, placed.id), visibility);
  }
  for (const history of histories) await createHistoryViews(engine.client, history, abortedBatches);
}

/** Ids of snapshots that have not taken over their model yet. */
export function pendingHistories(kept: Pick<KeptModels, 'deployment' | 'stopped' | 'store'>): Set<string> {
  const { deployment, stopped } = kept;
  const { live } = deployment;
  const joining = toJoin({ histories: historiesOf(deployment), live, state: stateOf(kept), stopped });
  return new Set(joining.map(({ history }) => history.id));
}

/** What every batch takes of them. */
export function followedBy(kept: KeptModels) {
  const { engine, deployment, tables, stopped, histories, aborted } = kept;
  return {
    engine,
    placed: tablesOf(deployment),
    live: deployment.live,
    tables,
    stopped,
    histories: historiesOf(deployment),
    keptHistories: histories,
    abortedBatches: aborted,
  };
}

/** Writes down how the snapshots stand, and nothing of tables: of those that stopped before a start nothing is known here. */
export async function recordHistories(kept: KeptModels): Promise<void> {
  const { engine, deployment } = kept;
  const { watermark } = stateOf(kept);
  const pending = pendingHistories(kept);
  const alone = { ...deployment, live: [], next: null };
  await recordStates(engine.client, { deployment: alone, failures: failuresOf(kept), watermark, pending });
}

/** Writes down how all tables stand. */
export async function recordAll(kept: KeptModels): Promise<void> {
  const { engine, deployment } = kept;
  const { watermark } = stateOf(kept);
  const pending = pendingHistories(kept);
  await recordStates(engine.client, { deployment, failures: failuresOf(kept), watermark, pending });
}

/** Those of tables that are still there. */
export function failuresOf({ deployment, failures }: Pick<KeptModels, 'deployment' | 'failures'>): ModelFailure[] {
  const used = new Set([...tablesOf(deployment), ...historiesOf(deployment)].map(({ id }) => id));
  return failures.filter(({ id }) => used.has(id));
}
