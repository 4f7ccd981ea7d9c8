import { MillraceError } from '../../../runtime/errors.ts';
import type { Project } from '../project/project.ts';
import type { Properties } from '../properties/properties.ts';
import type { DataTest } from './data-test.ts';
import { declaredTests } from './declared-tests.ts';
import { TEST_ERRORS } from './errors.ts';
import { readGenericTests } from './generic-tests.ts';
import { singularTests } from './singular-tests.ts';
import { testDefaults } from './test-config.ts';

/** All data tests of a folder that are enabled, by name. Throws MR-TEST-001. */
export async function readDataTests(folder: string, project: Project, properties: Properties): Promise<DataTest[]> {
  const generic = await readGenericTests(folder, project);
  const defaults = testDefaults(project.testDefaults, project.name);
  const tests = [
    ...declaredTests({ project, properties, generic, defaults }),
    ...(await singularTests({ folder, project, properties, macros: generic.macros, defaults })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [i, { name, file }] of tests.entries()) {
    const other = tests[i + 1];
    if (other?.name !== name) continue;
    throw new MillraceError(
      TEST_ERRORS.declarationInvalid,
      `${file}: there are two tests ${name} (the other is in ${other.file}); give one a \`name\` of its own`,
    );
  }
  return tests.filter(({ config }) => config.enabled);
}
