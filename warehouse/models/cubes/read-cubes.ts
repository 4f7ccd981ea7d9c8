import { Ajv } from 'ajv';
import { schemaProblems } from '../../../runtime/config/schema-problems.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import type { Model, Project } from '../project/project.ts';
import type { ColumnProperties, ModelProperties, Properties } from '../properties/properties.ts';
import { AGGREGATES, CUBE_GRAINS, type Cube, type CubeDimension, type CubeGrain, type CubeMeasure } from './cube.ts';

/** A cube as it is declared: types are known when its tables are there. */
export interface DeclaredCube extends Omit<Cube, 'dimensions' | 'measures'> {
  readonly dimensions: readonly Omit<CubeDimension, 'type'>[];
  readonly measures: readonly (Omit<CubeMeasure, 'type'> & { readonly type: string | null })[];
}

interface CubeMeta {
  readonly time?: string;
  /** Names the number of rows of a model that has no measure for it. */
  readonly count?: string;
  readonly ratios?: Readonly<Record<string, { of: string; by: string; scale: number; description?: string }>>;
}

interface ColumnMeta {
  readonly measure?: (typeof AGGREGATES)[number];
  readonly not_over?: readonly string[];
  readonly of?: string;
  readonly grain?: CubeGrain;
  readonly hidden?: boolean;
}

const name = { type: 'string', minLength: 1 };
const ajv = new Ajv({ allErrors: true, verbose: true });
const checkCube = ajv.compile({
  type: 'object',
  additionalProperties: false,
  properties: {
    time: name,
    count: name,
    ratios: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['of', 'by', 'scale'],
        additionalProperties: false,
        properties: {
          of: name,
          by: name,
          scale: { type: 'integer', minimum: 0, maximum: 12 },
          description: { type: 'string' },
        },
      },
    },
  },
});
/** Whatever else a column's `meta` has is somebody else's. */
const checkColumn = ajv.compile({
  type: 'object',
  properties: {
    measure: { enum: AGGREGATES },
    not_over: { type: 'array', items: name },
    of: name,
    grain: { enum: CUBE_GRAINS },
    hidden: { type: 'boolean' },
  },
});

/**
 * The models that declare `config: {meta: {cube: {...}}}`, with what their columns' `config.meta` says. Throws MR-MODEL-001
 * that names the file, the column and what is allowed.
 */
export function readCubes(project: Project, properties: Properties): DeclaredCube[] {
  const described = new Map(properties.models.map((model) => [model.name, model]));
  return properties.models.flatMap((declared) => {
    const meta = metaOf(declared.config).cube;
    if (meta === undefined) return [];
    check(checkCube, meta, `${declared.file}: ${declared.name}: config.meta.cube`);
    const model = project.byName.get(declared.name) as Model;
    return [cubeOf({ project, described, model, declared, meta: meta as CubeMeta })];
  });
}

function cubeOf(from: {
  project: Project;
  described: ReadonlyMap<string, ModelProperties>;
  model: Model;
  declared: ModelProperties;
  meta: CubeMeta;
}): DeclaredCube {
  const { model, declared, meta } = from;
  const where = `${declared.file}: ${declared.name}`;
  if (model.materialized !== 'table') throw invalid(`${where}: config.meta.cube: only a table can be a cube`);
  const { maintenance } = model;
  const rowCount = maintenance?.strategy === 'additive' ? maintenance.row_count : null;
  const dimensions: Omit<CubeDimension, 'type'>[] = [];
  const measures: DeclaredCube['measures'][number][] = [];
  for (const column of declared.columns) {
    const { name } = column;
    const own = columnMeta(column, where);
    const isMeasure = own.measure !== undefined || (rowCount !== null && !model.uniqueKey.includes(name));
    if (own.measure !== undefined && rowCount !== null && own.measure !== 'sum') {
      throw invalid(`${where}.${name}: config.meta.measure: cells of an additive cube are summed up; allowed: sum`);
    }
    if (own.hidden === true) continue;
    const description = textOf(column.description);
    if (isMeasure) {
      const { measure: aggregate = 'sum', not_over: notOver = [] } = own;
      measures.push({ name, description, type: null, aggregate, notOver, ratio: null });
      continue;
    }
    dimensions.push({ name, description, attribute: null, grain: own.grain ?? null });
    if (own.of !== undefined) dimensions.push(...attributesOf(from, name, own.of, where));
  }
  if (meta.count !== undefined) {
    const description = `Rows of ${model.name}.`;
    measures.push({ name: meta.count, description, type: 'UInt64', aggregate: 'count', notOver: [], ratio: null });
  }
  for (const [name, { description, ...ratio }] of Object.entries(meta.ratios ?? {})) {
    const parts = [ratio.of, ratio.by].map((part) => {
      const measure = measures.find((each) => each.name === part && each.ratio === null);
      if (measure === undefined) throw unknown(`${where}: ratio ${name}`, part, measures);
      return measure;
    });
    const notOver = [...new Set(parts.flatMap((part) => part.notOver))];
    const text = textOf(description) || `${ratio.of} divided by ${ratio.by}.`;
    const type = `Decimal(38, ${ratio.scale})`;
    measures.push({ name, description: text, type, aggregate: 'ratio', notOver, ratio });
  }
  for (const { name, notOver } of measures) {
    for (const column of notOver) {
      if (!dimensions.some((each) => each.name === column))
        throw unknown(`${where}.${name}: not_over`, column, dimensions);
    }
  }
  const time = meta.time ?? null;
  if (time !== null && !dimensions.some((each) => each.name === time))
    throw unknown(`${where}: time`, time, dimensions);
  return { name: model.name, description: textOf(declared.description), rowCount, dimensions, measures, time };
}

/** What the dimension table that a column points to says of it, but for the key, which the column has itself. */
function attributesOf(
  { project, described }: Parameters<typeof cubeOf>[0],
  column: string,
  of: string,
  where: string,
): Omit<CubeDimension, 'type'>[] {
  const model = project.byName.get(of);
  const [key, ...more] = model?.uniqueKey ?? [];
  if (model?.materialized !== 'table' || key === undefined || more.length > 0) {
    throw invalid(`${where}.${column}: config.meta.of: ${of} is no table with one column as its unique_key`);
  }
  const columns = described.get(of)?.columns ?? [];
  return columns
    .filter((each) => each.name !== key && columnMeta(each, of).hidden !== true)
    .map((each) => ({
      name: `${column}.${each.name}`,
      description: textOf(each.description),
      attribute: { column, model: of, key, attribute: each.name },
      grain: columnMeta(each, of).grain ?? null,
    }));
}

function columnMeta(column: ColumnProperties, where: string): ColumnMeta {
  const meta = metaOf(column.config);
  check(checkColumn, meta, `${where}.${column.name}: config.meta`);
  return meta;
}

function metaOf(config: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return (config?.meta ?? {}) as Readonly<Record<string, unknown>>;
}

function check(validate: ReturnType<typeof ajv.compile>, value: unknown, where: string): void {
  if (validate(value)) return;
  const problems = schemaProblems(validate.errors ?? [], value);
  throw invalid(problems.map(({ path, message }) => `${where}.${path}: ${message}`).join('\n  '));
}

function unknown(where: string, given: string, known: readonly { readonly name: string }[]): MillraceError {
  return invalid(`${where}: ${given} is none of ${known.map((each) => each.name).join(', ')}`);
}

function invalid(detail: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail);
}

function textOf(description: string | undefined): string {
  return (description ?? '').trim().replace(/\s+/g, ' ');
}
