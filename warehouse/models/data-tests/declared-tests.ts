import { MillraceError } from '../../../runtime/errors.ts';
import { quoteString } from '../../clickhouse/quote.ts';
import type { Project } from '../project/project.ts';
import { openTemplate, type SqlTemplate } from '../project/template.ts';
import type { Properties, TestDeclaration } from '../properties/properties.ts';
import { type DataTest, subjectName, type TestSubject } from './data-test.ts';
import { TEST_ERRORS } from './errors.ts';
import { genericTestName } from './generic-test-name.ts';
import { checkArguments, findGenericTest, type GenericTests } from './generic-tests.ts';
import { testCall } from './test-call.ts';
import { readTestConfig } from './test-config.ts';
import { unfoldDeclaration } from './unfold-declaration.ts';

interface Options {
  readonly project: Project;
  readonly generic: GenericTests;
  /** Settings of all tests. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

interface Declaration {
  readonly subject: TestSubject;
  readonly file: string;
  readonly column: string | null;
  readonly declaration: TestDeclaration;
}

/** The tests that the YAML files attach to models, source tables and their columns. Throws MR-TEST-001. */
export function declaredTests(options: Options & { readonly properties: Properties }): DataTest[] {
  return declarationsOf(options.properties).map((each) => declaredTest(options, each));
}

function declarationsOf({ models, sources }: Properties): Declaration[] {
  const subjects = [
    ...models.map(({ name: model, ...rest }) => ({ subject: { model }, ...rest })),
    ...sources.flatMap(({ name: source, file, tables }) =>
      tables.map(({ name: table, ...rest }) => ({ subject: { source, table }, file, ...rest })),
    ),
  ];
  return subjects.flatMap(({ subject, file, columns, tests }) => [
    ...tests.map((declaration) => ({ subject, file, column: null, declaration })),
    ...columns.flatMap((column) =>
      column.tests.map((declaration) => ({ subject, file, column: column.name, declaration })),
    ),
  ]);
}

function declaredTest({ project, generic, defaults }: Options, declared: Declaration): DataTest {
  const { subject, file, column, declaration } = declared;
  const place = `${file}: ${subjectName(subject)}${column === null ? '' : `.${column}`}`;
  const { test, name, description, settings, given } = unfoldDeclaration(declaration, place);
  const columnGiven = column === null ? {} : { column_name: column };
  checkArguments(findGenericTest(generic, test, place), Object.keys({ ...columnGiven, ...given }), place);

  const where = `${place}: test ${test}`;
  const filter = readTestConfig([defaults, settings], where).where;
  const template = openTemplate({
    name: where,
    sql: testCall({ test, subject, column, given, where: filter }),
    macros: generic.macros,
    vars: project.vars,
    values: { given, where: filter, literal: (value: unknown) => quoteString(String(value)) },
  });
  checkReferences(project, template, where);
  checkNoFilter(template.config, where);
  return {
    name: name ?? genericTestName(test, subject, { ...columnGiven, ...given }),
    kind: 'generic',
    description,
    file,
    subject,
    column,
    // What the test itself configures holds where the YAML file says nothing.
    config: readTestConfig([defaults, template.config, settings], where),
    refs: template.refs,
    sources: template.sources,
    compile: template.compile,
  };
}

/** Throws MR-TEST-001 for a model that is not there. */
export function checkReferences(project: Project, { refs }: Pick<SqlTemplate, 'refs'>, where: string): void {
  const unknown = refs.find((ref) => !project.byName.has(ref));
  if (unknown === undefined) return;
  throw new MillraceError(TEST_ERRORS.declarationInvalid, `${where}: ref('${unknown}') is no model of this folder`);
}

/** Throws MR-TEST-001 for a `where` in the SQL of a test: which rows are tested is known before it is rendered. */
export function checkNoFilter(config: Readonly<Record<string, unknown>>, where: string): void {
  if (config.where === undefined) return;
  throw new MillraceError(
    TEST_ERRORS.declarationInvalid,
    `${where}: config(where=...) in the SQL of a test has no effect; write the condition into the query`,
  );
}
