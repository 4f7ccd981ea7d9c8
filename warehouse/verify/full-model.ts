import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../runtime/errors.ts';
import { quoteIdentifier, quoteString } from '../clickhouse/quote.ts';
import type { NamedType } from '../load/replicas/replica.ts';
import { relationsAtWatermark } from '../models/data-tests/relations.ts';
import { MODEL_ERRORS } from '../models/errors.ts';
import type { ReplicaShape } from '../models/maintain/read-replicas.ts';
import { type Model, type Project, type SourceTableRef, sourceKey } from '../models/project/project.ts';
import { modelAt } from '../published/published.ts';

/** A kept model, and the two ways to its rows: as it is kept, and as its SQL computes them. */
export interface ComparedModel {
  readonly model: Model;
  readonly columns: readonly NamedType[];
  /** Source tables that its SQL reads, through views, not through kept models. */
  readonly reads: readonly SourceTableRef[];
  /** `select` of both; the parameter `watermark` says at which watermark kept models are read. */
  readonly kept: string;
  readonly full: string;
}

/** Null while nothing is kept of the model. */
export async function comparedModel(options: {
  client: ClickHouseClient;
  project: Project;
  model: Model;
  replicas: ReadonlyMap<string, ReplicaShape>;
}): Promise<ComparedModel | null> {
  const { client, project, model, replicas } = options;
  const result = await client.query({
    query: `
      select name, type
      from system.columns
      where database = 'store' and table = {view:String}
      order by position`,
    query_params: { view: `${model.name}_at` },
    format: 'JSONEachRow',
  });
  const described = await result.json<NamedType>();
  const columns = described.length > 0 ? described : await columnsOfMart(client, model.name);
  if (columns.length === 0) return null;
  const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const relations = relationsAtWatermark({
    project,
    replicas,
    missing: (table) => new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${table}`),
  });
  return {
    model,
    columns,
    reads: readsOf(project, model),
    kept: `select ${list} from ${modelAt(model.name)}`,
    full: `select ${inTypesOf(columns)} from (${model.compile(relations)}) as _verify_full`,
  };
}

/** Views with a parameter have no columns before they are given one. */
export async function columnsOfMart(client: ClickHouseClient, model: string): Promise<NamedType[]> {
  const result = await client.query({
    query:
      "select name, type from system.columns where database = 'marts' and table = {model:String} order by position",
    query_params: { model },
    format: 'JSONEachRow',
  });
  return result.json<NamedType>();
}

/** The kept columns' types: the same value may have another type where it comes straight from a replica. */
export function inTypesOf(columns: readonly NamedType[]): string {
  return columns
    .map(({ name, type }) => `cast(${quoteIdentifier(name)}, ${quoteString(type)}) as ${quoteIdentifier(name)}`)
    .join(', ');
}

function readsOf(project: Project, model: Model): SourceTableRef[] {
  const reads = new Map(model.sources.map((ref) => [sourceKey(ref), ref]));
  for (const name of model.refs) {
    const ref = project.byName.get(name) as Model;
    if (ref.materialized !== 'view') continue;
    for (const read of readsOf(project, ref)) reads.set(sourceKey(read), read);
  }
  return [...reads.values()];
}
