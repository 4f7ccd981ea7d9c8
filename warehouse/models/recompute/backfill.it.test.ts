import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEVER } from '../../../runtime/abortable.ts';
import type { Config } from '../../../runtime/config/config.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { differencesOf } from '../../testing/full-build.ts';
import { openShop, SHOP_TABLES, type Shop } from '../../testing/shop.ts';
import { writeSmallModels } from '../../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { runModels } from '../main.ts';
import type { Project } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import {
  type BackfillArguments,
  type ModelAnswer,
  readModelAnswer,
  requestOfModels,
} from '../rollouts/model-requests.ts';

const logger = createLogger({ name: 'test', level: 'fatal' });

let warehouse: TemporaryWarehouse;
let shop: Shop;
let folder: string;
let project: Project;

beforeAll(async () => {
  folder = await writeSmallModels({
    'models/facts/line_fact.sql': (text) =>
      text.replace("unique_key='item_id',", "unique_key='item_id', event_time='order_date',"),
    'models/cubes/day_cube.sql': `{{ config(materialized='table', unique_key=['order_date'], event_time='order_date', meta={'maintenance': {'strategy': 'additive',
      'input': 'line_fact', 'entity': 'order_id', 'row_count': 'lines'}}) }}
      select order_date, sum(amount) as amount, count() as lines from {{ ref('line_fact') }} group by order_date`,
  });
  project = await readProject(folder);
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  for (let n = 1; n <= 60; n++) put(n);
  await shop.commit();
  await model();
});
afterAll(async () => {
  await shop?.close();
  await warehouse?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An order of a day of its own month, 1 to 6, with an item. */
function put(n: number): void {
  const at = `2024-0${1 + (n % 6)}-${String(1 + (n % 28)).padStart(2, '0')} 12:00:00+00`;
  shop.put('orders', [String(n), String(1 + (n % 9)), 'paid', 'web', 'north', 'DE', 'EUR', at]);
  shop.put('order_items', [String(n), String(n), '1', '3', '1.0000', `${n}.25`, '0.00', '1.00']);
}

function config(): Config {
  const names = [...new Set(Object.values(SHOP_TABLES).map(({ source }) => source))];
  const source = { url: '', schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 1 };
  const sources = names.map((name) => ({ name, ...source }));
  return { warehouse: warehouse.config, log: 'direct', sources, models: folder, api: { host: '127.0.0.1', port: 0 } };
}

const model = (): Promise<void> => runModels({ config: config(), logger, signal: NEVER, watch: false });
const query = async (sql: string): Promise<string> => (await queryText(warehouse.client, sql)).trim();

async function backfill(asked: Partial<BackfillArguments>): Promise<ModelAnswer | null> {
  const all = { models: [], from: null, to: null, ...asked };
  const { id } = await requestOfModels(warehouse.client, { action: 'backfill', arguments: all });
  await model();
  return readModelAnswer(warehouse.client, id);
}

const differing = async (): Promise<string[]> => {
  const found: string[] = [];
  for (const { name, materialized } of project.models) {
    if (materialized === 'table' && (await differencesOf(warehouse.client, project, name)) !== '') found.push(name);
  }
  return found;
};

async function spoil(statement: string): Promise<void> {
  await warehouse.client.command({ query: statement, clickhouse_settings: { mutations_sync: '1' } });
}
const tableOf = async (name: string): Promise<string> =>
  `store.\`${await query(`select name from system.tables where database = 'store' and name like '${name}\\_\\_g%'`)}\``;

/** Rows lost, changed, closed, doubled, and made up, in every month. */
async function damage(): Promise<void> {
  const lines = await tableOf('line_fact');
  await spoil(`alter table ${lines} delete where item_id % 10 = 1`);
  await spoil(`alter table ${lines} update amount = amount + 0.01 where item_id % 10 = 2`);
  await spoil(`alter table ${lines} update _to = 1 where item_id % 10 = 3`);
  await spoil(`insert into ${lines} select * replace (_from + 1 as _from) from ${lines} where item_id % 10 = 4`);
  await spoil(`insert into ${lines} select * replace (item_id + 9000 as item_id) from ${lines} where item_id % 10 = 5`);
  const days = await tableOf('day_cube');
  await spoil(`alter table ${days} delete where toDayOfMonth(order_date) % 3 = 0`);
  await spoil(`insert into ${days} select * from ${days} where toDayOfMonth(order_date) % 3 = 1`);
  await spoil(`insert into ${days} (order_date, lines) select order_date + 100000, 1 from ${days} limit 1`);
}

const inMonths = (months: string) => `from marts.line_fact where toMonth(order_date) in (${months})`;

test('rows of the range are put right, the others are not touched; then all are', async () => {
  await damage();
  expect(await differing()).toEqual(['line_fact', 'day_cube'].toSorted().reverse());
  const rows = (months: string) => query(`select count(), sum(amount) ${inMonths(months)}`);
  const others = await rows('1, 2, 5, 6');
  const answer = await backfill({ models: ['line_fact'], from: '2024-03-01', to: '2024-05-01T00:00:00Z' });
  expect(answer).toMatchObject({ state: 'done', code: '', detail: 'computed 20 keys anew' });
  expect(await rows('1, 2, 5, 6')).toBe(others);
  expect(await rows('3, 4')).toBe(
    await query(`
    select count(), sum(i.gross_amount) from raw.order__order_items as i final
    inner join (select id, ordered_at from raw.order__orders final) as o on o.id = i.order_id
    where toMonth(o.ordered_at) in (3, 4)`),
  );
  // None is named: all that declare event_time.
  expect(await backfill({})).toMatchObject({ state: 'done' });
  expect(await differing()).toEqual([]);
  // What was written again goes on to be kept.
  for (let n = 1; n <= 60; n += 2) put(n + 1);
  for (let n = 1; n <= 60; n += 7) shop.remove('order_items', String(n));
  await shop.commit();
  await model();
  expect(await differing()).toEqual([]);
});

test('a range that cannot be told is refused with what there is', async () => {
  const refused = async (asked: Partial<BackfillArguments>) => {
    const answer = await backfill(asked);
    return `${answer?.state} ${answer?.detail}`;
  };
  expect(await refused({ models: ['lines'] })).toMatch(/^failed MR-ROLL-007: lines; there are .*line_fact/);
  expect(await refused({ models: ['line_fact'], from: 'yesterday' })).toMatch(/MR-ROLL-006: .*order_date.*yesterday/);
  expect(await refused({ models: ['line_fact'], from: '2024-02-01', to: '2024-01-01' })).toMatch(
    /nothing lies between/,
  );
  expect(await refused({ models: ['digit_dimension'] })).toMatch(/MR-ROLL-006: model digit_dimension reads nothing/);
  expect(await refused({ models: ['product_cube'] })).toMatch(/MR-ROLL-006: model product_cube declares no event_time/);
  // Without event_time the range is of the key.
  expect(await refused({ models: ['customer_fact'], from: '3', to: '5' })).toMatch(/^done computed 2 keys anew/);
});
