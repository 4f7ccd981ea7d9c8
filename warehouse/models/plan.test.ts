import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planProject } from './plan.ts';
import { readProject } from './project/read-project.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-models-'));
  await cp(MODELS, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function planWith(path: string, sql: string): Promise<unknown> {
  await writeFile(join(folder, 'models', path), sql);
  return planProject(await readProject(folder));
}

const cube = (measure: string, input = 'sales_fact', entity = 'order_id') => `
{{ config(materialized='table', unique_key='month', meta={'maintenance': {'strategy': 'additive',
  'input': '${input}', 'entity': '${entity}', 'row_count': 'lines'}}) }}
select order_date as month, count() as lines, ${measure} from {{ ref('sales_fact') }} group by month`;

test('orders the models so that each comes after what it reads', async () => {
  const { models } = await readProject(folder);
  const names = models.map((model) => model.name);
  for (const model of models) {
    for (const ref of model.refs) expect(names.indexOf(ref)).toBeLessThan(names.indexOf(model.name));
  }
});

test.each(['sum(units) as u', 'uniqExact(order_id) as o', 'count() as n'])('takes a cube with %s', async (measure) => {
  await expect(planWith('cubes/c.sql', cube(measure))).resolves.toBeDefined();
});

test.each([
  'uniqExact(customer_id) as c',
  'min(ordered_at) as m',
  'avg(units) as a',
  'argMax(region, ordered_at) as r',
])('refuses a cube with %s, which does not add up', async (measure) => {
  await expect(planWith('cubes/c.sql', cube(measure))).rejects.toMatchObject({ code: 'MR-MODEL-002' });
});

test('refuses a cube whose entity is not the key of its input', async () => {
  await expect(planWith('cubes/c.sql', cube('sum(units) as u', 'sales_fact', 'customer_id'))).rejects.toThrow(
    /kept by order_id/,
  );
});

test('refuses a model that reads what it does not declare', async () => {
  const sql = `{{ config(materialized='table', unique_key='customer_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'customer_id', 'inputs': {'user.users': 'id'}}}) }}
    select u.customer_id as customer_id, p.city as city from {{ ref('stg_user__users') }} as u
    inner join {{ ref('stg_user__profiles') }} as p on p.customer_id = u.customer_id`;
  await expect(planWith('dimensions/d.sql', sql)).rejects.toThrow(/reads user\.profiles/);
});

test.each([
  ['a reference to no model', "select 1 from {{ ref('nothing') }}", 'MR-MODEL-001'],
  ['a table without maintenance', "{{ config(materialized='table', unique_key='a') }} select 1 as a", 'MR-MODEL-002'],
  ['an unknown variable', "select '{{ var('nowhere') }}'", 'MR-MODEL-001'],
  ['broken Jinja', 'select {{ ', 'MR-MODEL-001'],
  ['a circle', "select 1 from {{ ref('x') }}", 'MR-MODEL-001'],
])('names what is wrong: %s', async (_name, sql, code) => {
  await expect(planWith('views/x.sql', sql)).rejects.toMatchObject({ code });
});
