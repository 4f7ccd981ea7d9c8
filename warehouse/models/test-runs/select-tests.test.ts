import { expect, test } from 'vitest';
import type { Project } from '../project/project.ts';
import { type Selectable, selectTests } from './select-tests.ts';

const MODELS = [
  { name: 'stg_orders', refs: [] },
  { name: 'sales_fact', refs: ['stg_orders'] },
  { name: 'sales_cube', refs: ['sales_fact'] },
  { name: 'time_dimension', refs: [] },
];
const project = { models: MODELS, byName: new Map(MODELS.map((model) => [model.name, model])) } as unknown as Project;

function of(name: string, rest: Partial<Selectable>): Selectable {
  return { name, kind: 'generic', models: [], sources: [], tags: [], ...rest };
}

const TESTS = [
  of('unique_stg', { models: ['stg_orders'] }),
  of('fact_to_time', { models: ['sales_fact', 'time_dimension'], tags: ['nightly'] }),
  of('cube_equals_fact', { kind: 'singular', models: ['sales_cube', 'sales_fact'] }),
  of('shares', { kind: 'unit', models: ['sales_fact'] }),
  of('fresh', { kind: 'freshness', sources: ['order.orders'] }),
];

function chosen(select: string[], exclude: string[] = []): string[] {
  return selectTests({ tests: TESTS, project, select, exclude }).map(({ name }) => name);
}

test.each([
  [[], TESTS.map(({ name }) => name)],
  [['shares'], ['shares']],
  [['time_dimension'], ['fact_to_time']],
  [['sales_fact'], ['fact_to_time', 'cube_equals_fact', 'shares']],
  [['+sales_cube'], ['unique_stg', 'fact_to_time', 'cube_equals_fact', 'shares']],
  [['stg_orders+'], ['unique_stg', 'fact_to_time', 'cube_equals_fact', 'shares']],
  [['*_fact'], ['fact_to_time', 'cube_equals_fact', 'shares']],
  [['source:order'], ['fresh']],
  [
    ['source:order.orders', 'tag:night*'],
    ['fact_to_time', 'fresh'],
  ],
  [['test_type:unit'], ['shares']],
  [['test_type:data'], ['unique_stg', 'fact_to_time', 'cube_equals_fact']],
  [['test_type:contract'], []],
  [['test_name:f*'], ['fact_to_time', 'fresh']],
])('--select %j', (select, names) => {
  expect(chosen(select)).toEqual(names);
});

test('leaves out what is excluded', () => {
  expect(chosen(['sales_fact'], ['test_type:unit', 'tag:nightly'])).toEqual(['cube_equals_fact']);
});

test('a name that chooses nothing is an error that names what was meant', () => {
  expect(() => chosen(['sales_facts'])).toThrow("'sales_facts' chooses no test; did you mean sales_fact?");
  expect(() => chosen([], ['tag:daily'])).toThrow("'tag:daily' chooses no test");
  expect(() => chosen([], ['test_type:contracts'])).toThrow("'test_type:contracts' chooses no test");
});
