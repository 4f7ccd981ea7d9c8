import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { listFiles } from '../project/folder-files.ts';
import type { Project } from '../project/project.ts';
import { parseExactYaml } from './exact-yaml.ts';
import type {
  ColumnProperties,
  Constraint,
  ModelProperties,
  Properties,
  SingularTestProperties,
  SourceProperties,
  SourceTableProperties,
  TestDeclaration,
  UnitTestProperties,
} from './properties.ts';
import { propertiesProblems } from './properties-schema.ts';

/** The file as the schema lets it through. */
interface PropertiesFile {
  readonly models?: readonly WrittenModel[];
  readonly snapshots?: readonly WrittenModel[];
  readonly sources?: readonly WrittenSource[];
  readonly unit_tests?: readonly Omit<UnitTestProperties, 'file'>[];
  readonly data_tests?: readonly Omit<SingularTestProperties, 'file'>[];
}

/** `tests` is what dbt called `data_tests` before it had unit tests. */
interface Tested {
  readonly data_tests?: readonly TestDeclaration[];
  readonly tests?: readonly TestDeclaration[];
}

type WrittenColumn = Omit<ColumnProperties, 'constraints' | 'tests'> & Tested & Constrained;
type WrittenModel = Omit<ModelProperties, 'file' | 'columns' | 'constraints' | 'tests'> &
  Tested &
  Constrained &
  WithColumns;
type WrittenTable = Omit<SourceTableProperties, 'columns' | 'tests'> & Tested & WithColumns & Configured;
type WrittenSource = Omit<SourceProperties, 'file' | 'tables'> &
  Configured & { readonly tables?: readonly WrittenTable[] };

interface Constrained {
  readonly constraints?: readonly Constraint[];
}

interface WithColumns {
  readonly columns?: readonly WrittenColumn[];
}

/** Of a source or its table: the same settings may stand below `config`. */
interface Configured {
  readonly config?: Pick<SourceProperties, 'freshness' | 'loaded_at_field' | 'loaded_at_query'>;
}

/** Reads every YAML file beside models and tests. Throws MR-MODEL-001 that names file, place and what is allowed. */
export async function readProperties(folder: string, project: Project): Promise<Properties> {
  const models: ModelProperties[] = [];
  const sources: SourceProperties[] = [];
  const unitTests: UnitTestProperties[] = [];
  const singularTests: SingularTestProperties[] = [];
  for (const root of new Set([...project.modelPaths, ...project.snapshotPaths, ...project.testPaths])) {
    for (const path of await listFiles(join(folder, root))) {
      if (!/\.ya?ml$/.test(path)) continue;
      const file = relative(folder, path);
      const content = await readFileProperties(path, file);
      // One that is not enabled is none.
      const snapshots = (content.snapshots ?? []).filter(({ name }) => project.byName.has(name));
      for (const { constraints = [], ...model } of [...(content.models ?? []), ...snapshots]) {
        models.push({ ...model, file, constraints, columns: columnsOf(model), tests: testsOf(model) });
      }
      for (const { tables = [], ...source } of content.sources ?? []) {
        sources.push({ ...source, ...source.config, file, tables: tables.map(tableOf) });
      }
      for (const unitTest of content.unit_tests ?? []) unitTests.push({ ...unitTest, file });
      for (const test of content.data_tests ?? []) singularTests.push({ ...test, file });
    }
  }
  checkNames('models', models);
  checkNames('sources', sources);
  checkNames('unit tests', unitTests);
  checkNames('data_tests', singularTests);
  for (const { name, file } of models) checkModel(project, name, `${file}: `);
  for (const { name, model, file } of unitTests) {
    checkModel(project, model, `${file}: unit test ${name}: `);
    if (project.byName.get(model)?.materialized !== 'snapshot') continue;
    throw invalid(`${file}: unit test ${name}: ${model} is a snapshot; test the model that it follows`);
  }
  return { models, sources, unitTests, singularTests };
}

async function readFileProperties(path: string, file: string): Promise<PropertiesFile> {
  let content: unknown;
  try {
    content = parseExactYaml(await readFile(path, 'utf8'));
  } catch (error) {
    throw invalid(`${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const problems = propertiesProblems(content);
  if (problems.length > 0) {
    throw invalid(problems.map((problem) => `${file}: ${problem.path}: ${problem.message}`).join('\n  '));
  }
  return (content ?? {}) as PropertiesFile;
}

function testsOf({ data_tests: dataTests = [], tests = [] }: Tested): TestDeclaration[] {
  return [...dataTests, ...tests];
}

function columnsOf({ columns = [] }: WithColumns): ColumnProperties[] {
  return columns.map(({ constraints = [], ...column }) => ({ ...column, constraints, tests: testsOf(column) }));
}

function tableOf(table: WrittenTable): SourceTableProperties {
  return { ...table, ...table.config, columns: columnsOf(table), tests: testsOf(table) };
}

function checkNames(what: string, declared: readonly { name: string; file: string }[]): void {
  const files = new Map<string, string>();
  for (const { name, file } of declared) {
    const other = files.get(name);
    if (other !== undefined) throw invalid(`${file}: ${what} has ${name} a second time; it is in ${other} already`);
    files.set(name, file);
  }
}

function checkModel(project: Project, name: string, where: string): void {
  if (project.byName.has(name)) return;
  const meant = nearest(name, [...project.byName.keys()]);
  throw invalid(`${where}${name} is no model of this folder${meant === null ? '' : `; did you mean ${meant}?`}`);
}

function invalid(detail: string, cause?: unknown): MillraceError {
  return new MillraceError(MODEL_ERRORS.projectInvalid, detail, { cause });
}
