import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { ModelColumn } from '../store/model-table.ts';

/** Replica of a source table: its columns in `raw` and its key. */
export interface ReplicaShape {
  readonly replica: string;
  readonly key: readonly string[];
  readonly columns: readonly ModelColumn[];
}

/** All replicas, by `source.table`. Throws MR-MODEL-005 that names those which the plan reads and are not there. */
export async function readReplicas(client: ClickHouseClient, plan: Plan): Promise<Map<string, ReplicaShape>> {
  const shapes = await allReplicas(client);
  const missing = [...plan.sources.keys()].filter((name) => !shapes.has(name));
  if (missing.length > 0)
    throw new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${missing.join(', ')}`);
  return shapes;
}

/** All replicas, by `source.table`. */
export async function allReplicas(client: ClickHouseClient): Promise<Map<string, ReplicaShape>> {
  const result = await client.query({
    query: `
      select concat(r.source, '.', r.table) as name, r.replica as replica, r.key as key,
        groupArray((c.name, c.type)) as columns
      from (select * from millrace.replicas final) as r
      inner join (
        select table, name, type from system.columns
        where database = 'raw' and name not in ('_version', '_deleted')
        order by table, position
      ) as c on c.table = r.replica
      group by name, replica, key
      order by replica`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string; replica: string; key: string[]; columns: [string, string][] }>();
  const shapes = new Map<string, ReplicaShape>();
  for (const row of rows) {
    if (shapes.has(row.name)) continue;
    shapes.set(row.name, {
      replica: row.replica,
      key: row.key,
      columns: row.columns.map(([name, type]) => ({ name, type })),
    });
  }
  return shapes;
}
