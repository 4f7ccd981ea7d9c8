import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import type { Plan } from '../plan.ts';
import { type Project, sourceKey } from '../project/project.ts';

/** Creates the project's own views: staging over the replicas' current rows, the others over the marts. */
export async function createProjectViews(options: {
  client: ClickHouseClient;
  project: Project;
  plan: Plan;
  replicas: ReadonlyMap<string, ReplicaShape>;
}): Promise<void> {
  const { client, project, plan, replicas } = options;
  for (const view of plan.views) {
    const sql = view.compile({
      source: (source, table) => currentRows(replicas.get(sourceKey({ source, table })) as ReplicaShape),
      ref: (name) => {
        const model = project.byName.get(name);
        const database = model?.materialized === 'table' ? 'marts' : (model?.schema ?? 'bi');
        return `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
      },
    });
    // BI users may read `bi` alone: its views read with the rights of whoever made them.
    await client.command({
      query: `create or replace view ${quoteIdentifier(view.schema)}.${quoteIdentifier(view.name)}
        definer = current_user sql security definer
        as ${sql} comment ${quoteString(view.description)}`,
    });
  }
}

/** The current rows of a source table, as a table expression. */
export function currentRows(shape: ReplicaShape): string {
  const columns = shape.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return `(select ${columns} from raw.${quoteIdentifier(shape.replica)} final)`;
}
