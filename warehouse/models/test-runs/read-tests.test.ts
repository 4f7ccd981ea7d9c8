import { afterEach, expect, test } from 'vitest';
import { createModelsFolder, type ModelsFolder, SMALL_PROJECT } from '../../testing/models-folder.ts';
import { readProject } from '../project/read-project.ts';
import { readTests } from './read-tests.ts';

let folder: ModelsFolder;
afterEach(() => folder.remove());

async function read(yaml: string, files: Record<string, string> = {}) {
  folder = createModelsFolder({ ...SMALL_PROJECT, 'models/schema.yml': yaml, ...files });
  return readTests(folder.path, await readProject(folder.path));
}

const column = (tests: string, more = '') =>
  `models: [{name: order_fact, columns: [{name: status, data_tests: ${tests}}]${more}}]`;
const unit = (given: string, expected = '{rows: []}', more = '') =>
  `unit_tests: [{name: u, model: daily_cube, given: ${given}, expect: ${expected}${more}}]`;
const CUBE_INPUT = `[{input: "ref('order_fact')", rows: []}]`;

test.each([
  [
    'an unknown key',
    'models: [{name: order_fact, colums: []}]',
    ['models[0]', 'unknown key colums; did you mean columns?'],
  ],
  [
    'an unknown model',
    'models: [{name: order_facts}]',
    ['order_facts is no model of this folder; did you mean order_fact?'],
  ],
  ['a model described twice', 'models: [{name: days}, {name: days}]', ['models has days a second time']],
  [
    'an unknown test',
    column('[uniqe]'),
    ['order_fact.status: there is no test uniqe; did you mean unique?', 'accepted_values'],
  ],
  [
    'an unknown argument',
    column('[{accepted_values: {vals: [a]}}]'),
    [
      'takes no argument vals; did you mean values?',
      'needs the argument values',
      'allowed: column_name, values, quote',
    ],
  ],
  [
    'an unknown setting',
    column('[{unique: {config: {severty: warn}}}]'),
    ['unknown key severty; did you mean severity?'],
  ],
  ['a severity that is none', column('[{unique: {severity: fatal}}]'), ['severity must be error or warn']],
  ['a condition that is none', column('[{unique: {warn_if: many}}]'), ["warn_if is 'many'; write '!= 0'"]],
  [
    'a mapping that is indented wrongly',
    column('[{unique: null, config: {}}]'),
    ['config stands beside the name of test unique'],
  ],
  ['a relation that is no model', column(`[{relationships: {to: "ref('x')", field: id}}]`), ["ref('x') is no model"]],
  ['two tests of one name', column('[unique, unique]'), ['there are two tests unique_order_fact_status']],
  ['a singular test that is not there', 'data_tests: [{name: gone}]', ['there is no gone.sql in tests']],
  ['an input that is none', unit('[{input: orders, rows: []}]'), ["input is 'orders'; write ref('model')"]],
  [
    'an input that the model does not read',
    unit(`[{input: "ref('order_facts')", rows: []}]`),
    ["daily_cube does not read ref('order_facts'); did you mean ref('order_fact')?"],
  ],
  ['an input that is left out', unit('[]'), ["ref('order_fact') not given; write `rows: []`"]],
  ['rows that are not there', unit(`[{input: "ref('order_fact')"}]`), ["ref('order_fact'): needs rows, or a fixture"]],
  ['a fixture that is not there', unit(CUBE_INPUT, '{format: csv, fixture: f}'), ['there is no tests/fixtures/f.csv']],
  [
    'overrides of macros',
    unit(CUBE_INPUT, '{rows: []}', ', overrides: {macros: {}}'),
    ['unknown key macros', 'allowed: vars'],
  ],
  [
    'a contract without types',
    column('[]', ', config: {contract: {enforced: true}}'),
    ['column status needs a data_type'],
  ],
  [
    'a constraint that nobody enforces',
    'models: [{name: daily_cube, config: {contract: {enforced: true}}, columns: [{name: orders, data_type: UInt64, constraints: [{type: unique}]}]}]',
    [
      'daily_cube.orders: constraint unique would not be enforced; write the data test unique',
      'unique_key: order_date',
    ],
  ],
])('%s is refused, and it is said where and what is allowed', async (_, yaml, texts) => {
  const error = await read(yaml).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: expect.stringMatching(/^MR-(TEST|MODEL)-001$/) });
  for (const text of ['models/schema.yml', ...texts]) expect((error as Error).message).toContain(text);
});

test('settings of all tests come from dbt_project.yml, those of a test from its SQL, then from the YAML', async () => {
  const tests = await read(
    `models: [{name: order_fact, data_tests: [own, {own: {name: other, where: "{{ var('only') }}", severity: error}}]}]`,
    {
      'dbt_project.yml': 'name: small\nvars: {only: "status = 1"}\ndata_tests: {+limit: 7, small: {+tags: [all]}}\n',
      'tests/generic/own.sql': `{% test own(model) %}{{ config(severity='warn') }}select 1 from {{ model }}{% endtest %}`,
    },
  );
  const of = (name: string) => tests.find((each) => each.name === name);
  expect(of('own_order_fact_')?.of).toMatchObject({ config: { severity: 'warn', limit: 7, tags: ['all'] } });
  const other = of('other');
  expect(other?.of).toMatchObject({ config: { severity: 'error', limit: 7 } });
  if (other?.kind !== 'generic') throw new Error('no generic test');
  const sql = other.of.compile({ ref: (model) => `at.${model}`, source: () => '' });
  expect(sql).toBe('select 1 from (select * from at.order_fact where status = 1) as dbt_subquery');
});

test('a filter in the SQL of a test is refused: nothing would come of it', async () => {
  const files = { 'tests/own.sql': "{{ config(where='1') }} select 1" };
  await expect(read('{}', files)).rejects.toThrow(
    'tests/own.sql: config(where=...) in the SQL of a test has no effect',
  );
});

test('settings of single folders in dbt_project.yml are refused', async () => {
  const files = { 'dbt_project.yml': 'name: small\ndata_tests: {small: {staging: {+severity: warn}}}\n' };
  await expect(read('{}', files)).rejects.toThrow('staging is no setting of all tests (allowed: +enabled, +severity');
});
