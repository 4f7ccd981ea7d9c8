import { readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { quoteString } from '../../clickhouse/quote.ts';
import { listFiles } from '../project/folder-files.ts';
import type { Project } from '../project/project.ts';
import { openTemplate } from '../project/template.ts';
import type { Properties } from '../properties/properties.ts';
import type { DataTest } from './data-test.ts';
import { checkNoFilter, checkReferences } from './declared-tests.ts';
import { TEST_ERRORS } from './errors.ts';
import { readTestConfig } from './test-config.ts';

/** Folders below `tests` that hold something else. */
const OTHER_FOLDERS = ['generic', 'fixtures'];

/** Every SQL file below the folders of tests is a test. Throws MR-TEST-001. */
export async function singularTests(options: {
  folder: string;
  project: Project;
  properties: Properties;
  macros: string;
  defaults: Readonly<Record<string, unknown>>;
}): Promise<DataTest[]> {
  const { folder, project, properties, macros, defaults } = options;
  const found: DataTest[] = [];
  for (const root of project.testPaths) {
    for (const path of await listFiles(join(folder, root))) {
      const below = relative(join(folder, root), path).split(sep);
      if (!path.endsWith('.sql') || OTHER_FOLDERS.includes(below[0] as string)) continue;
      const name = basename(path, '.sql');
      const file = relative(folder, path);
      const described = properties.singularTests.find((test) => test.name === name);
      const template = openTemplate({
        name: file,
        sql: await readFile(path, 'utf8'),
        macros,
        vars: project.vars,
        values: { literal: (value: unknown) => quoteString(String(value)) },
      });
      checkReferences(project, template, file);
      checkNoFilter({ ...described?.config, ...template.config }, file);
      found.push({
        name,
        kind: 'singular',
        description: described?.description?.trim() ?? '',
        file,
        subject: null,
        column: null,
        config: readTestConfig([defaults, described?.config ?? {}, template.config], file),
        refs: template.refs,
        sources: template.sources,
        compile: template.compile,
      });
    }
  }
  for (const { name, file } of properties.singularTests) {
    if (found.some((test) => test.name === name)) continue;
    throw new MillraceError(
      TEST_ERRORS.declarationInvalid,
      `${file}: data_tests describes ${name}, but there is no ${name}.sql in ${project.testPaths.join(', ')}`,
    );
  }
  return found;
}
