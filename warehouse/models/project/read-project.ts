import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { parseMaintenance } from './maintenance.ts';
import { type Model, type Project, type SourceTableRef, sourceKey } from './project.ts';
import { render } from './render.ts';

interface ProjectFile {
  name?: string;
  'model-paths'?: string[];
  vars?: Record<string, unknown>;
}

interface PropertiesFile {
  models?: { name: string; description?: string }[];
}

/**
 * Reads a folder laid out as a dbt project. Throws MR-MODEL-001 or -002 with the file's name where something cannot be
 * read or kept exact.
 */
export async function readProject(folder: string): Promise<Project> {
  const projectFile = ((await readYaml(join(folder, 'dbt_project.yml'))) ?? {}) as ProjectFile;
  const vars = projectFile.vars ?? {};
  const macros = await readMacros(join(folder, 'macros'));
  const descriptions = new Map<string, string>();
  const files: { path: string; root: string }[] = [];
  for (const root of projectFile['model-paths'] ?? ['models']) {
    for (const path of await listFiles(join(folder, root))) {
      if (path.endsWith('.sql')) files.push({ path, root: join(folder, root) });
      if (/\.ya?ml$/.test(path)) {
        for (const model of ((await readYaml(path)) as PropertiesFile | null)?.models ?? []) {
          descriptions.set(model.name, (model.description ?? '').trim());
        }
      }
    }
  }
  const byName = new Map<string, Model>();
  const texts: string[] = [];
  for (const { path, root } of files) {
    const sql = await readFile(path, 'utf8');
    const name = path.slice(path.lastIndexOf(sep) + 1, -'.sql'.length);
    if (byName.has(name)) throw invalid(`two models are named ${name}; names are unique over all folders`);
    const layer = relative(root, path).split(sep)[0] as string;
    byName.set(
      name,
      describeModel({
        name,
        layer,
        sql,
        macros,
        vars,
        path: relative(folder, path).replaceAll(sep, '/'),
        description: descriptions.get(name) ?? '',
      }),
    );
    texts.push(`${name}\n${sql}`);
  }
  checkReferences(byName);
  const hash = createHash('sha256')
    .update(JSON.stringify([texts.sort(), macros, vars]))
    .digest('hex')
    .slice(0, 16);
  return { name: projectFile.name ?? 'models', models: inOrder(byName), byName, hash };
}

function describeModel(file: {
  name: string;
  layer: string;
  sql: string;
  macros: string;
  vars: Readonly<Record<string, unknown>>;
  path: string;
  description: string;
}): Model {
  const { name, layer, sql, macros, vars } = file;
  const refs = new Set<string>();
  const sources = new Map<string, SourceTableRef>();
  let config: Record<string, unknown> = {};

  function variable(variableName: string, fallback?: unknown): unknown {
    const value = vars[variableName] ?? fallback;
    if (value === undefined)
      throw invalid(`${name}: var '${variableName}' is neither set in dbt_project.yml nor has a default`);
    return value;
  }

  function renderWith(ref: (model: string) => string, source: (s: string, t: string) => string): string {
    const context = {
      ref,
      source,
      config: (options: Readonly<Record<string, unknown>>) => {
        config = { ...config, ...options };
        return '';
      },
      var: variable,
    };
    try {
      return render({ sql, macros, context });
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw new MillraceError(
        MODEL_ERRORS.projectInvalid,
        `${name}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  renderWith(
    (model) => {
      refs.add(model);
      return model;
    },
    (source, table) => {
      sources.set(sourceKey({ source, table }), { source, table });
      return table;
    },
  );
  const materialized = config.materialized ?? 'view';
  if (materialized !== 'view' && materialized !== 'table') {
    throw invalid(`${name}: materialized is ${JSON.stringify(materialized)}; allowed: 'view', 'table'`);
  }
  const meta = (config.meta ?? {}) as { maintenance?: unknown };
  return {
    name,
    path: file.path,
    sql,
    layer,
    materialized,
    schema: typeof config.schema === 'string' ? config.schema : layer === 'staging' ? 'staging' : 'bi',
    uniqueKey: [config.unique_key ?? []].flat().map(String),
    maintenance: materialized === 'table' ? parseMaintenance(name, meta.maintenance) : null,
    refs: [...refs],
    sources: [...sources.values()],
    description: file.description,
    compile: (resolve) => renderWith(resolve.ref, resolve.source),
  };
}

function checkReferences(byName: ReadonlyMap<string, Model>): void {
  for (const model of byName.values()) {
    for (const ref of model.refs) {
      if (!byName.has(ref)) throw invalid(`${model.name}: ref('${ref}') is no model of this folder`);
    }
    if (model.materialized === 'table' && model.uniqueKey.length === 0) {
      throw invalid(`${model.name}: a table needs config(unique_key=...)`);
    }
  }
}

/** Depth first: what a model refers to comes before it. Throws on a cycle. */
function inOrder(byName: ReadonlyMap<string, Model>): Model[] {
  const ordered: Model[] = [];
  const state = new Map<string, 'open' | 'done'>();
  function visit(model: Model, path: readonly string[]): void {
    const seen = state.get(model.name);
    if (seen === 'done') return;
    if (seen === 'open') throw invalid(`models refer to each other in a circle: ${[...path, model.name].join(' -> ')}`);
    state.set(model.name, 'open');
    for (const ref of model.refs) visit(byName.get(ref) as Model, [...path, model.name]);
    state.set(model.name, 'done');
    ordered.push(model);
  }
  for (const name of [...byName.keys()].sort()) visit(byName.get(name) as Model, []);
  return ordered;
}

async function readMacros(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const path of await listFiles(folder))
    if (path.endsWith('.sql')) texts.push((await readFile(path, 'utf8')).trim());
  return texts.join('');
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(path, 'utf8'));
  } catch (error) {
    throw new MillraceError(
      MODEL_ERRORS.projectInvalid,
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function invalid(detail: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail);
}
