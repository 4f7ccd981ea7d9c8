import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failpoint } from '../../runtime/failpoint.ts';
import { buildGeneration } from './build.ts';
import { createViews, createViewsSince, type KeptModels, openDeployment } from './kept-models.ts';
import { publishBatch } from './publish-batch.ts';
import { floorsOf, nextBatch } from './published-steps.ts';
import { finishRepairs } from './repair-requests.ts';
import { removeUnused } from './replace-deployment.ts';
import { ReplicasChanged, replicaShapesOf } from './replica-shapes.ts';
import { openRowStore } from './rows/row-store.ts';
import { readAbortedBatches } from './store/aborted-batches.ts';
import { recordDeployment } from './store/deployments.ts';
import { dropFormerViews } from './store/former-views.ts';
import { recordStates } from './store/model-states.ts';
import type { Decision } from './versions/decide-deployment.ts';
import { tablesOf } from './versions/deployment.ts';

/** The rows that are kept are of no use: everything is read and built again, beside what readers see until it is done. */
export async function buildAnew(
  from: Omit<KeptModels, 'deployment' | 'tables' | 'aborted' | 'failures'>,
  options: { decision: Decision; number: number },
): Promise<KeptModels> {
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
  const placed = tablesOf(deployment);
  const result = await buildGeneration({ engine, placed, tables, store, stopped, logger, signal });
  // What was read may be of either shape.
  if (replicaShapesOf(result.positions) !== replicaShapes) {
    await store.close();
    throw new ReplicasChanged();
  }
  const failures = [...result.failures];
  const built: KeptModels = { ...from, generation: number, store, deployment, tables, aborted: [], failures };
  const watermark = nextBatch(built.published, await readAbortedBatches(client));
  await createViewsSince(built, watermark);
  failpoint('models.build-viewed');
  await recordStates(client, { deployment, failures, watermark });
  await publishBatch(built, { watermark, positions: result.positions, changes: 0 });
  failpoint('models.build-published');
  const floors = floorsOf(result.positions);
  store.deploy(deployment, { generation: number, watermark, floors, tableFloors: {}, builds: {} });
  await recordDeployment(client, deployment);
  await createViews(built);
  await dropFormerViews(client);
  await built.onLive();
  await removeUnused(built);
  await finishRepairs(client, built.repairing);
  built.repairing = [];
  return built;
}

/** Where the rows of a build are. */
export function storeFolder(folder: string, generation: number): string {
  return join(folder, `g${generation}`);
}
