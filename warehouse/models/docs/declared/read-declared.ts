import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { listFiles, readYaml } from '../../project/folder-files.ts';
import { sourceKey } from '../../project/project.ts';
import type { Declared, DeclaredRelation, DeclaredTest } from './declared.ts';
import { docsBlocks, listOf, readRelation, readUnitTests, textOf, withDocs } from './read-properties.ts';

interface ProjectFile {
  'model-paths'?: string[];
  'docs-paths'?: string[];
  'test-paths'?: string[];
  'snapshot-paths'?: string[];
}

/**
 * Reads descriptions and tests of a dbt project's folder: YAML beside the models, docs blocks, tests that are files,
 * README.md. Throws MR-MODEL-001 with the name of a file that is no YAML.
 */
export async function readDeclared(folder: string): Promise<Declared> {
  const projectFile = ((await readYaml(join(folder, 'dbt_project.yml'))) ?? {}) as ProjectFile;
  const modelFiles = await filesBelow(folder, [
    ...(projectFile['model-paths'] ?? ['models']),
    ...(projectFile['snapshot-paths'] ?? ['snapshots']),
  ]);
  const docsFiles = await filesBelow(folder, projectFile['docs-paths'] ?? projectFile['model-paths'] ?? ['models']);
  const blocks = new Map<string, string>();
  for (const path of docsFiles.filter((file) => file.endsWith('.md'))) {
    for (const [name, text] of docsBlocks(await readFile(path, 'utf8'))) blocks.set(name, text);
  }

  const models = new Map<string, DeclaredRelation>();
  const tables = new Map<string, DeclaredRelation>();
  const sources = new Map<string, string>();
  const tests: [string, DeclaredTest][] = [];
  for (const path of modelFiles.filter((file) => /\.ya?ml$/.test(file))) {
    const file = ((await readYaml(path)) ?? {}) as Record<string, unknown>;
    for (const entry of [...listOf(file.models), ...listOf(file.snapshots)])
      models.set(textOf(entry.name), readRelation(entry, blocks));
    for (const source of listOf(file.sources)) {
      const name = textOf(source.name);
      sources.set(name, withDocs(textOf(source.description), blocks));
      for (const table of listOf(source.tables)) {
        tables.set(sourceKey({ source: name, table: textOf(table.name) }), readRelation(table, blocks));
      }
    }
    tests.push(...readUnitTests(file.unit_tests, blocks));
  }
  tests.push(...(await readTestFiles(folder, projectFile['test-paths'] ?? ['tests'], blocks)));
  for (const [id, test] of tests) {
    const relations = id.includes('.') ? tables : models;
    const known = relations.get(id) ?? { description: '', columns: [], tests: [] };
    relations.set(id, { ...known, tests: [...known.tests, test] });
  }
  return { models, tables, sources, readme: await readReadme(folder) };
}

/** A test that is a file of its own belongs to everything that its SQL refers to. */
async function readTestFiles(
  folder: string,
  roots: readonly string[],
  blocks: ReadonlyMap<string, string>,
): Promise<[string, DeclaredTest][]> {
  const found: [string, DeclaredTest][] = [];
  const files = await filesBelow(folder, roots);
  const descriptions = new Map<string, string>();
  for (const path of files.filter((file) => /\.ya?ml$/.test(file))) {
    const { data_tests: entries } = ((await readYaml(path)) ?? {}) as Record<string, unknown>;
    for (const { name, description } of listOf(entries)) {
      descriptions.set(textOf(name), withDocs(textOf(description), blocks));
    }
  }
  for (const path of files) {
    const place = relative(folder, path).split(sep);
    if (!path.endsWith('.sql') || place.includes('generic')) continue;
    const sql = await readFile(path, 'utf8');
    const ids = new Set([
      ...[...sql.matchAll(/\bref\(\s*['"]([^'"]+)['"]/g)].map(([, name = '']) => name),
      ...[...sql.matchAll(/\bsource\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]/g)].map(([, source = '', table = '']) =>
        sourceKey({ source, table }),
      ),
    ]);
    const name = basename(path, '.sql');
    const description = descriptions.get(name) ?? '';
    for (const id of ids) found.push([id, { name, kind: 'file', detail: place.join('/'), description }]);
  }
  return found;
}

async function readReadme(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.toLowerCase() === 'readme.md');
  return name === undefined ? '' : readFile(join(folder, name), 'utf8');
}

async function filesBelow(folder: string, roots: readonly string[]): Promise<string[]> {
  const files = await Promise.all(roots.map((root) => listFiles(join(folder, root))));
  return files.flat().sort();
}
