import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import type { Project } from '../project/project.ts';
import type { TestKind } from './test-result.ts';

/** What a test can be chosen by. */
export interface Selectable {
  readonly name: string;
  readonly kind: TestKind;
  /** Models that it is of, or reads. */
  readonly models: readonly string[];
  /** Source tables that it is of, or reads: `source.table`. */
  readonly sources: readonly string[];
  readonly tags: readonly string[];
}

/**
 * Chooses as dbt does: names of tests and models (`*` stands for anything; `+model` takes what it stands on too, `model+`
 * what stands on it), `source:`, `tag:`, `test_type:`. Several add up. Throws MR-TEST-005 for one that is nothing.
 */
export function selectTests<T extends Selectable>(options: {
  tests: readonly T[];
  project: Project;
  select: readonly string[];
  exclude: readonly string[];
}): T[] {
  const { tests, project, select, exclude } = options;
  const chosen = select.map((each) => matcherOf(each, tests, project));
  const left = exclude.map((each) => matcherOf(each, tests, project));
  return tests.filter(
    (test) => (chosen.length === 0 || chosen.some((match) => match(test))) && !left.some((match) => match(test)),
  );
}

const TYPES: ReadonlySet<string> = new Set<TestKind | 'data'>([
  'data',
  'generic',
  'singular',
  'unit',
  'contract',
  'freshness',
]);

type Matcher = (test: Selectable) => boolean;

function matcherOf(selector: string, tests: readonly Selectable[], project: Project): Matcher {
  const [, method, value] = /^(source|tag|test_type|test_name):(.+)$/.exec(selector) ?? [];
  const match = method === undefined ? byName(selector, project) : byMethod(method, value as string);
  // A model without tests is a name all the same, and so is a type of which there are none.
  const isKnown =
    project.byName.has(selector.replaceAll('+', '')) || (method === 'test_type' && TYPES.has(value ?? ''));
  if (isKnown || tests.some(match)) return match;
  const names = [...tests.map(({ name }) => name), ...project.byName.keys()];
  const meant = nearest(selector, names);
  throw new MillraceError(
    TEST_ERRORS.nothingSelected,
    `'${selector}' chooses no test${meant === null ? '' : `; did you mean ${meant}?`}`,
  );
}

function byMethod(method: string, value: string): Matcher {
  const pattern = patternOf(value);
  switch (method) {
    case 'source':
      return ({ sources }) => sources.some((name) => pattern.test(name) || pattern.test(name.split('.')[0] as string));
    case 'tag':
      return ({ tags }) => tags.some((tag) => pattern.test(tag));
    case 'test_name':
      return ({ name }) => pattern.test(name);
    default:
      return ({ kind }) => pattern.test(kind) || (value === 'data' && (kind === 'generic' || kind === 'singular'));
  }
}

function byName(selector: string, project: Project): Matcher {
  const [, before, name, after] = /^(\+?)(.*?)(\+?)$/.exec(selector) as unknown as [string, string, string, string];
  const pattern = patternOf(name);
  const wanted = new Set([...project.byName.keys()].filter((model) => pattern.test(model)));
  const found = new Set(wanted);
  if (before === '+') for (const model of wanted) addAncestors(model, project, found);
  // Models are in order: what a model stands on comes before it.
  if (after === '+') {
    const above = new Set(wanted);
    for (const { name: model, refs } of project.models) if (refs.some((ref) => above.has(ref))) above.add(model);
    for (const model of above) found.add(model);
  }
  return (test) => pattern.test(test.name) || test.models.some((model) => found.has(model));
}

function addAncestors(model: string, project: Project, found: Set<string>): void {
  for (const ref of project.byName.get(model)?.refs ?? []) {
    if (found.has(ref)) continue;
    found.add(ref);
    addAncestors(ref, project, found);
  }
}

function patternOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.\\^$+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`);
}
