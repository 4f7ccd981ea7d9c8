import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../testing/random.ts';
import { createRunningModels, type RunningModels, until } from '../../testing/running-models.ts';
import { openShop, type Shop } from '../../testing/shop.ts';
import { changeOrders } from '../../testing/shop-traffic.ts';
import { changeSmallModels, type FolderChanges, writeSmallModels } from '../../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { type Rollout, readRollout, readRollouts } from './rollout.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const random = createRandom(SEED);

let warehouse: TemporaryWarehouse;
let shop: Shop;
/** The folder on the disk of the models. */
let own: string;
let models: RunningModels;
const folders: string[] = [];

beforeAll(async () => {
  own = await folderWith({});
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await ensureRolloutBookkeeping(warehouse.client);
  for (let n = 0; n < 300; n++) changeOrders(shop, random);
  await shop.commit();
  models = createRunningModels({
    warehouse,
    models: own,
    async traffic() {
      for (let n = 0; n < 5; n++) changeOrders(shop, random);
      await shop.commit();
      await new Promise((resolve) => setTimeout(resolve, 30)); // The machine is not the traffic's alone.
    },
  });
});
afterAll(async () => {
  await models?.stop();
  await shop?.close();
  await warehouse?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folderWith(changes: FolderChanges): Promise<string> {
  const folder = await writeSmallModels(changes);
  folders.push(folder);
  return folder;
}

const query = async (sql: string) => (await queryText(warehouse.client, sql)).trim();
const columnsOf = (model: string) =>
  query(`select name from system.columns where database = 'marts' and table = '${model}'`);
const rollouts = () => readRollouts(warehouse.client);
const rolloutOf = ({ rollout }: { rollout: number }) => readRollout(warehouse.client, rollout);
const rollback = (to: number | null) => models.ask({ action: 'rollback', arguments: { to, tests: true } });

async function someBatches(): Promise<void> {
  const watermark = async () => Number(await query('select max(watermark) from millrace.watermarks'));
  const before = await watermark();
  await until(async () => (await watermark()) > before + 3, 'batches');
}

const TWICE = (text: string) => text.replace('count() as lines', 'count() as lines, 2 * count() as twice');
const CUBE = 'models/cubes/product_cube.sql';
const FACT = 'models/facts/line_fact.sql';

test('a changed folder is taken up while the models run; a second one who asks for it joins', async () => {
  await models.start();
  await until(async () => (await rollouts()).some(({ state }) => state === 'live'), 'live');
  const changed = await folderWith({
    'models/views/extra.sql': "select product_id from {{ ref('products') }}",
    [CUBE]: TWICE,
    [FACT]: (text) => text.replace('i.units as', '-i.units as minus, i.units as'),
  });
  const [first, second] = await Promise.all([models.askRun(changed), models.askRun(changed)]);
  expect(first).toEqual({ state: 'running', rollout: 2, code: '', detail: '' });
  expect(second.rollout).toBe(2);
  expect(await models.ended(first)).toMatchObject({ state: 'live', reason: 'run', code: '', tests: true });
  expect((await rolloutOf(first))?.built.toSorted()).toEqual(['customer_fact', 'line_fact', 'product_cube']);
  expect(await columnsOf('product_cube')).toContain('twice');
  expect(await models.askRun(changed)).toMatchObject({ state: 'done', rollout: 2 });
  expect(await models.differing(changed), `seed ${SEED}`).toEqual([]);
  // What was taken up from elsewhere is not replaced by the folder on the disk, which is as it was.
  expect(await columnsOf('line_fact')).toContain('minus');
});

test('a broken folder changes nothing, and says what is wrong', async () => {
  const before = await query(
    'select groupUniqArray(name) from system.tables where database = {d:String}'.replace('{d:String}', "'store'"),
  );
  const broken: [FolderChanges, RegExp, string][] = [
    [{ 'models/x.yml': 'models:\n  - name: nothing\n' }, /nothing is no model/, 'MR-MODEL-001'],
    [{ [CUBE]: (text) => text.replace('sum(units)', 'sum(unitz)') }, /model product_cube: .*unitz/s, 'MR-MODEL-002'],
    [
      {
        'models/x.yml':
          'models:\n  - name: digit_dimension\n    config: {contract: {enforced: true}}\n    columns:\n' +
          '      - {name: digit, data_type: String}\n      - {name: is_even, data_type: UInt8}\n',
      },
      /digit is wanted as String/,
      'MR-TEST-002',
    ],
    [
      {
        [FACT]: (text) =>
          text.replace("source('order', 'orders')", "source('order', 'carts')").replace('order.orders', 'order.carts'),
      },
      /order\.carts/,
      'MR-MODEL-005',
    ],
  ];
  for (const [changes, detail, code] of broken) {
    const answer = await models.askRun(await folderWith(changes));
    expect(answer).toMatchObject({ state: 'failed', code, detail: expect.stringMatching(detail) });
    expect(await rolloutOf(answer)).toMatchObject({ state: 'failed', code });
  }
  await until(async () => (await models.metric('millrace_models_folder_refused')) === 1, 'refused');
  expect(await query("select groupUniqArray(name) from system.tables where database = 'store'")).toBe(before);
});

const YML = (tests: string) =>
  `models:\n  - name: product_cube\n    columns:\n      - name: product_id\n        data_tests: [${tests}]\n`;

test('what was built is tested before readers see it: failing tests leave them what they have', async () => {
  const failing = await folderWith({
    [CUBE]: (text) =>
      text
        .replace('sum(units) as units', 'sum(units) as units, count() as one')
        .replace('group by', 'where product_id != 7 group by'),
    'tests/no_seven.sql': "select * from {{ ref('products') }} where product_id = 3",
    'models/x.yml': YML('not_null'),
  });
  const answer = await models.askRun(failing);
  expect(await models.ended(answer)).toMatchObject({
    state: 'failed',
    code: 'MR-ROLL-002',
    detail: expect.stringContaining('no_seven (1 rows)'),
  });
  expect(await query("select row from millrace.test_failures where test = 'no_seven'")).toContain('"product_id":3');
  expect(await columnsOf('product_cube')).not.toContain('one');
  expect(await query('exists view bi.extra')).toBe('1');
  const untested = await models.askRun(failing, false);
  expect((await models.ended(untested)).state).toBe('live');
  expect(await columnsOf('product_cube')).toContain('one');
  expect(await query('exists view bi.extra')).toBe('0');
  expect(await models.differing(failing), `seed ${SEED}`).toEqual([]);
});

test('rolled back, the former version is built again, and stays over a restart until somebody asks for another', async () => {
  const back = await rollback(null);
  expect(await models.ended(back)).toMatchObject({ state: 'live', reason: 'rollback', code: '' });
  expect(await columnsOf('product_cube')).not.toContain('one');
  expect(await columnsOf('line_fact')).toContain('minus');
  await until(async () => (await models.metric('millrace_models_rolled_back')) === 1, 'rolled back');
  await changeSmallModels(own, { [CUBE]: (text) => text.replace('as lines', 'as lines, 3 * count() as three') });
  await models.start();
  await until(async () => (await models.metric('millrace_models_rolled_back')) === 1, 'rolled back after a restart');
  const before = await rollouts();
  expect(await rollback(99)).toMatchObject({ code: 'MR-ROLL-003' });
  expect((await rollouts()).length).toBe(before.length);
  expect((await models.ended(await models.askRun(own))).state).toBe('live');
  expect(await columnsOf('product_cube')).toContain('three');
  // No longer rolled back: a restart takes up what has changed on the disk.
  await models.stop();
  await changeSmallModels(own, { [CUBE]: TWICE });
  await models.start();
  await until(async () => (await columnsOf('product_cube')).includes('twice'), 'taken up at the start');
  const last = (await rollouts())[0] as Rollout;
  expect(await models.ended({ rollout: last.number })).toMatchObject({ reason: 'start', state: 'live' });
  expect(await models.differing(own), `seed ${SEED}`).toEqual([]);
});

test('a folder that is broken when the models start leaves those that there are', async () => {
  await models.stop();
  await changeSmallModels(own, { [CUBE]: 'select {{ broken' });
  await models.start();
  const refused = await until(
    async () => (await rollouts()).find(({ state, reason }) => state === 'failed' && reason === 'start'),
    'refused',
  );
  expect(refused).toMatchObject({ code: 'MR-MODEL-001', detail: expect.stringContaining('product_cube') });
  await someBatches();
  // It is told once, not at each start.
  const { length } = await rollouts();
  await models.start();
  await until(async () => (await models.metric('millrace_models_folder_refused')) === 1, 'said again');
  expect(await rollouts()).toHaveLength(length);
  await changeSmallModels(own, { [CUBE]: TWICE });
  expect(await models.askRun(own)).toMatchObject({ state: 'done' });
});

test('what is being built can be given up; nobody else gets in between', async () => {
  const slow = await folderWith({
    [CUBE]: (text) => text.replace('as lines', 'as lines, 4 * count() as four'),
    'tests/slow.sql': "select * from {{ ref('product_cube') }} where sleep(3) = 1 limit 1",
  });
  const answer = await models.askRun(slow);
  await until(async () => (await rolloutOf(answer))?.state === 'testing', 'tests');
  // A restart goes on with it.
  await models.start();
  const { sequence = '' } = (await rolloutOf(answer)) ?? {};
  await until(async () => {
    const now = await rolloutOf(answer);
    return now?.state === 'testing' && now.sequence !== sequence;
  }, 'tests again');
  expect((await rolloutOf(answer))?.progress).toMatchObject({ tablesTotal: 1, tablesDone: 1 });
  expect(await models.askRun(await folderWith({ [CUBE]: (text) => `${text} ` }))).toMatchObject({
    state: 'failed',
    code: 'MR-ROLL-001',
  });
  expect(await rollback(null)).toMatchObject({ state: 'done' });
  // Readers have what is on the disk: there is nothing behind it to be taken up.
  await someBatches();
  expect((await rollouts())[0]).toMatchObject({ number: answer.rollout, state: 'cancelled', code: 'MR-ROLL-005' });
  expect(await models.differing(own), `seed ${SEED}`).toEqual([]);
});
