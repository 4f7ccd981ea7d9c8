import { afterEach, expect, test } from 'vitest';
import { createModelsFolder, type ModelsFolder, SMALL_PROJECT } from '../../testing/models-folder.ts';
import { readProject } from '../project/read-project.ts';
import { readsSources, relationsAtWatermark } from './relations.ts';

let folder: ModelsFolder;
afterEach(() => folder.remove());

test('everything is read at the watermark: kept models by parameter, views as what they read', async () => {
  folder = createModelsFolder({
    ...SMALL_PROJECT,
    'models/views/top.sql': "select * from {{ ref('days') }} where amount > 1",
  });
  const project = await readProject(folder.path);
  const orders = { replica: 'order__orders', key: ['id'], columns: [{ name: 'id', type: 'Int64' }] };
  const { ref, source } = relationsAtWatermark({
    project,
    replicas: new Map([['order.orders', orders]]),
    missing: (table) => new Error(`lacking ${table}`),
  });
  expect(ref('daily_cube')).toBe('store.`daily_cube_at`(watermark = {watermark:UInt64})');
  expect(ref('top').replaceAll(/\s+/g, ' ')).toBe(
    '(select * from (select order_date, amount from store.`daily_cube_at`(watermark = {watermark:UInt64})) where amount > 1)',
  );
  expect(ref('stg_orders')).toContain('from (select `id` from raw.`order__orders` final)');
  expect(() => source('order', 'order_items')).toThrow('lacking order.order_items');

  const reads = (...refs: string[]) => readsSources(project, { refs, sources: [] });
  expect([reads('top'), reads('order_fact'), reads('daily_cube', 'stg_orders')]).toEqual([false, false, true]);
});
