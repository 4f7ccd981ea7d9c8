import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../../testing/shop.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { engineOf } from '../engine.ts';
import { readReplicas } from '../maintain/read-replicas.ts';
import { createModelColumns } from '../model-columns.ts';
import { planProject } from '../plan.ts';
import { readProject } from '../project/read-project.ts';
import { refuseDriftingCubes } from './refuse-drifting-cubes.ts';

const MODELS = join(import.meta.dirname, '../../../dbt-like-models');

let warehouse: TemporaryWarehouse;
let shop: Shop;
let folder: string;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await shop.commit();
  folder = await mkdtemp(join(tmpdir(), 'millrace-additivity-'));
  await cp(MODELS, folder, { recursive: true });
});
afterAll(async () => {
  await shop?.close();
  await warehouse?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function check(): Promise<void> {
  const project = await readProject(folder);
  const plan = planProject(project);
  const { client } = warehouse;
  const engine = engineOf(client, warehouse.config);
  const columns = createModelColumns({ engine, project, replicas: await readReplicas(client, plan) });
  await refuseDriftingCubes(plan, engine, columns);
}

const cubeOf = (measure: string, rest = '') => `
  {{ config(materialized='table', unique_key=['day', 'region'], meta={'maintenance': {'strategy': 'additive',
    'input': 'sales_fact', 'entity': 'order_id', 'row_count': 'lines'}}) }}
  select order_date as day, region, count() as lines, ${measure} as m from {{ ref('sales_fact') }} group by day, region ${rest}`;

const writeCube = (sql: string) => writeFile(join(folder, 'models/cubes/tried_cube.sql'), sql);

test('takes the cubes that are shipped', async () => {
  await check();
});

test.each([
  'sum(net_revenue)',
  'sum(net_revenue - cost)',
  'sum(coalesce(reporting_net_revenue, 0))',
  'sum(units) * 2 - count()',
  'uniqExact(order_id)',
  "countIf(channel = 's1')",
  'sumIf(units, product_id > 1)',
])('takes %s', async (measure) => {
  await writeCube(cubeOf(measure));
  await check();
});

test.each([
  '1',
  'sum(units) + 1',
  'greatest(sum(net_revenue), 0)',
  'round(sum(net_revenue), 1)',
  'intDiv(sum(units), 2)',
  'toInt64(sum(units) > 0)',
])('refuses %s, which would drift', async (measure) => {
  await writeCube(cubeOf(measure));
  await expect(check()).rejects.toThrow(/MR-MODEL-002.*tried_cube: m of some order_ids/s);
});

test('refuses cells that are left out by what they sum up to', async () => {
  await writeCube(cubeOf('sum(net_revenue)', 'having count() > 1'));
  await expect(check()).rejects.toMatchObject({ code: 'MR-MODEL-002' });
});
