import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { placeHistories } from './history/placed-history.ts';
import { readReplicas } from './maintain/read-replicas.ts';
import { type Plan, planProject } from './plan.ts';
import { readProject } from './project/read-project.ts';
import { replicaShapesOf } from './replica-shapes.ts';
import { readDeployment } from './store/deployments.ts';
import { readFailedTables } from './store/model-states.ts';
import { storeTableName } from './store/model-table.ts';
import { nextNumber, takenNames } from './store/unused-tables.ts';
import { decideDeployment } from './versions/decide-deployment.ts';
import { type DeploymentStep, deploymentSteps } from './versions/deployment-steps.ts';

export interface PlannedStep extends DeploymentStep {
  /** Rows that readers see now; null where there is no such model. */
  readonly rows: number | null;
}

/**
 * What taking up a folder of models would do, without doing it: the same decision as that of the process which does it,
 * unless that one has lost its rows. Throws as `readProject`, `planProject` and `readReplicas` do.
 */
export async function planDeployment(options: {
  client: ClickHouseClient;
  /** The folder. */
  models: string;
}): Promise<readonly PlannedStep[]> {
  const { client, models } = options;
  const plan: Plan = planProject(await readProject(models));
  const existing = await readDeployment(client);
  const failed = await readFailedTables(client);
  const number = nextNumber(await takenNames(client), 0);
  const decision = decideDeployment({
    plan,
    replicas: await readReplicas(client, plan),
    replicaShapes: replicaShapesOf(await readPositions(client)),
    existing,
    failed,
    newId: (model) => storeTableName(model, number),
  });
  const former = [...(existing?.live ?? []).map(({ placed }) => placed), ...(existing?.histories ?? [])];
  const rows = await rowsOfMarts(client, new Set(former.map(({ model }) => model.name)));
  return deploymentSteps({ decision, existing, failed, histories: placeHistories(plan) }).map((step) => ({
    ...step,
    rows: rows.get(step.model) ?? null,
  }));
}

async function rowsOfMarts(client: ClickHouseClient, models: ReadonlySet<string>): Promise<Map<string, number>> {
  if (models.size === 0) return new Map();
  const parts = [...models].map(
    (model) => `select ${quoteString(model)} as model, count() as n from marts.${quoteIdentifier(model)}`,
  );
  const result = await client.query({ query: parts.join(' union all '), format: 'JSONEachRow' });
  return new Map((await result.json<{ model: string; n: string }>()).map(({ model, n }) => [model, Number(n)]));
}
