import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalQueryTarget } from '../../warehouse/clickhouse/external-query.ts';
import { ensureBookkeeping } from '../../warehouse/load/bookkeeping.ts';
import { engineOf } from '../../warehouse/models/engine.ts';
import { type ReplicaShape, readReplicas } from '../../warehouse/models/maintain/read-replicas.ts';
import { planProject } from '../../warehouse/models/plan.ts';
import type { Project } from '../../warehouse/models/project/project.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';
import { ensureModelBookkeeping } from '../../warehouse/models/store/bookkeeping.ts';
import { openShop } from '../../warehouse/testing/shop.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../warehouse/testing/temporary-warehouse.ts';
import { type ModellerUnderTest, startModeller } from './modeller-under-test.ts';
import { openServices, type Services } from './services.ts';

/** One warehouse for many seeds, with the services that feed it and whoever keeps its models. */
export interface Stage {
  readonly warehouse: TemporaryWarehouse;
  readonly target: ExternalQueryTarget;
  readonly services: Services;
  readonly project: Project;
  /** By `source.table`. */
  readonly shapes: ReadonlyMap<string, ReplicaShape>;
  readonly modeller: ModellerUnderTest;
  stop(): Promise<void>;
}

export const MODELS = join(import.meta.dirname, '../../dbt-like-models');

export async function openStage(options: { mutant?: string } = {}): Promise<Stage> {
  const compileCache = mkdtempSync(join(tmpdir(), 'millrace-compiled-'));
  const [warehouse, project] = await Promise.all([startTemporaryWarehouse(), readProject(MODELS)]);
  const { client, config } = warehouse;
  const modeller = startModeller({ config, compileCache, ...options });
  const shop = await openShop(warehouse);
  await shop.commit();
  await ensureBookkeeping(client);
  await ensureModelBookkeeping(client);
  return {
    warehouse,
    target: engineOf(client, config).target,
    services: openServices(shop),
    project,
    shapes: await readReplicas(client, planProject(project)),
    modeller,
    async stop() {
      await modeller.stop();
      await shop.close();
      await warehouse.stop();
      rmSync(compileCache, { recursive: true, force: true });
    },
  };
}
