import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../runtime/logger.ts';
import { createModelsFolder, type ModelsFolder, SMALL_PROJECT } from '../../testing/models-folder.ts';
import { openShop, SHOP_TABLES, type Shop } from '../../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { relationsAtWatermark } from '../data-tests/relations.ts';
import { runDataTest } from '../data-tests/run-data-test.ts';
import { runModels } from '../main.ts';
import { allReplicas } from '../maintain/read-replicas.ts';
import { readProject } from '../project/read-project.ts';
import { readRollouts } from '../rollouts/rollout.ts';
import { readTests } from './read-tests.ts';
import { type RunTestsOptions, runTests } from './run-tests.ts';
import type { TestRun } from './test-result.ts';

const logger = createLogger({ name: 'test', level: 'fatal' });
let warehouse: TemporaryWarehouse;
let shop: Shop;
let folder: ModelsFolder;

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  folder = createModelsFolder(SMALL_PROJECT);
  order('1', 'paid', '2024-03-03');
  order('2', 'paid', '2024-03-03');
  order('3', 'shipped', '2024-03-04');
  await shop.commit();
  await modelAll();
});
afterAll(async () => {
  await shop.close();
  await warehouse.stop();
  folder.remove();
});

function order(id: string, status: string, date: string, channel: string | null = 'web'): void {
  shop.put('orders', [id, '1', status, channel, 'north', 'DE', 'EUR', `${date} 12:00:00+00`]);
  shop.put('order_items', [id, id, '1', '1', '1.0000', '10.10', '0.00', '0.00']);
}

async function modelAll(): Promise<void> {
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))].map((name) => ({
    name,
    url: '',
    schemas: ['public'],
    tables: ['*'],
    exclude: [],
    snapshotConnections: 1,
  }));
  const config = {
    warehouse: warehouse.config,
    log: 'direct' as const,
    sources,
    models: folder.path,
    api: { host: '127.0.0.1', port: 0 },
  };
  await runModels({ config, logger, signal: new AbortController().signal, watch: false });
}

/** With the given YAML beside the models, and nothing else. */
async function run(yaml: string, options: Partial<RunTestsOptions> = {}): Promise<TestRun> {
  folder.write({ 'models/schema.yml': yaml });
  return runTests({
    warehouse: warehouse.config,
    models: folder.path,
    logger,
    select: [],
    exclude: [],
    freshnessOnly: false,
    threads: 2,
    ...options,
  });
}

const statuses = (found: TestRun) => Object.fromEntries(found.results.map(({ name, status }) => [name, status]));

test("dbt's tests find what is wrong, at the published watermark, and write it down", async () => {
  const yaml = `
models:
  - name: order_fact
    columns:
      - name: order_id
        data_tests: [unique, not_null]
      - name: customer_id
        data_tests:
          - unique
          - relationships: {to: "source('user', 'users')", field: id}
      - name: status
        tests:
          - accepted_values: {arguments: {values: [paid, shipped]}}
      - name: channel
        tests: [not_null]
  - name: days
    columns: [{name: order_date, data_tests: [unique]}]
`;
  const found = await run(yaml);
  expect(statuses(found)).toEqual({
    unique_order_fact_order_id: 'pass',
    not_null_order_fact_order_id: 'pass',
    unique_order_fact_customer_id: 'fail',
    relationships_order_fact_customer_id__id__source_user_users_: 'fail',
    accepted_values_order_fact_status__paid__shipped: 'pass',
    not_null_order_fact_channel: 'pass',
    unique_days_order_date: 'pass',
  });
  const failed = found.results.find(({ name }) => name === 'unique_order_fact_customer_id');
  expect(failed).toMatchObject({ failures: 1, rows: ['{"unique_field":1,"n_records":3}'], subject: 'order_fact' });
  expect(
    await queryText(
      warehouse.client,
      `select test, model, row from millrace.test_failures where run = {run:UUID} and test like 'unique%'`,
      { run: found.run },
    ),
  ).toBe('unique_order_fact_customer_id\torder_fact\t{"unique_field":1,"n_records":3}\n');
  expect(
    await queryText(
      warehouse.client,
      `select status, count(), min(watermark) = {watermark:UInt64} from millrace.test_results where run = {run:UUID}
       group by status order by status`,
      { run: found.run, watermark: found.watermark },
    ),
  ).toBe('fail\t2\t1\npass\t5\t1\n');

  // Loaded, but not published: the tests do not see it yet.
  order('4', 'lost', '2024-03-05', null);
  await shop.commit();
  expect(statuses(await run(yaml))).toMatchObject({
    accepted_values_order_fact_status__paid__shipped: 'pass',
    not_null_order_fact_channel: 'pass',
  });
  await modelAll();
  expect(statuses(await run(yaml))).toMatchObject({
    accepted_values_order_fact_status__paid__shipped: 'fail',
    not_null_order_fact_channel: 'fail',
  });
  expect(await statusAt(found.watermark as string, 'not_null_order_fact_channel')).toBe('pass');
});

/** What a data test finds at an earlier watermark. */
async function statusAt(watermark: string, name: string): Promise<string> {
  const project = await readProject(folder.path);
  const tests = await readTests(folder.path, project);
  const replicas = await allReplicas(warehouse.client);
  const resolve = relationsAtWatermark({ project, replicas, missing: (table) => new Error(table) });
  const found = tests.find((each) => each.name === name);
  if (found?.kind !== 'generic') throw new Error(`no data test ${name}`);
  return (await runDataTest(found.of, { client: warehouse.client, project, resolve, watermark })).status;
}

test('settings of a test decide what counts and how much', async () => {
  const config = (name: string, settings: string) => `
          - unique: {name: ${name}, config: ${settings}}`;
  const found = await run(`
models:
  - name: order_fact
    columns:
      - name: customer_id
        data_tests:${[
          config('plain', '{}'),
          config('warned', '{severity: warn, store_failures: false}'),
          config('filtered', '{where: "status = \'shipped\'"}'),
          config('tolerated', '{warn_if: ">= 1", error_if: "> 9", fail_calc: "sum(n_records)"}'),
          config('refused', '{warn_if: ">= 1", error_if: "between 3 and 9", fail_calc: "sum(n_records)"}'),
          config('disabled', '{enabled: false}'),
        ].join('')}
      - name: status
        data_tests:
          - accepted_values: {values: [paid], name: limited, limit: 1}
`);
  expect(statuses(found)).toEqual({
    plain: 'fail',
    warned: 'warn',
    filtered: 'pass',
    tolerated: 'warn',
    refused: 'fail',
    limited: 'fail',
  });
  const by = new Map(found.results.map((result) => [result.name, result]));
  expect(by.get('warned')?.rows).toEqual([]);
  expect(by.get('refused')?.failures).toBeGreaterThanOrEqual(3);
  expect(by.get('limited')?.failures).toBe(1);
});

test('tests of the folder: generic ones with arguments, single queries, and one whose SQL is wrong', async () => {
  folder.write({
    'tests/generic/at_least.sql': `{% test at_least(model, column_name, least=1) %}
      {{ config(severity='warn') }}
      select * from {{ model }} where {{ column_name }} < {{ least }}
    {% endtest %}`,
    'tests/cube_equals_facts.sql': `-- sums of the cube against the facts
      select * from (select sum(amount) as total from {{ ref('daily_cube') }}) as c,
        (select sum(amount) as total from {{ ref('order_fact') }}) as f
      where c.total != f.total -- nothing may be here`,
    'tests/broken.sql': `select nothing from {{ ref('order_fact') }}`,
  });
  const yaml = `
models:
  - name: order_fact
    columns:
      - name: amount
        data_tests:
          - at_least
          - at_least: {arguments: {least: 100}}
data_tests:
  - name: cube_equals_facts
    description: Every amount is in the cube once.
    config: {tags: [cubes]}
`;
  const found = await run(yaml);
  expect(statuses(found)).toEqual({
    at_least_order_fact_amount: 'pass',
    at_least_order_fact_amount__100: 'warn',
    cube_equals_facts: 'pass',
    broken: 'error',
  });
  expect(found.results.find(({ name }) => name === 'broken')).toMatchObject({
    code: 'MR-TEST-003',
    detail: expect.stringContaining('nothing'),
  });
  expect(statuses(await run(yaml, { select: ['tag:cubes'] }))).toEqual({ cube_equals_facts: 'pass' });
  // A cell that was counted twice.
  const [name] = (
    await queryText(
      warehouse.client,
      "select name from system.tables where database = 'store' and startsWith(name, 'daily_cube') and engine like '%MergeTree'",
    )
  ).split('\n');
  await warehouse.client.command({
    query: `insert into store.\`${name}\` (order_date, amount, orders, _batch, _folded) values ('2024-03-03', 1, 1, 1, false)`,
  });
  expect(statuses(await run(yaml, { select: ['daily_cube'] }))).toEqual({ cube_equals_facts: 'fail' });
  folder.write({ 'tests/broken.sql': '{{ config(enabled=false) }} select 1' });
});

test('unit tests compare a model with the rows that it should give, from rows that are given', async () => {
  folder.write({ 'tests/fixtures/items.csv': 'order_id,gross_amount\n1,10.10\n1,0.05\n' });
  const unit = (name: string, total: string, more = '') => `
  - name: ${name}
    model: order_fact
    given:
      - input: ref('stg_orders')
        rows:
          - {order_id: 1, status: paid, ordered_at: "2024-02-29 10:00:00"}
          - {order_id: 2, status: cancelled, ordered_at: 2024-03-01 10:00:00}
      - input: source('order', 'order_items')
        format: csv
        fixture: items
    expect:
      rows:
        - {order_id: 1, order_date: 2024-02-29, amount: ${total}, channel: null}${more}`;
  const found = await run(
    `unit_tests:${unit('right', '10.15')}${unit('wrong', '10.16')}${unit(
      'overridden',
      '10.15',
      `
    overrides: {vars: {never: paid}}`,
    )}
  - name: sql_and_csv
    model: daily_cube
    given:
      - input: ref('order_fact')
        format: sql
        rows: select toDate32('2024-03-03') as order_date, toDecimal128('12345678901234567890.12', 2) as amount
    expect:
      format: csv
      rows: |
        order_date,amount
        2024-03-03,12345678901234567890.12
  - name: nothing_comes_of_nothing
    model: daily_cube
    given: [{input: ref('order_fact'), rows: []}]
    expect: {rows: []}
  - name: a_row_too_many
    model: days
    given: [{input: ref('daily_cube'), rows: [{amount: 1.00}, {amount: 1.00}]}]
    expect: {rows: [{amount: 1.00}]}
  - name: no_such_column
    model: daily_cube
    given: [{input: ref('order_fact'), rows: [{amuont: 1}]}]
    expect: {rows: []}
`,
    { select: ['test_type:unit'] },
  );
  expect(statuses(found)).toEqual({
    right: 'pass',
    wrong: 'fail',
    overridden: 'fail',
    sql_and_csv: 'pass',
    nothing_comes_of_nothing: 'pass',
    a_row_too_many: 'fail',
    no_such_column: 'error',
  });
  expect(found.watermark).toBeNull();
  const by = new Map(found.results.map((result) => [result.name, result]));
  expect(by.get('wrong')?.rows).toEqual([
    '{"_side":"expected, not given","order_id":1,"order_date":"2024-02-29","amount":10.16,"channel":null}',
    '{"_side":"given, not expected","order_id":1,"order_date":"2024-02-29","amount":10.15,"channel":null}',
  ]);
  expect(by.get('no_such_column')).toMatchObject({
    code: 'MR-TEST-001',
    detail: expect.stringContaining('there is no column amuont; did you mean amount?'),
  });
});

test('a contract is checked against what the SQL really gives, and refused before anything is built', async () => {
  const contract = (amount: string) => `
models:
  - name: daily_cube
    config: {contract: {enforced: true}}
    columns:
      - {name: order_date, data_type: Date32, constraints: [{type: not_null}, {type: primary_key}]}
      - {name: amount, data_type: "${amount}"}
      - {name: orders, data_type: bigint unsigned}
`;
  const kept = contract('decimal(38,2)');
  expect(statuses(await run(kept, { select: ['test_type:contract'] }))).toEqual({ contract_daily_cube: 'pass' });
  await modelAll();
  const generation = 'select max(generation) from millrace.watermarks';
  const before = await queryText(warehouse.client, generation);
  const broken = contract('Decimal(38, 4)');
  const wanted = 'column amount is wanted as Decimal(38, 4), and the model gives Decimal(38, 2)';
  const found = await run(broken, { select: ['test_type:contract'] });
  expect(found.results).toMatchObject([{ status: 'fail', code: 'MR-TEST-002', detail: wanted }]);
  await modelAll();
  expect((await readRollouts(warehouse.client))[0]).toMatchObject({
    state: 'failed',
    code: 'MR-TEST-002',
    detail: expect.stringContaining(`models/schema.yml: model daily_cube: ${wanted}`),
  });
  expect(await queryText(warehouse.client, generation)).toBe(before);
  folder.write({ 'models/schema.yml': kept });
  await modelAll();
});

test('freshness is the age of the newest row, or of the position of the source', async () => {
  const yaml = `
sources:
  - name: order
    freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 36500, period: day}}
    tables:
      - name: orders
      - name: order_items
        freshness: null
  - name: user
    config: {freshness: {warn_after: {count: 1, period: minute}}}
    tables:
      - {name: users, config: {loaded_at_field: created_at}}
  - name: payment
    loaded_at_field: now()
    tables:
      - {name: refunds, freshness: {error_after: {count: 1, period: hour}, filter: "status = 'completed'"}}
`;
  shop.put('users', ['1', 'a@example.com', 'active', '2024-01-01 00:00:00+00']);
  shop.put('refunds', ['1', '1', null, '1.00', 'failed']);
  await shop.commit();
  await modelAll();
  const found = await run(yaml, { freshnessOnly: true });
  expect(statuses(found)).toEqual({
    freshness_order_orders: 'warn',
    freshness_user_users: 'warn',
    freshness_payment_refunds: 'fail',
  });
  shop.put('refunds', ['1', '1', null, '1.00', 'completed']);
  await shop.commit();
  expect(statuses(await run(yaml, { select: ['source:payment'] }))).toEqual({ freshness_payment_refunds: 'pass' });

  // A source at rest: nothing new is published, its position goes on being confirmed.
  await modelAll();
  await warehouse.client.command({
    query: `insert into millrace.positions
      select * replace (now64(6) as caught_up_at, sequence + 1 as sequence) from millrace.positions final
      where source = 'order'`,
  });
  expect(statuses(await run(yaml, { select: ['source:order.orders'] }))).toEqual({ freshness_order_orders: 'pass' });
});
