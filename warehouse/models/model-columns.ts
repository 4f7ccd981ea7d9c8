import { MillraceError } from '../../runtime/errors.ts';
import { MODEL_ERRORS } from './errors.ts';
import { describe } from './maintain/open-tables.ts';
import type { ReplicaShape } from './maintain/read-replicas.ts';
import type { Engine } from './maintain/tables.ts';
import { externalName } from './plan.ts';
import { type Model, type Project, type Resolve, sourceKey } from './project/project.ts';
import type { ModelColumn } from './store/model-table.ts';

/** Columns that models give, as the warehouse itself describes their SQL; nothing has to be built for it. */
export interface ModelColumns {
  /** Of a model, or a source table as `source.table`. Rejects with MR-MODEL-005 where that is not replicated. */
  of(input: string): Promise<readonly ModelColumn[]>;
}

/** References stand for external tables (`externalName`). */
export const EXTERNAL_RELATIONS: Resolve = {
  ref: externalName,
  source: (source, table) => externalName(sourceKey({ source, table })),
};

/** What a model's SQL names. */
export function inputsOf(model: Model): string[] {
  return [...model.refs, ...model.sources.map(sourceKey)];
}

export function createModelColumns(options: {
  engine: Engine;
  project: Project;
  replicas: ReadonlyMap<string, ReplicaShape>;
}): ModelColumns {
  const { engine, project, replicas } = options;
  const known = new Map<string, Promise<readonly ModelColumn[]>>();

  async function describeInput(input: string): Promise<readonly ModelColumn[]> {
    const model = project.byName.get(input);
    if (model === undefined) {
      const replica = replicas.get(input);
      if (replica === undefined) throw new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${input}`);
      return replica.columns;
    }
    const inputs = new Map<string, readonly ModelColumn[]>();
    for (const each of inputsOf(model)) inputs.set(externalName(each), await of(each));
    return describe(engine, model.compile(EXTERNAL_RELATIONS), inputs);
  }

  function of(input: string): Promise<readonly ModelColumn[]> {
    const columns = known.get(input) ?? describeInput(input);
    known.set(input, columns);
    return columns;
  }
  return { of };
}
