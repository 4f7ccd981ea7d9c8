import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBookkeeping } from '../../load/bookkeeping.ts';
import { createModelsFolder, type ModelsFolder } from '../../testing/models-folder.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { planProject } from '../plan.ts';
import { readProject } from '../project/read-project.ts';
import { ensureModelBookkeeping } from './bookkeeping.ts';
import { createProjectViews } from './project-views.ts';
import { publishWatermark } from './watermarks.ts';

let warehouse: TemporaryWarehouse;
let folder: ModelsFolder;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  await ensureBookkeeping(warehouse.client);
  await ensureModelBookkeeping(warehouse.client);
  const table = (name: string) =>
    `{{ config(materialized='table', unique_key='${name}', meta={'maintenance': {'strategy': 'static'}}) }}
    select 1 as ${name}`;
  const view = (sql: string) => `{{ config(materialized='view') }} ${sql}`;
  folder = createModelsFolder({
    'models/facts/one.sql': table('one'),
    'models/facts/other.sql': table('other'),
    'models/views/inner_view.sql': view("select other from {{ ref('other') }}"),
    'models/views/outer_view.sql': view(
      "select o.one as one, i.other as other from {{ ref('one') }} as o cross join {{ ref('inner_view') }} as i",
    ),
  });
});
afterAll(async () => {
  await warehouse.stop();
  folder.remove();
});

// A dimension, or a cube, of one batch was joined to the facts of another.
test('a view over several models sees all of them at one watermark, whenever a batch is published', async () => {
  const { client } = warehouse;
  // Models whose row is the watermark that they are asked for.
  for (const name of ['one', 'other']) {
    await client.command({ query: `create view store.${name}_at as select {watermark:UInt64} as ${name}` });
    await client.command({
      query: `create view marts.${name} as select * from store.${name}_at(
        watermark = (select watermark from millrace.watermarks order by watermark desc limit 1))`,
    });
  }
  const project = await readProject(folder.path);
  const publish = (watermark: number) =>
    publishWatermark(client, {
      watermark: String(watermark),
      generation: 1,
      positions: [],
      changes: 0,
      moment: '2024-01-01 00:00:00.000000',
    });
  await publish(1);
  await createProjectViews({ client, project, plan: planProject(project), replicas: new Map() });
  let isReading = true;
  let last = 1;
  const publishing = (async () => {
    while (isReading) await publish(++last);
  })();
  const seen = new Set<string>();
  const torn: string[] = [];
  for (let n = 0; n < 200; n++) {
    const row = (await queryText(client, 'select one, other from bi.outer_view')).trim();
    const [one, other] = row.split('\t');
    seen.add(row);
    if (one !== other) torn.push(row);
    await sleep(0);
  }
  isReading = false;
  await publishing;
  expect(torn).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
});
