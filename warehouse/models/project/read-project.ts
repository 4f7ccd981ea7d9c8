import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { listFiles, readYaml } from './folder-files.ts';
import { parseMaintenance } from './maintenance.ts';
import type { Model, Project } from './project.ts';
import { readSnapshots } from './snapshots.ts';
import { openTemplate } from './template.ts';
import { asMacros } from './test-blocks.ts';

interface ProjectFile {
  name?: string;
  'model-paths'?: string[];
  'test-paths'?: string[];
  'snapshot-paths'?: string[];
  snapshots?: unknown;
  vars?: Record<string, unknown>;
  data_tests?: Record<string, unknown>;
  tests?: Record<string, unknown>;
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
  const modelPaths = projectFile['model-paths'] ?? ['models'];
  for (const root of modelPaths) {
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
  const snapshotPaths = projectFile['snapshot-paths'] ?? ['snapshots'];
  if (projectFile.snapshots !== undefined) {
    throw invalid('dbt_project.yml: settings of snapshots are read beside each snapshot only: move `snapshots` there');
  }
  for (const { model, text } of await readSnapshots({
    folder,
    roots: [...modelPaths, ...snapshotPaths],
    macros,
    vars,
  })) {
    if (byName.has(model.name)) throw invalid(`two models are named ${model.name}; a snapshot's name is one of theirs`);
    byName.set(model.name, model);
    texts.push(text);
  }
  checkReferences(byName);
  const hash = createHash('sha256')
    .update(JSON.stringify([texts.sort(), macros, vars]))
    .digest('hex')
    .slice(0, 16);
  return {
    name: projectFile.name ?? 'models',
    models: inOrder(byName),
    byName,
    macros,
    vars,
    modelPaths,
    snapshotPaths,
    testPaths: projectFile['test-paths'] ?? ['tests'],
    testDefaults: projectFile.data_tests ?? projectFile.tests ?? {},
    hash,
  };
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
  const { name, layer, path, sql } = file;
  const template = openTemplate(file);
  const { config } = template;
  const materialized = config.materialized ?? 'view';
  if (materialized !== 'view' && materialized !== 'table') {
    throw invalid(
      `${name}: materialized is ${JSON.stringify(materialized)}; allowed: 'view', 'table' (a snapshot is written in YAML)`,
    );
  }
  const meta = (config.meta ?? {}) as { maintenance?: unknown };
  return {
    name,
    path,
    sql,
    layer,
    materialized,
    schema: typeof config.schema === 'string' ? config.schema : layer === 'staging' ? 'staging' : 'bi',
    uniqueKey: [config.unique_key ?? []].flat().map(String),
    maintenance: materialized === 'table' ? parseMaintenance(name, meta.maintenance) : null,
    refs: template.refs,
    sources: template.sources,
    description: file.description,
    config,
    compile: template.compile,
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
    if (path.endsWith('.sql')) texts.push(asMacros((await readFile(path, 'utf8')).trim()));
  return texts.join('');
}

function invalid(detail: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail);
}
