import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import { inputsOf } from '../model-columns.ts';
import type { Model, Project } from '../project/project.ts';
import type { FixtureProperties, Properties, UnitTestProperties } from '../properties/properties.ts';
import type { Fixture, UnitTest } from './unit-test.ts';

/** The unit tests of a folder that are enabled. Throws MR-TEST-001. */
export async function readUnitTests(folder: string, project: Project, properties: Properties): Promise<UnitTest[]> {
  const found: UnitTest[] = [];
  for (const declared of properties.unitTests) {
    if (declared.config?.enabled === false) continue;
    const where = `${declared.file}: unit test ${declared.name}`;
    const model = project.byName.get(declared.model) as Model;
    const read = (fixture: FixtureProperties, what: string) =>
      readFixture({ folder, testPaths: project.testPaths, fixture, where: `${where}: ${what}` });
    const given = new Map<string, Fixture>();
    for (const each of declared.given) given.set(inputOf(each.input, model, where), await read(each, each.input));
    checkInputs(given, declared, model, where);
    found.push({
      name: declared.name,
      description: declared.description?.trim() ?? '',
      file: declared.file,
      model,
      given,
      expect: await read(declared.expect, 'expect'),
      vars: declared.overrides?.vars ?? {},
      tags: [declared.config?.tags ?? []].flat(),
    });
  }
  return found;
}

const REF = /^\s*ref\(\s*(['"])([^'"]+)\1\s*\)\s*$/;
const SOURCE = /^\s*source\(\s*(['"])([^'"]+)\1\s*,\s*(['"])([^'"]+)\3\s*\)\s*$/;

/** The model's own name for `ref('x')` or `source('a', 'b')`. */
function inputOf(text: string, model: Model, where: string): string {
  const source = SOURCE.exec(text);
  const input = source === null ? REF.exec(text)?.[2] : `${source[2]}.${source[4]}`;
  if (input === undefined)
    throw invalid(`${where}: input is '${text}'; write ref('model') or source('source', 'table')`);
  const inputs = inputsOf(model);
  if (inputs.includes(input)) return input;
  const meant = nearest(input, inputs);
  const hint = meant === null ? '' : `; did you mean ${callOf(meant)}?`;
  throw invalid(
    `${where}: ${model.name} does not read ${text}${hint} (it reads ${inputs.map(callOf).join(', ') || 'nothing'})`,
  );
}

function checkInputs(
  given: ReadonlyMap<string, Fixture>,
  { given: declared }: UnitTestProperties,
  model: Model,
  where: string,
): void {
  if (declared.length > given.size) throw invalid(`${where}: an input is given twice`);
  const missing = inputsOf(model).filter((input) => !given.has(input));
  if (missing.length === 0) return;
  throw invalid(`${where}: ${missing.map(callOf).join(', ')} not given; write \`rows: []\` where there are none`);
}

/** As a model writes it. */
function callOf(input: string): string {
  const [source, table] = input.split('.');
  return table === undefined ? `ref('${input}')` : `source('${source}', '${table}')`;
}

async function readFixture(options: {
  folder: string;
  testPaths: readonly string[];
  fixture: FixtureProperties;
  where: string;
}): Promise<Fixture> {
  const { folder, testPaths, fixture, where } = options;
  const { format = 'dict', rows, fixture: file } = fixture;
  if (file !== undefined) {
    if (rows !== undefined) throw invalid(`${where}: has both rows and a fixture; write one of them`);
    if (format === 'dict') throw invalid(`${where}: a fixture is a file of format csv or sql; write \`format: csv\``);
    for (const root of testPaths) {
      const text = await readFile(join(folder, root, 'fixtures', `${file}.${format}`), 'utf8').catch(() => null);
      if (text !== null) return { format, text };
    }
    throw invalid(
      `${where}: there is no ${testPaths.map((root) => `${root}/fixtures/${file}.${format}`).join(' or ')}`,
    );
  }
  if (rows === undefined) throw invalid(`${where}: needs rows, or a fixture`);
  if (format === 'dict') {
    if (typeof rows === 'string')
      throw invalid(`${where}: rows are text; write \`format: csv\`, or a list of mappings`);
    return { format, rows: rows ?? [] };
  }
  if (typeof rows !== 'string') throw invalid(`${where}: rows of format ${format} are text (\`rows: |\`)`);
  return { format, text: rows };
}

function invalid(detail: string): MillraceError {
  return new MillraceError(TEST_ERRORS.declarationInvalid, detail);
}
