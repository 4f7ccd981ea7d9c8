import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failpoint } from '../../runtime/failpoint.ts';
import type { PublishedState } from '../published/published.ts';
import { buildGeneration } from './build.ts';
import { giveUpUnpublished } from './give-up-unpublished.ts';
import { joinHistories } from './history/follow-histories.ts';
import { nowFollowed, toJoin } from './history/following.ts';
import { checkHistories, finishJoining, prepareHistories, stopHistory } from './history/prepare-histories.ts';
import { createViews, createViewsSince, type KeptModels, openDeployment } from './kept-models.ts';
import { publishBatch } from './publish-batch.ts';
import { floorsOf, momentAfter, nextBatch } from './published-steps.ts';
import { finishRepairs } from './repair-requests.ts';
import { removeUnused } from './replace-deployment.ts';
import { ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRowStore } from './rows/row-store.ts';
import { readAbortedBatches } from './store/aborted-batches.ts';
import { recordDeployment } from './store/deployments.ts';
import { dropFormerViews } from './store/former-views.ts';
import { recordStates } from './store/model-states.ts';
import type { Decision } from './versions/decide-deployment.ts';
import { historiesOf, tablesOf } from './versions/deployment.ts';

/** The rows that are kept are of no use: everything is read and built again, beside what readers see until it is done. */
export async function buildAnew(
  from: Omit<KeptModels, 'deployment' | 'tables' | 'aborted' | 'failures'>,
  options: { decision: Decision; number: number },
): Promise<{ readonly kept: KeptModels; readonly published: PublishedState }> {
  const { engine, logger, signal, folder, stopped, replicaShapes } = from;
  const { client } = engine;
  const { decision, number } = options;
  const { deployment } = decision;
  logger.info({ reason: 'reason' in decision ? decision.reason : '' }, 'building all models');
  await from.store.close();
  await rm(storeFolder(folder, number), { recursive: true, force: true });
  const store = await openRowStore(storeFolder(folder, number));
  stopped.clear();
  const tables = await openDeployment({ engine, store }, deployment);
  checkHistories({ ...from, tables }, deployment.live);
  const placed = tablesOf(deployment);
  const result = await buildGeneration({ engine, placed, tables, store, stopped, logger, signal });
  // What was read may be of either shape.
  if (replicaShapesOf(result.positions) !== replicaShapes) {
    await store.close();
    throw new ReplicasChanged();
  }
  const failures = [...result.failures];
  const aborted = await readAbortedBatches(client);
  const built: KeptModels = { ...from, generation: number, store, deployment, tables, aborted, failures };
  // What a snapshot's table has of a batch that was never published.
  await giveUpUnpublished(built);
  const watermark = nextBatch(built.published, built.aborted);
  await prepareHistories(built);
  await createViewsSince(built, watermark);
  failpoint('models.build-viewed');
  const { positions } = result;
  const moment = momentAfter(built.published, positions);
  // Their models are shown at this watermark already, though nobody reads it yet.
  const joining = toJoin({ histories: historiesOf(deployment), live: deployment.live, state: {}, stopped });
  const joined = { engine, joining, keptHistories: built.histories, tables, abortedBatches: built.aborted, stopped };
  const failed = await joinHistories({ ...joined, watermark, batch: watermark, moment });
  built.failures.push(...failed);
  for (const { id } of failed) await stopHistory(built, id, watermark);
  failpoint('models.build-joined');
  await recordStates(client, { deployment, failures: built.failures, watermark, pending: new Set() });
  const published = await publishBatch(built, { watermark, positions, changes: 0, moment });
  failpoint('models.build-published');
  const followed = nowFollowed({ followed: {}, joined: joining, stopped });
  store.deploy(deployment, {
    ...{ generation: number, watermark, floors: floorsOf(positions), tableFloors: {}, builds: {} },
    followed,
  });
  await recordDeployment(client, deployment);
  await finishJoining(built);
  await createViews(built);
  await dropFormerViews(client);
  await built.onLive();
  await removeUnused(built);
  await finishRepairs(client, built.repairing);
  built.repairing = [];
  return { kept: built, published };
}

/** Where the rows of a build are. */
export function storeFolder(folder: string, generation: number): string {
  return join(folder, `g${generation}`);
}
