import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEVER } from '../../runtime/abortable.ts';
import type { Config } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { runModels } from '../models/main.ts';
import type { Project } from '../models/project/project.ts';
import { readProject } from '../models/project/read-project.ts';
import { pendingRepairs, requestRepair } from '../models/repair-requests.ts';
import { createRandom } from '../testing/random.ts';
import { openShop, SHOP_TABLES, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { createPace } from './pace.ts';
import type { Verification } from './result.ts';
import { verifyRun } from './verify-run.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });

/** One of each way in which models are kept. */
const FILES = {
  'dbt_project.yml': 'name: verified\nmodel-paths: [models]\n',
  'models/staging/stg_items.sql': `{{ config(materialized='view') }}
    select id as item_id, assumeNotNull(order_id) as order_id, coalesce(product_id, 0) as product_id, toInt64(coalesce(quantity, 0)) as units,
      toDecimal128(coalesce(gross_amount, 0), 2) as amount
    from {{ source('order', 'order_items') }}`,
  'models/facts/line_fact.sql': `{{ config(materialized='table', unique_key='item_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'order_id', 'inputs': {'order.order_items': 'order_id', 'order.orders': 'id'}}}) }}
    select i.item_id as item_id, i.order_id as order_id, assumeNotNull(o.customer_id) as customer_id, i.product_id as product_id,
      coalesce(o.channel, '') as channel, i.units as units, i.amount as amount
    from {{ ref('stg_items') }} as i inner join {{ source('order', 'orders') }} as o on o.id = i.order_id`,
  'models/facts/customer_fact.sql': `{{ config(materialized='table', unique_key='customer_id', meta={'maintenance': {'strategy': 'by_key',
    'key': 'customer_id', 'inputs': {'line_fact': 'customer_id'}}}) }}
    select customer_id, max(f.amount) as largest, count() as lines from {{ ref('line_fact') }} as f group by customer_id`,
  'models/cubes/product_cube.sql': `{{ config(materialized='table', unique_key=['product_id', 'channel'], meta={'maintenance': {'strategy': 'additive',
    'input': 'line_fact', 'entity': 'order_id', 'row_count': 'lines'}}) }}
    select product_id, channel, sum(units) as units, sum(amount) as amount, uniqExact(order_id) as orders, count() as lines
    from {{ ref('line_fact') }} group by product_id, channel`,
  'snapshots/customer_fact_history.yml': `snapshots:
  - name: customer_fact_history
    relation: ref('customer_fact')
    config: {strategy: check, unique_key: customer_id, check_cols: all, hard_deletes: invalidate}`,
  'models/dimensions/digit_dimension.sql': `{{ config(materialized='table', unique_key='digit', meta={'maintenance': {'strategy': 'static'}}) }}
    select number as digit, number % 2 = 0 as is_even from numbers(10)`,
};

let warehouse: TemporaryWarehouse;
let shop: Shop;
let folder: string;
let project: Project;
const random = createRandom(SEED);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-verified-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  project = await readProject(folder);
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  for (let id = 1; id <= 40; id++) putOrder(id, 1 + (id % 9));
  for (let id = 1; id <= 120; id++) putItem(id, id % 40);
  await shop.commit();
  await runModels({ config: config(), logger, signal: NEVER, watch: false });
});
afterAll(async () => {
  await shop?.close();
  await warehouse?.stop();
  await rm(folder, { recursive: true, force: true });
});

function config(): Config {
  const names = [...new Set(Object.values(SHOP_TABLES).map(({ source }) => source))];
  const source = { url: '', schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 1 };
  return {
    warehouse: warehouse.config,
    log: 'direct',
    sources: names.map((name) => ({ name, ...source })),
    models: folder,
    api: { host: '127.0.0.1', port: 0 },
  };
}

/** By column; what the table has beside them is NULL. */
function put(table: 'orders' | 'order_items', values: Readonly<Record<string, string>>): void {
  shop.put(
    table,
    Object.keys(SHOP_TABLES[table].columns).map((column) => values[column] ?? null),
  );
}

function putOrder(id: number, customer = 1 + random.below(9)): void {
  put('orders', { id: String(id), customer_id: String(customer), channel: random.pick(['web', 'store']) });
}

function putItem(id: number, order: number): void {
  const values = { product_id: String(1 + random.below(5)), quantity: String(1 + random.below(9)) };
  put('order_items', {
    id: String(id),
    order_id: String(1 + order),
    gross_amount: `${random.below(500)}.25`,
    ...values,
  });
}

async function verify(repair = false, showValues = false): Promise<Map<string, Verification>> {
  const results = await verifyRun({
    client: warehouse.client,
    sources: [],
    project,
    selection: { source: null, table: null, model: null },
    repair,
    showValues,
    pace: createPace(1, NEVER),
    signal: NEVER,
    onResult: () => {},
  });
  return new Map(results.map((result) => [result.name, result]));
}

function outcomes(results: ReadonlyMap<string, Verification>): Record<string, unknown> {
  return Object.fromEntries(
    [...results].map(([name, { outcome, examples }]) => [name, examples.length > 0 ? examples : outcome]),
  );
}

const ALL_EQUAL = {
  line_fact: 'equal',
  customer_fact: 'equal',
  product_cube: 'equal',
  digit_dimension: 'equal',
  customer_fact_history: 'equal',
};

/** Runs the models as long as the work takes. */
async function whileModelsRun<T>(work: () => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const running = runModels({ config: config(), logger, signal: stopping.signal, watch: true });
  try {
    return await Promise.race([work(), running.then(() => Promise.reject(new Error('the models ended')))]);
  } finally {
    stopping.abort();
    await running;
  }
}

async function spoil(query: string): Promise<void> {
  await warehouse.client.command({ query, clickhouse_settings: { mutations_sync: '1' } });
}

async function storeTable(model: string): Promise<string> {
  const name = await queryText(
    warehouse.client,
    `select name from system.tables where database = 'store' and name like '${model}\\_\\_g%' order by name desc limit 1`,
  );
  return `store.\`${name.trim()}\``;
}

test(`finds, names and repairs rows and cells that are not what their SQL gives (seed ${SEED})`, async () => {
  const healthy = await verify();
  expect(outcomes(healthy)).toEqual(ALL_EQUAL);
  expect(healthy.get('line_fact')).toMatchObject({ rows: 120, found: 120, position: '1' });

  const [lines, customers] = [await storeTable('line_fact'), await storeTable('customer_fact')];
  const [cube, digits] = [await storeTable('product_cube'), await storeTable('digit_dimension')];
  await spoil(`insert into ${lines} select * replace (_from + 1 as _from) from ${lines} where item_id = 7`); // doubled
  await spoil(`alter table ${lines} delete where item_id = 8`);
  await spoil(`alter table ${lines} update amount = amount + 0.01 where item_id = 9`);
  await spoil(`alter table ${lines} update _to = 1 where item_id = 10`); // closed, and not opened anew
  await spoil(
    `insert into ${lines} select * replace (9000 as item_id) from (select * from ${lines} where item_id = 11)`,
  );
  await spoil(
    `insert into ${lines} select * replace (1000000 as _from) from (select * from ${lines} where item_id = 12)`,
  ); // visible too late
  await spoil(`alter table ${lines} delete where item_id = 12 and _from < 1000000`);
  await spoil(`alter table ${lines} update order_id = order_id + 1 where item_id = 13`); // of another key
  await spoil(`alter table ${lines} update channel = '' where item_id = 14`); // lost a join
  await spoil(
    `insert into ${lines} select * replace (units + 1 as units, _version + 1 as _version) from (select * from ${lines} where item_id = 15)`,
  );
  await spoil(`alter table ${customers} delete where customer_id = 4`);
  await spoil(`alter table ${customers} update lines = lines + 100 where customer_id = 5`); // a change was missed
  await spoil(`alter table ${customers} update largest = -largest where customer_id = 3`); // wrong sign
  await spoil(`insert into ${cube} select * from ${cube} where product_id = 1 and channel = 'web'`); // applied twice
  await spoil(`alter table ${cube} delete where product_id = 2 and channel = 'web'`);
  await spoil(`insert into ${cube} (product_id, channel, lines) values (99, 'web', 1)`);
  await spoil(
    `insert into ${cube} select * replace ('store' as channel) from (select * from ${cube} where product_id = 3 and channel = 'web')`,
  ); // moved, and left
  await spoil(`alter table ${cube} delete where product_id = 3 and channel = 'web'`);
  await spoil(`alter table ${cube} update amount = amount - 1000 where product_id = 4 and channel = 'web'`);
  await spoil(`alter table ${cube} update orders = orders + 100 where product_id = 5 and channel = 'web'`); // counted twice
  await spoil(`alter table ${digits} delete where digit = 5`);
  await spoil(`alter table ${digits} update is_even = not is_even where digit = 6`);
  await spoil(`insert into ${digits} select * from ${digits} where digit = 4`);
  const found = await verify(false, true);
  const kinds = (name: string): unknown =>
    Object.fromEntries((found.get(name)?.examples ?? []).map(({ key, kind }) => [Object.values(key).join(' '), kind]));
  expect(kinds('line_fact')).toEqual({
    ...{ 7: 'doubled', 8: 'missing', 9: 'changed', 10: 'missing', 9000: 'extra' },
    ...{ 12: 'missing', 13: 'changed', 14: 'changed', 15: 'changed' },
  });
  expect(kinds('customer_fact')).toMatchObject({ 3: 'changed', 4: 'missing', 5: 'changed' });
  // What the model lacks, the versions have.
  expect(kinds('customer_fact_history')).toEqual({ 3: 'changed', 4: 'extra', 5: 'changed' });
  expect(kinds('product_cube')).toMatchObject({ '1 web': 'changed', '2 web': 'missing', '99 web': 'extra' });
  expect(kinds('product_cube')).toMatchObject({
    '3 web': 'missing',
    '3 store': 'changed',
    '4 web': 'changed',
    '5 web': 'changed',
  });
  expect(kinds('digit_dimension')).toEqual({ 4: 'doubled', 5: 'missing', 6: 'changed' });
  expect(found.get('line_fact')).toMatchObject({ outcome: 'differs', code: 'MR-VERIFY-002', differing: 9 });
  const changed = found.get('line_fact')?.examples.find(({ key }) => key.item_id === '9');
  expect(changed?.columns.map(({ column }) => column)).toEqual(['amount']);

  const repaired = await whileModelsRun(() => verify(true));
  expect(new Set([...repaired.values()].map(({ outcome }) => outcome))).toEqual(new Set(['repaired']));
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);
});

test(`models follow rows of a replica that were put right (seed ${SEED})`, async () => {
  const { client } = warehouse;
  const raw = 'raw.order__order_items';
  const spoilt = (values: string, id: number): Promise<void> =>
    spoil(`insert into ${raw} select * replace (${values}) from (select * from ${raw} final where id = ${id})`);
  await spoilt('gross_amount + 1000 as gross_amount, _version + 1 as _version', 20);
  await spoilt('_version + 1 as _version, 1 as _deleted', 21);
  await spoilt('9001 as id, _version + 1 as _version', 22);
  // As if the damage had passed the models too.
  const version = await queryText(client, `select toString(max(_version)) from ${raw}`);
  await requestRepair(client, {
    replica: 'order__order_items',
    keys: [['20'], ['21'], ['9001']],
    version: version.trim(),
  });
  putItem(121, 3);
  await shop.commit();
  await runModels({ config: config(), logger, signal: NEVER, watch: false });
  expect(await pendingRepairs(client)).toEqual([]);
  expect(await queryText(client, 'select count() from marts.line_fact where item_id in (20, 21, 9001)')).toBe('2\n');
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);
  // And back: a request for a position that is not reached yet waits.
  await spoil(
    `insert into ${raw} select * replace (gross_amount - 1000 as gross_amount, _version + 1 as _version) from (select * from ${raw} final where id = 20)`,
  );
  await spoil(
    `insert into ${raw} select * replace (_version + 1 as _version, 1 as _deleted) from (select * from ${raw} final where id = 9001)`,
  );
  const keys = [['20'], ['9001'], ['9002']];
  await requestRepair(client, { replica: 'order__order_items', keys, version: (1n << 127n).toString() });
  putItem(122, 3);
  await shop.commit();
  await runModels({ config: config(), logger, signal: NEVER, watch: false });
  expect(await pendingRepairs(client)).toHaveLength(1);
  expect(await queryText(client, 'select count() from marts.line_fact where item_id = 9001')).toBe('1\n');
  await client.command({ query: 'truncate table millrace.repair_requests' });
  await requestRepair(client, { replica: 'order__order_items', keys, version: '0' });
  putItem(123, 3);
  await shop.commit();
  await runModels({ config: config(), logger, signal: NEVER, watch: false });
  expect(await queryText(client, 'select count() from marts.line_fact where item_id = 9001')).toBe('0\n');
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);
});

test(`reports nothing while everything changes (seed ${SEED})`, async () => {
  await whileModelsRun(async () => {
    const working = new AbortController();
    const busy = (async () => {
      while (!working.signal.aborted) {
        for (let n = 0; n < 3; n++) {
          putItem(1 + random.below(150), random.below(40));
          if (random.below(4) === 0) putOrder(1 + random.below(40));
          if (random.below(6) === 0) shop.remove('order_items', String(1 + random.below(150)));
        }
        await shop.commit();
      }
    })();
    for (let run = 0; run < 2; run++) {
      const results = await verify();
      expect([...results.values()].filter(({ outcome }) => !['equal', 'undecided'].includes(outcome))).toEqual([]);
    }
    working.abort();
    await busy;
  });
  await runModels({ config: config(), logger, signal: NEVER, watch: false });
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);
});

test(`finds versions that are not what their model has, or overlap (seed ${SEED})`, async () => {
  const versions = 'store.customer_fact_history__versions';
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);
  const ids = await queryText(
    warehouse.client,
    'select customer_id from marts.customer_fact order by customer_id limit 3',
  );
  const [changed, missing, doubled] = ids.trim().split('\n') as [string, string, string];
  await spoil(`alter table ${versions} update largest = largest + 1 where customer_id = ${changed} and _to > 1000000`);
  await spoil(`alter table ${versions} delete where customer_id = ${missing} and _to > 1000000`);
  await spoil(
    `insert into ${versions} select * replace (7777 as customer_id) from (select * from ${versions} where customer_id = ${changed})`,
  );
  const found = (await verify()).get('customer_fact_history');
  expect(Object.fromEntries((found?.examples ?? []).map(({ key, kind }) => [key.customer_id, kind]))).toEqual({
    [changed]: 'changed',
    [missing]: 'missing',
    7777: 'extra',
  });
  expect(found).toMatchObject({ outcome: 'differs', code: 'MR-VERIFY-002' });
  // The versions that differ end, others begin: what was known in between stays what readers were shown.
  const repaired = await whileModelsRun(() => verify(true));
  expect(repaired.get('customer_fact_history')?.outcome).toBe('repaired');
  expect(outcomes(await verify())).toEqual(ALL_EQUAL);

  await spoil(
    `insert into ${versions} select * replace (_from - 1 as _from, _valid_from + 1 as _valid_from) from ${versions} where customer_id = ${doubled} and _to > 1000000 limit 1`,
  );
  expect((await verify()).get('customer_fact_history')?.examples).toContainEqual({
    key: { customer_id: doubled },
    kind: 'overlapping',
    columns: [],
  });
});
