import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ensureBookkeeping } from '../load/bookkeeping.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { enforceContracts } from './contracts/check-contract.ts';
import { recordCubes } from './cubes/recorded-cubes.ts';
import { keepJournals } from './journals.ts';
import { readReplicas } from './maintain/read-replicas.ts';
import type { Engine } from './maintain/tables.ts';
import { createModelColumns } from './model-columns.ts';
import { type Modeller, openModeller } from './modeller.ts';
import { type ReplicaShapes, replicaShapesOf } from './replica-shapes.ts';
import type { RolloutControl } from './rollouts/rollout-control.ts';
import { recordServedViews } from './served-views/recorded-views.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';
import { createProjectViews, dropRemovedViews } from './store/project-views.ts';
import { readLastWatermark } from './store/watermarks.ts';

/** Opens the modeller as soon as every source is, or was published in, a state that it really had; null until then. */
export async function openModels(options: {
  engine: Engine;
  control: RolloutControl;
  config: Config;
  folder: string;
  logger: Logger;
  signal: AbortSignal;
  /** Throws when another process may keep the models by now. */
  mayWrite: () => void;
  /** Told the shapes that the models are opened on, before anything is read of the replicas. */
  onShapes: (shapes: ReplicaShapes) => void;
}): Promise<Modeller | null> {
  const { engine, control, config, folder, logger, signal, mayWrite, onShapes } = options;
  const { client } = engine;
  const { project, plan, contracts, cubes, views } = control.folder();
  await ensureBookkeeping(client);
  await ensureModelBookkeeping(client);
  const positions = await readPositions(client);
  const replicaShapes = replicaShapesOf(positions);
  onShapes(replicaShapes);
  const published = (await readLastWatermark(client))?.positions ?? [];
  const ready = [...positions.filter((position) => position.consistent), ...published].map(({ source }) => source);
  if (!config.sources.every((source) => ready.includes(source.name))) return null;
  const replicas = await readReplicas(client, plan);
  if (!(await keepJournals(client, { plan, replicas, logger, signal }))) return null;
  await enforceContracts(contracts, engine, createModelColumns({ engine, project, replicas })).catch(
    (error: unknown) => {
      // Readers see these models: what breaks them now is a source, and nobody is helped by none at all.
      if (control.isUnderWay() || !(error instanceof MillraceError)) throw error;
      logger.error({ code: error.code, detail: error.message }, 'models break their contract');
    },
  );
  const check = control.check();
  const modeller = await openModeller({
    engine,
    plan,
    replicas,
    replicaShapes,
    folder,
    logger,
    signal,
    mayWrite,
    onLive: async () => {
      await createProjectViews({ client, project, plan, replicas });
      await recordCubes(client, cubes);
      await recordServedViews(client, views);
      const former = await control.live();
      if (former !== null) await dropRemovedViews(client, former.plan, plan);
      await control.onLive();
    },
    onGivenUp: (reason) => control.onGivenUp(reason),
    ...(check === null ? {} : { check }),
  });
  logger.info({ models: plan.byKey.length + plan.additive.length + plan.static.length }, 'models are kept up to date');
  return modeller;
}
