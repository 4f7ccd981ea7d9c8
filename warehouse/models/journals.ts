import type { ClickHouseClient } from '@clickhouse/client';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Plan } from './plan.ts';

/**
 * Source tables (`source.table`) of a plan whose changes are not kept for the models: the loader makes the journals when it
 * starts with these models; before that, changes would be missed.
 */
export async function missingJournals(
  client: ClickHouseClient,
  plan: Plan,
  replicas: ReadonlyMap<string, ReplicaShape>,
): Promise<string[]> {
  const result = await client.query({
    query: "select name from system.tables where database = 'journal'",
    format: 'JSONEachRow',
  });
  const journals = new Set((await result.json<{ name: string }>()).map(({ name }) => name));
  return [...plan.sources.keys()].filter((name) => !journals.has(replicas.get(name)?.replica ?? ''));
}
