import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { atView } from '../../published/published.ts';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import type { Plan } from '../plan.ts';
import { type Model, type Project, sourceKey } from '../project/project.ts';
import { LATEST_WATERMARK } from './model-views.ts';

/**
 * Creates the project's own views: staging over the replicas' current rows, the others over the models. A view is one SELECT
 * with the views that it reads put in, so that the server asks for the published watermark once for all of it: of several views
 * over `marts` each would ask for itself, and a batch may be published in between.
 */
export async function createProjectViews(options: {
  client: ClickHouseClient;
  project: Project;
  plan: Plan;
  replicas: ReadonlyMap<string, ReplicaShape>;
}): Promise<void> {
  const { client, project, plan, replicas } = options;
  for (const view of plan.views) {
    const sql = selectOf(view, { project, replicas });
    // BI users may read `bi` alone: its views read with the rights of whoever made them.
    await client.command({
      query: `create or replace view ${quoteIdentifier(view.schema)}.${quoteIdentifier(view.name)}
        definer = current_user sql security definer
        as ${sql} comment ${quoteString(view.description)}`,
    });
  }
}

function selectOf(
  view: Model,
  of: { readonly project: Project; readonly replicas: ReadonlyMap<string, ReplicaShape> },
): string {
  return view.compile({
    source: (source, table) => currentRows(of.replicas.get(sourceKey({ source, table })) as ReplicaShape),
    ref(name) {
      const model = of.project.byName.get(name) as Model;
      if (model.materialized === 'view') return `(${selectOf(model, of)})`;
      return `${atView(name)}(watermark = ${LATEST_WATERMARK})`;
    },
  });
}

/** Removes views that a former project had and this one has not. */
export async function dropRemovedViews(client: ClickHouseClient, former: Plan, now: Plan): Promise<void> {
  const kept = new Set(now.views.map(({ schema, name }) => `${schema}.${name}`));
  for (const { schema, name } of former.views) {
    if (kept.has(`${schema}.${name}`)) continue;
    await client.command({ query: `drop view if exists ${quoteIdentifier(schema)}.${quoteIdentifier(name)}` });
  }
}

/** The current rows of a source table, as a table expression. */
export function currentRows(shape: ReplicaShape): string {
  const columns = shape.columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return `(select ${columns} from raw.${quoteIdentifier(shape.replica)} final)`;
}
