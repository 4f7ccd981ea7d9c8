import { rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { SMALL_PROJECT, writeProject } from '../../testing/written-project.ts';
import { placeHistories } from '../history/placed-history.ts';
import { lineageOf } from '../lineage/lineage.ts';
import { upkeepOf } from '../lineage/upkeep.ts';
import { planProject } from '../plan.ts';
import { readProperties } from '../properties/read-properties.ts';
import { deploymentSteps } from '../versions/deployment-steps.ts';
import { readProject } from './read-project.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const CONFIG = 'strategy: check, unique_key: item_id, check_cols: all, hard_deletes: invalidate';

async function read(files: Readonly<Record<string, string>>) {
  const folder = await writeProject({ ...SMALL_PROJECT, ...files });
  folders.push(folder);
  const project = await readProject(folder);
  return { project, plan: planProject(project), properties: await readProperties(folder, project) };
}

/** One snapshot of the sales, with some of its lines others. */
const declared = (config = CONFIG, relation = "ref('sales_fact')") => ({
  'snapshots/sales.yml': `snapshots:\n  - name: sales_history\n    relation: ${relation}\n    config: {${config}}\n`,
});

const refusal = (files: Readonly<Record<string, string>>) =>
  read(files).then(
    () => 'accepted',
    (error: Error & { code?: string }) => `${error.code} ${error.message}`,
  );

test('a snapshot is a model that follows another one', async () => {
  const { project, plan } = await read(declared());
  const snapshot = project.byName.get('sales_history');
  expect(snapshot).toMatchObject({
    path: 'snapshots/sales.yml',
    layer: 'snapshots',
    materialized: 'snapshot',
    uniqueKey: ['item_id'],
    refs: ['sales_fact'],
    maintenance: {
      strategy: 'history',
      relation: 'sales_fact',
      check_cols: 'all',
      valid_from: 'dbt_valid_from',
      valid_to: 'dbt_valid_to',
    },
  });
  expect(project.models.indexOf(snapshot!)).toBeGreaterThan(project.models.indexOf(project.byName.get('sales_fact')!));
  expect(plan.histories.map(({ model }) => model.name)).toEqual(['sales_history']);
});

test('shows in the lineage what it follows, and in a plan what becomes of it', async () => {
  const { project, plan } = await read(declared());
  const node = lineageOf(project).byId.get('sales_history');
  expect(node).toMatchObject({ kind: 'snapshot', layer: 'snapshots', reads: ['sales_fact'] });
  expect(upkeepOf(node!).short).toBe('history of sales_fact');

  const histories = placeHistories(plan);
  const deployment = { live: [], next: null, sources: {}, replicaShapes: '' };
  const stepsFrom = (former: typeof histories, now: typeof histories) =>
    deploymentSteps({
      decision: { kind: 'keep', deployment },
      existing: { ...deployment, histories: former },
      failed: new Set(),
      histories: now,
    }).map(({ action, why }) => `${action} ${why}`);
  expect(stepsFrom([], histories)).toEqual(['build its history begins, or goes on']);
  expect(stepsFrom(histories, histories)).toEqual(['keep ']);
  expect(stepsFrom(histories, [])).toEqual(['drop no snapshot is named so; its versions are kept']);
});

test('names of columns, and columns that are checked, are those that are said', async () => {
  const names = 'snapshot_meta_column_names: {dbt_valid_from: since, dbt_valid_to: until, dbt_scd_id: id}';
  const config = `strategy: check, unique_key: [item_id], check_cols: [units], invalidate_hard_deletes: true, ${names}`;
  const { project } = await read(declared(config, '"ref(\\"sales_fact\\")"'));
  expect(project.byName.get('sales_history')?.maintenance).toMatchObject({
    check_cols: ['units'],
    valid_from: 'since',
    valid_to: 'until',
  });
});

test('one that is not enabled is none, nor are its tests', async () => {
  const off = 'snapshots:\n  - name: off\n    relation: x\n    config: {enabled: false}\n    data_tests: [unique]\n';
  expect(await refusal({ 'snapshots/off.yml': off })).toContain('MR-MODEL-007');
  const whole = declared(`${CONFIG}, enabled: false`)['snapshots/sales.yml'];
  const { project, properties } = await read({ 'snapshots/sales.yml': `${whole}    data_tests: [unique]\n` });
  expect(project.byName.has('sales_history')).toBe(false);
  expect(properties.models).toEqual([]);
});

test.each([
  ["strategy 'timestamp'", CONFIG.replace('check,', 'timestamp, '), 'strategy is timestamp', 'strategy: check'],
  ['no columns', CONFIG.replace('check_cols: all, ', ''), 'check_cols is missing', 'write all, or a list'],
  ['no word of deletes', CONFIG.replace(', hard_deletes: invalidate', ''), 'is ignore', 'hard_deletes: invalidate'],
  ['deletes ignored', CONFIG.replace('invalidate', 'ignore'), 'hard_deletes is ignore', 'hard_deletes: invalidate'],
  ['rows for deletes', CONFIG.replace('invalidate', 'new_record'), 'is new_record', 'hard_deletes: invalidate'],
  ['another schema', `${CONFIG}, schema: snapshots`, 'schema is snapshots', 'marts'],
  ['an end for what holds', `${CONFIG}, dbt_valid_to_current: x`, 'unknown key dbt_valid_to_current', 'allowed:'],
  ['another key', CONFIG.replace('item_id', 'order_id'), 'has unique_key (order_id)', 'sales_fact has (item_id)'],
  [
    'one name for both ends',
    `${CONFIG}, snapshot_meta_column_names: {dbt_valid_from: is_current}`,
    'dbt_valid_from is is_current',
    'columns',
  ],
])('refuses %s, and says what to write', async (_, config, fault, remedy) => {
  const message = await refusal(declared(config));
  expect(message).toContain('MR-MODEL-007');
  expect(message).toContain('snapshots/sales.yml: snapshot sales_history');
  expect(message).toContain(fault);
  expect(message).toContain(remedy);
});

test.each([
  ["source('shop', 'orders')", "write ref('model')"],
  ["ref('report')", 'a view'],
  ["ref('units_cube')", "kept by strategy 'additive'"],
  ["ref('nothing')", "ref('nothing') is no model"],
])('refuses relation %s', async (relation, fault) => {
  expect(await refusal(declared(CONFIG, `"${relation}"`))).toContain(fault);
});

test('refuses what is written where it is not read', async () => {
  const sql = "{% snapshot old %} {{ config(strategy='check') }} select 1 {% endsnapshot %}";
  expect(await refusal({ 'snapshots/old.sql': sql })).toMatch(
    /^MR-MODEL-007 .*snapshots\/old\.sql: snapshot old is written in SQL/,
  );
  const project = 'name: written\nsnapshots: {+schema: marts}\n';
  expect(await refusal({ 'dbt_project.yml': project })).toContain('move `snapshots` there');
});

test('refuses unit tests of a snapshot, a second model of its name, and models that are computed from it', async () => {
  const unit = 'unit_tests:\n  - name: u\n    model: sales_history\n    given: []\n    expect: {rows: []}\n';
  expect(await refusal({ ...declared(), 'models/u.yml': unit })).toContain('test the model that it follows');
  expect(await refusal({ ...declared(), 'models/facts/sales_history.sql': 'select 1' })).toContain(
    'two models are named',
  );
  const fact = `{{ config(materialized='table', unique_key='item_id', meta={'maintenance': {
    'strategy': 'by_key', 'key': 'item_id', 'inputs': {'sales_history': 'item_id'}}}) }}
    select item_id from {{ ref('sales_history') }}`;
  expect(await refusal({ ...declared(), 'models/facts/old_fact.sql': fact })).toContain('which is not kept by key');
});
