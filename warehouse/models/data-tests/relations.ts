import { modelAt } from '../../published/published.ts';
import type { ReplicaShape } from '../maintain/read-replicas.ts';
import { type Project, type Resolve, type SourceTableRef, sourceKey } from '../project/project.ts';
import { currentRows } from '../store/project-views.ts';

/**
 * References as they were at one watermark, for queries that pass `watermark` (UInt64) as a parameter. Views are put in
 * as subqueries: as they stand in the warehouse they would read the latest one. Source tables have no past: their rows
 * are the current ones. Throws what `missing` gives for a source table that is not replicated.
 */
export function relationsAtWatermark(options: {
  project: Project;
  replicas: ReadonlyMap<string, ReplicaShape>;
  missing: (table: string) => Error;
  /** A kept model's rows at the watermark, where they are not those that readers see. */
  at?: (model: string) => string;
}): Resolve {
  const { project, replicas, missing, at = modelAt } = options;
  const resolve: Resolve = {
    ref(name) {
      const model = project.byName.get(name);
      return model?.materialized === 'view' ? `(${model.compile(resolve)})` : at(name);
    },
    source(source, table) {
      const name = sourceKey({ source, table });
      const shape = replicas.get(name);
      if (shape === undefined) throw missing(name);
      return currentRows(shape);
    },
  };
  return resolve;
}

/** Whether current rows of source tables are read: directly, or through views. */
export function readsSources(
  project: Project,
  read: { readonly refs: readonly string[]; readonly sources: readonly SourceTableRef[] },
): boolean {
  if (read.sources.length > 0) return true;
  return read.refs.some((name) => {
    const model = project.byName.get(name);
    return model?.materialized === 'view' && readsSources(project, model);
  });
}
