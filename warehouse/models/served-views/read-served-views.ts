import { Ajv } from 'ajv';
import { schemaProblems } from '../../../runtime/config/schema-problems.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { modelAt } from '../../published/published.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { type Model, type Project, sourceKey } from '../project/project.ts';
import type { ModelProperties, Properties } from '../properties/properties.ts';
import type { ServedColumn, ServedView } from './served-view.ts';

/** A view as it is declared: types are known when it is there. */
export interface DeclaredView extends Omit<ServedView, 'columns'> {
  readonly schema: string;
  readonly columns: readonly Omit<ServedColumn, 'type'>[];
}

/** Parameters of every view, which a column cannot be. */
const RESERVED = ['as_of', 'min_as_of', 'cursor', 'limit', 'format'];

const columns = { type: 'array', items: { type: 'string', minLength: 1 }, uniqueItems: true };
const check = new Ajv({ allErrors: true, verbose: true }).compile({
  type: 'object',
  required: ['key'],
  additionalProperties: false,
  properties: { key: { ...columns, minItems: 1 }, filters: columns },
});

/**
 * The views that declare `config: {meta: {read_model: {key: [...], filters: [...]}}}`. Throws MR-MODEL-001 that names the file, the
 * view and what is allowed.
 */
export function readServedViews(project: Project, properties: Properties): DeclaredView[] {
  return properties.models.flatMap((declared) => {
    const meta = (declared.config?.meta ?? {}) as { readonly read_model?: unknown };
    if (meta.read_model === undefined) return [];
    const where = `${declared.file}: ${declared.name}: config.meta.read_model`;
    if (!check(meta.read_model)) {
      const problems = schemaProblems(check.errors ?? [], meta.read_model);
      throw invalid(problems.map(({ path, message }) => `${where}.${path}: ${message}`).join('\n  '));
    }
    const { key, filters = [] } = meta.read_model as { key: string[]; filters?: string[] };
    return [viewOf({ project, declared, key, filters, where })];
  });
}

function viewOf(from: {
  project: Project;
  declared: ModelProperties;
  key: readonly string[];
  filters: readonly string[];
  where: string;
}): DeclaredView {
  const { project, declared, key, filters, where } = from;
  const model = project.byName.get(declared.name) as Model;
  if (model.materialized !== 'view') throw invalid(`${where}: only a view can be a read model`);
  const names = declared.columns.map(({ name }) => name);
  for (const column of [...key, ...filters]) {
    if (!names.includes(column)) throw invalid(`${where}: ${column} is none of ${names.join(', ')}`);
    if (RESERVED.includes(column)) throw invalid(`${where}: ${column} is the name of a parameter of every view`);
  }
  return {
    name: model.name,
    schema: model.schema,
    description: textOf(declared.description),
    key,
    filters: [...new Set([...key, ...filters])],
    columns: declared.columns.map(({ name, description }) => ({ name, description: textOf(description) })),
    sql: sqlOf(project, model, where),
  };
}

/** The view's SELECT at a watermark, with the views that it reads put in. */
function sqlOf(project: Project, model: Model, where: string): string {
  return model.compile({
    ref(name) {
      const ref = project.byName.get(name) as Model;
      return ref.materialized === 'view' ? `(${sqlOf(project, ref, where)})` : modelAt(name);
    },
    source(source, table) {
      // A replica has its rows as they are now, whatever was published.
      throw invalid(`${where}: it reads ${sourceKey({ source, table })}; allowed: models, which have states`);
    },
  });
}

function invalid(detail: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail);
}

function textOf(description: string | undefined): string {
  return (description ?? '').trim().replace(/\s+/g, ' ');
}
