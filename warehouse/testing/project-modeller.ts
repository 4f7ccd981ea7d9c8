import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { engineOf } from '../models/engine.ts';
import { readReplicas } from '../models/maintain/read-replicas.ts';
import { type Modeller, type ModellerOptions, openModeller } from '../models/modeller.ts';
import { planProject } from '../models/plan.ts';
import type { Project } from '../models/project/project.ts';
import { replicaShapesOf } from '../models/replica-shapes.ts';
import { createProjectViews } from '../models/store/project-views.ts';

/** Keeps a project's models over what is loaded, with its views unless they are not wanted. */
export async function openProjectModeller(
  options: {
    client: ClickHouseClient;
    config: WarehouseConfig;
    project: Project;
    logger: Logger;
    withViews?: boolean;
  } & Partial<Omit<ModellerOptions, 'engine' | 'plan' | 'replicas' | 'replicaShapes'>>,
): Promise<Modeller> {
  const { client, config, project, withViews = true, ...rest } = options;
  const plan = planProject(project);
  const replicaShapes = replicaShapesOf(await readPositions(client));
  const replicas = await readReplicas(client, plan);
  return openModeller({
    engine: engineOf(client, config),
    plan,
    replicas,
    replicaShapes,
    folder: join(config.stateFolder, 'models'),
    signal: new AbortController().signal,
    onLive: async () => {
      if (withViews) await createProjectViews({ client, project, plan, replicas });
    },
    ...rest,
  });
}
