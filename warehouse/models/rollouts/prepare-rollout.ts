import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { isRetryable } from '../../clickhouse/retryable.ts';
import { readPositions } from '../../load/positions/loaded-position.ts';
import { refuseDriftingCubes } from '../additivity/refuse-drifting-cubes.ts';
import { enforceContracts } from '../contracts/check-contract.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { placeHistories } from '../history/placed-history.ts';
import { readReplicas } from '../maintain/read-replicas.ts';
import type { Engine } from '../maintain/tables.ts';
import { createModelColumns, type ModelColumns } from '../model-columns.ts';
import type { Project } from '../project/project.ts';
import { replicaShapesOf } from '../replica-shapes.ts';
import { readDeployment } from '../store/deployments.ts';
import { readFailedTables } from '../store/model-states.ts';
import { readLastWatermark } from '../store/watermarks.ts';
import { decideDeployment } from '../versions/decide-deployment.ts';
import { deploymentSteps } from '../versions/deployment-steps.ts';
import type { OpenedFolder } from './opened-folder.ts';
import { dataTestsOf, testBuilt, unitTestsOf } from './test-built.ts';

/** What taking up a folder will do. */
export interface PreparedRollout {
  /** Models that are built. */
  readonly built: readonly string[];
  /** Models that are no more. */
  readonly dropped: readonly string[];
  /** Built models, and views whose SQL is another one: what tests are asked about. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Everything about a folder that can be known before anything is built: the sources that it reads are there, its SQL runs,
 * its contracts hold, unit tests of what changes pass; so do data tests where nothing but views changes. Changes nothing.
 * Throws what is wrong.
 */
export async function prepareRollout(options: {
  engine: Engine;
  folder: OpenedFolder;
  /** What readers see; null before the first. */
  live: OpenedFolder | null;
  tests: boolean;
}): Promise<PreparedRollout> {
  const { engine, folder, live, tests } = options;
  const { client } = engine;
  const replicas = await readReplicas(client, folder.plan);
  const columns = createModelColumns({ engine, project: folder.project, replicas });
  await describeModels(folder.project, columns);
  await enforceContracts(folder.contracts, engine, columns);
  await refuseDriftingCubes(folder.plan, engine, columns);

  const existing = await readDeployment(client);
  const failed = await readFailedTables(client);
  const decision = decideDeployment({
    plan: folder.plan,
    replicas,
    replicaShapes: replicaShapesOf(await readPositions(client)),
    existing,
    failed,
    newId: (model) => `${model}__new`,
  });
  const steps = deploymentSteps({ decision, existing, failed, histories: placeHistories(folder.plan) });
  const namesOf = (wanted: string[]) => steps.filter(({ action }) => wanted.includes(action)).map(({ model }) => model);
  // A snapshot has no tables that are looked at before readers see them.
  const snapshots = new Set(folder.plan.histories.map(({ model }) => model.name));
  const built = namesOf(['build', 'go on building']).filter((name) => !snapshots.has(name));
  const changed = new Set([...built, ...changedViews(folder.project, live?.project ?? null)]);
  if (tests) {
    const asked = built.length > 0 ? [] : dataTestsOf(folder, changed);
    const watermark = (await readLastWatermark(client))?.watermark ?? '0';
    const readers = { tables: new Map(), watermark, abortedBatches: [] };
    const reason = await testBuilt({
      engine,
      folder,
      tests: [...unitTestsOf(folder, changed), ...asked],
      built: readers,
    });
    if (reason !== null) throw reason;
  }
  return { built, dropped: namesOf(['drop']), changed };
}

/** Throws MR-MODEL-002 that names every model whose SQL the warehouse refuses. */
async function describeModels(project: Project, columns: ModelColumns): Promise<void> {
  const refused: string[] = [];
  for (const { name, refs } of project.models) {
    try {
      await columns.of(name);
    } catch (error) {
      if (!(error instanceof ClickHouseError) || isRetryable(error)) throw error;
      // What reads it is refused for the same reason.
      if (refs.some((ref) => refused.some((text) => text.startsWith(`model ${ref}:`)))) continue;
      refused.push(`model ${name}: ClickHouse ${error.code}: ${error.message.slice(0, 500)}`);
    }
  }
  if (refused.length > 0) throw new MillraceError(MODEL_ERRORS.notMaintainable, refused.join('\n  '));
}

function changedViews(project: Project, live: Project | null): string[] {
  const names = { ref: (name: string) => name, source: (source: string, table: string) => `${source}.${table}` };
  return project.models
    .filter(({ materialized }) => materialized === 'view')
    .filter((view) => live?.byName.get(view.name)?.compile(names) !== view.compile(names))
    .map(({ name }) => name);
}
