import { MillraceError } from '../../runtime/errors.ts';
import { MODEL_ERRORS } from './errors.ts';
import type { AdditiveMaintenance, ByKeyMaintenance, HistoryMaintenance } from './project/maintenance.ts';
import { type Model, type Project, type SourceTableRef, sourceKey } from './project/project.ts';

/** How a change reaches the models: worked out once, when the project is read. */
export interface Plan {
  /** Source tables that models and views read, by `source.table`. */
  readonly sources: ReadonlyMap<string, SourceTableRef>;
  /** Models kept by key, each after its inputs. */
  readonly byKey: readonly ByKeyPlan[];
  /** Cubes by the name of their input. */
  readonly additive: readonly AdditivePlan[];
  readonly static: readonly Model[];
  readonly histories: readonly HistoryPlan[];
  readonly views: readonly Model[];
}

/** An input is a source table (`source.table`) or a model. */
export interface PlannedInput {
  readonly name: string;
  readonly column: string;
}

export interface ByKeyPlan {
  readonly model: Model;
  readonly maintenance: ByKeyMaintenance;
  readonly inputs: readonly PlannedInput[];
  /** The SQL with each input read from the table that `nameOf` gives for it. */
  sqlOver(nameOf: (input: string) => string): string;
}

export interface AdditivePlan {
  readonly model: Model;
  readonly maintenance: AdditiveMaintenance;
  /** The SQL with its input read from the table that `nameOf` gives for it. */
  sqlOver(nameOf: (input: string) => string): string;
}

/** A snapshot; its rows come from those of the model that it follows. */
export interface HistoryPlan {
  readonly model: Model;
  readonly maintenance: HistoryMaintenance;
}

/** Everything that the model's rows are computed from: source tables (`service.table`) and models. */
export function inputNames({ inputs, maintenance }: Pick<ByKeyPlan, 'inputs' | 'maintenance'>): Set<string> {
  return new Set([...inputs.map(({ name }) => name), ...maintenance.lookups.map(({ table }) => table)]);
}

/** Name of the external table that stands for an input in a query. */
export function externalName(input: string): string {
  return `input_${input.replaceAll(/[^A-Za-z0-9_]/g, '__')}`;
}

/** Throws MR-MODEL-002 or -007 with the reason and what to write instead where a model could not be kept exact. */
export function planProject(project: Project): Plan {
  const tables = project.models.filter((model) => model.materialized === 'table');
  const sources = new Map<string, SourceTableRef>();
  for (const model of project.models) {
    for (const ref of model.sources) sources.set(sourceKey(ref), ref);
  }
  return {
    sources,
    byKey: tables.flatMap((model) =>
      model.maintenance?.strategy === 'by_key' ? [planByKey(project, model, model.maintenance)] : [],
    ),
    additive: tables.flatMap((model) =>
      model.maintenance?.strategy === 'additive' ? [planAdditive(project, model, model.maintenance)] : [],
    ),
    static: tables
      .filter((model) => model.maintenance?.strategy === 'static')
      .map((model) => checkStatic(project, model)),
    histories: project.models.flatMap((model) =>
      model.maintenance?.strategy === 'history' ? [planHistory(project, model, model.maintenance)] : [],
    ),
    views: project.models.filter((model) => model.materialized === 'view'),
  };
}

/** What a model reads in the end: source tables and kept models, seen through views. */
function readsOf(project: Project, model: Model): Set<string> {
  const reads = new Set<string>(model.sources.map(sourceKey));
  for (const name of model.refs) {
    const ref = project.byName.get(name) as Model;
    if (ref.materialized !== 'view') reads.add(name);
    else for (const read of readsOf(project, ref)) reads.add(read);
  }
  return reads;
}

/** The SQL with views put in as subqueries and every other reference named by `nameOf`. */
function inline(project: Project, model: Model, nameOf: (read: string) => string): string {
  return model.compile({
    source: (source, table) => nameOf(sourceKey({ source, table })),
    ref: (name) => {
      const ref = project.byName.get(name) as Model;
      return ref.materialized !== 'view' ? nameOf(name) : `(${inline(project, ref, nameOf)})`;
    },
  });
}

function planByKey(project: Project, model: Model, maintenance: ByKeyMaintenance): ByKeyPlan {
  const declared = new Set([...Object.keys(maintenance.inputs), ...maintenance.lookups.map((lookup) => lookup.table)]);
  const reads = readsOf(project, model);
  for (const read of reads) {
    if (declared.has(read)) continue;
    throw refuse(model, `reads ${read}, which is neither in 'inputs' (with its column for the key) nor in 'lookups'`);
  }
  for (const name of declared) {
    if (reads.has(name)) continue;
    throw refuse(model, `declares ${name}, which it does not read; it reads ${[...reads].join(', ')}`);
  }
  for (const name of reads) {
    const kept = project.byName.get(name);
    if (kept !== undefined && kept.maintenance?.strategy !== 'by_key') {
      throw refuse(model, `reads ${name}, which is not kept by key; only models with strategy 'by_key' can be inputs`);
    }
  }
  for (const lookup of maintenance.lookups) {
    if (!declared.has(lookup.from))
      throw refuse(model, `has a lookup from ${lookup.from}, which is no input or lookup of it`);
  }
  return {
    model,
    maintenance,
    inputs: Object.entries(maintenance.inputs).map(([name, column]) => ({ name, column })),
    sqlOver: (nameOf) => inline(project, model, nameOf),
  };
}

function planAdditive(project: Project, model: Model, maintenance: AdditiveMaintenance): AdditivePlan {
  const reads = [...readsOf(project, model)];
  if (reads.length !== 1 || reads[0] !== maintenance.input) {
    throw refuse(model, `is additive over ${maintenance.input}, but reads ${reads.join(', ') || 'nothing'}`);
  }
  const input = project.byName.get(maintenance.input);
  if (input?.maintenance?.strategy !== 'by_key') {
    throw refuse(model, `is additive over ${maintenance.input}, which must be a model with strategy 'by_key'`);
  }
  if (input.maintenance.key !== maintenance.entity) {
    throw refuse(
      model,
      `has entity ${maintenance.entity}, but ${input.name} is kept by ${input.maintenance.key}: write that`,
    );
  }
  const sql = inline(project, model, () => maintenance.input);
  const wrong = aggregateThatDoesNotAddUp(sql, maintenance.entity);
  if (wrong !== null) {
    throw refuse(
      model,
      `uses ${wrong}, which does not add up; a cube may use sum, count and uniqExact(${maintenance.entity}), else write strategy 'by_key'`,
    );
  }
  return { model, maintenance, sqlOver: (nameOf) => inline(project, model, nameOf) };
}

const AGGREGATES =
  /\b(avg\w*|min|max|any\w*|uniq\w*|countDistinct|quantile\w*|median\w*|argMin|argMax|group[A-Z]\w*|stddev\w*|var(?:Pop|Samp)\w*|first_value|last_value|top[KN]\w*)\s*\(\s*([A-Za-z_.]*)/g;

/** The first aggregate call whose values over disjoint sets of rows do not sum to its value over all; null if none. */
function aggregateThatDoesNotAddUp(sql: string, entity: string): string | null {
  for (const [, name, argument] of sql.matchAll(AGGREGATES)) {
    if (name === 'uniqExact' && argument?.split('.').at(-1) === entity) continue;
    return `${name}(${argument ?? ''}...)`;
  }
  return null;
}

function checkStatic(project: Project, model: Model): Model {
  const reads = [...readsOf(project, model)];
  if (reads.length > 0) throw refuse(model, `is static, but reads ${reads.join(', ')}: use strategy 'by_key'`);
  return model;
}

function planHistory(project: Project, model: Model, maintenance: HistoryMaintenance): HistoryPlan {
  const followed = project.byName.get(maintenance.relation) as Model;
  const kept = followed.maintenance;
  if (kept?.strategy !== 'by_key') {
    const what = kept === null ? 'a view' : `kept by strategy '${kept.strategy}'`;
    throw refuseSnapshot(
      model,
      `stands on ${followed.name}, which is ${what}; only of models with strategy 'by_key' every change of a row is known`,
    );
  }
  if (!isSameSet(model.uniqueKey, followed.uniqueKey)) {
    const key = followed.uniqueKey.join(', ');
    throw refuseSnapshot(
      model,
      `has unique_key (${model.uniqueKey.join(', ')}), but ${followed.name} has (${key}): write that`,
    );
  }
  return { model, maintenance };
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}

function refuseSnapshot(model: Model, reason: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.snapshotRefused, `${model.path}: snapshot ${model.name} ${reason}`);
}

function refuse(model: Model, reason: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.notMaintainable, `model ${model.name} ${reason}`);
}
