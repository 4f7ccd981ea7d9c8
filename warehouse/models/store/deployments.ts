import type { ClickHouseClient } from '@clickhouse/client';
import type { Deployment } from '../versions/deployment.ts';
import { declareNewTables } from './readable-states.ts';

/**
 * Writes down what is kept up to date, for those who cannot see the rows: the last one holds. Tables that readers see for the
 * first time cannot be read at earlier watermarks than the one that is published now.
 */
export async function recordDeployment(client: ClickHouseClient, deployment: Deployment): Promise<void> {
  await client.insert({
    table: 'millrace.model_deployments',
    values: [{ deployment: JSON.stringify(deployment) }],
    format: 'JSONEachRow',
  });
  await declareNewTables(
    client,
    deployment.live.map(({ placed }) => placed.id),
  );
}

/** What is kept up to date; null before anything was. */
export async function readDeployment(client: ClickHouseClient): Promise<Deployment | null> {
  const result = await client.query({
    query: 'select deployment from millrace.model_deployments order by deployed_at desc limit 1',
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ deployment: string }>();
  return row === undefined ? null : (JSON.parse(row.deployment) as Deployment);
}
