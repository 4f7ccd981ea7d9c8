import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { listFiles } from '../project/folder-files.ts';
import type { Project } from '../project/project.ts';
import { asMacros, findTestBlocks, type TestBlock } from '../project/test-blocks.ts';
import { BUILT_IN_TESTS } from './built-in-tests.ts';
import { TEST_ERRORS } from './errors.ts';

/** The tests that a YAML file can name, and the macros that they are. */
export interface GenericTests {
  readonly byName: ReadonlyMap<string, TestBlock>;
  readonly macros: string;
}

/** dbt's own, and those of `macros` and of `generic` below the folders of tests. */
export async function readGenericTests(folder: string, project: Project): Promise<GenericTests> {
  const texts: string[] = [];
  for (const root of project.testPaths) {
    for (const path of await listFiles(join(folder, root, 'generic'))) {
      if (path.endsWith('.sql')) texts.push(await readFile(path, 'utf8'));
    }
  }
  const inMacros: string[] = [];
  for (const path of await listFiles(join(folder, 'macros'))) {
    if (path.endsWith('.sql')) inMacros.push(await readFile(path, 'utf8'));
  }
  const blocks = [BUILT_IN_TESTS, ...inMacros, ...texts].flatMap(findTestBlocks);
  return {
    byName: new Map(blocks.map((block) => [block.name, block])),
    // The last macro of a name is the one that is called.
    macros: [asMacros(BUILT_IN_TESTS), project.macros, ...texts.map(asMacros)].map((text) => text.trim()).join(''),
  };
}

/** Throws MR-TEST-001 that names what there is. */
export function findGenericTest(tests: GenericTests, name: string, where: string): TestBlock {
  const found = tests.byName.get(name);
  if (found !== undefined) return found;
  const names = [...tests.byName.keys()];
  const meant = nearest(name, names);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  throw new MillraceError(
    TEST_ERRORS.declarationInvalid,
    `${where}: there is no test ${name}${hint} (there are ${names.join(', ')}; more can be written in tests/generic)`,
  );
}

/** Throws MR-TEST-001 for arguments that the test does not take, or lacks. */
export function checkArguments(test: TestBlock, given: readonly string[], where: string): void {
  const taken = test.parameters.map(({ name }) => name).filter((name) => name !== 'model');
  const unknown = given.filter((name) => !taken.includes(name));
  const missing = test.parameters
    .filter(({ name, isOptional }) => name !== 'model' && !isOptional && !given.includes(name))
    .map(({ name }) => name);
  if (unknown.length === 0 && missing.length === 0) return;
  const faults = [
    ...unknown.map((name) => {
      const meant = nearest(name, taken);
      return `takes no argument ${name}${meant === null ? '' : `; did you mean ${meant}?`}`;
    }),
    ...missing.map((name) => `needs the argument ${name}`),
  ];
  throw new MillraceError(
    TEST_ERRORS.declarationInvalid,
    `${where}: test ${test.name} ${faults.join('; ')} (allowed: ${taken.join(', ') || 'none'})`,
  );
}
