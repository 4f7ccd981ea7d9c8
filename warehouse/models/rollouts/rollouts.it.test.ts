import { rm } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../../runtime/config/config.ts';
import { createLogger } from '../../../runtime/logger.ts';
import { differencesOf } from '../../testing/full-build.ts';
import { createRandom } from '../../testing/random.ts';
import { openShop, SHOP_TABLES, type Shop } from '../../testing/shop.ts';
import { changeSmallModels, type FolderChanges, SMALL_MODELS, writeSmallModels } from '../../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../../testing/temporary-warehouse.ts';
import { runModels } from '../main.ts';
import { readProject } from '../project/read-project.ts';
import { ensureRolloutBookkeeping } from './bookkeeping.ts';
import { readFolderText } from './folder-text.ts';
import { keepFolder } from './model-folders.ts';
import { type ModelAnswer, readModelAnswer, requestOfModels } from './model-requests.ts';
import { isUnderWay, type Rollout, readRollouts } from './rollout.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });
const random = createRandom(SEED);

let warehouse: TemporaryWarehouse;
let shop: Shop;
/** The folder on the disk of the models. */
let own: string;
const folders: string[] = [];
/** Ends the traffic, and the models. */
let stopAll: () => Promise<void> = async () => {};
let registry = new Registry();

beforeAll(async () => {
  own = await folderWith({});
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await ensureRolloutBookkeeping(warehouse.client);
  for (let n = 0; n < 300; n++) change();
  await shop.commit();
});
afterAll(async () => {
  await stopAll();
  await shop?.close();
  await warehouse?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folderWith(changes: FolderChanges): Promise<string> {
  const folder = await writeSmallModels(changes);
  folders.push(folder);
  return folder;
}

const id = (below: number) => String(1 + random.below(below));
function change(): void {
  const at = `2024-0${1 + random.below(9)}-03 12:00:00+00`;
  const n = random.below(10);
  if (n === 0) shop.remove(random.pick(['orders', 'order_items'] as const), id(60));
  else if (n < 4) {
    shop.put('orders', [id(60), id(10), 'paid', random.pick(['web', 'store']), 'north', 'DE', 'EUR', at]);
  } else if (n < 9) {
    shop.put('order_items', [id(100), id(60), id(20), id(9), '1.2345', `${random.below(200)}.50`, '0.50', '1.00']);
  } else shop.put('activity', [id(20), id(10), random.pick(['view', 'search']), at, null]);
}

function config(): Config {
  const names = [...new Set(Object.values(SHOP_TABLES).map(({ source }) => source))];
  const source = { url: '', schemas: ['public'], tables: ['*'], exclude: [], snapshotConnections: 1 };
  return {
    warehouse: warehouse.config,
    log: 'direct',
    sources: names.map((name) => ({ name, ...source })),
    models: own,
    api: { host: '127.0.0.1', port: 0 },
  };
}

/** The models, as `up` runs them, and traffic: until they are stopped. */
async function start(): Promise<void> {
  await stopAll();
  const stopping = new AbortController();
  registry = new Registry();
  const running = runModels({ config: config(), logger, signal: stopping.signal, watch: true, metrics: registry });
  running.catch(() => {});
  const busy = (async () => {
    while (!stopping.signal.aborted) {
      for (let n = 0; n < 5; n++) change();
      await shop.commit();
      await new Promise((resolve) => setTimeout(resolve, 20)); // The machine is not the traffic's alone.
    }
  })();
  stopAll = async () => {
    stopping.abort();
    stopAll = async () => {};
    await busy;
    await running;
  };
}

async function until<T>(look: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ask = async (action: Parameters<typeof requestOfModels>[1]): Promise<ModelAnswer> => {
  const { id: request } = await requestOfModels(warehouse.client, action);
  return until(() => readModelAnswer(warehouse.client, request), `an answer to ${JSON.stringify(action)}`);
};
async function askRun(folder: string, tests = true): Promise<ModelAnswer> {
  const text = await readFolderText(folder);
  await keepFolder(warehouse.client, text);
  return ask({ action: 'run', arguments: { folder: text.hash, tests } });
}
const rolloutOf = async ({ rollout }: Pick<ModelAnswer, 'rollout'>): Promise<Rollout | undefined> =>
  (await readRollouts(warehouse.client)).find(({ number }) => number === rollout);
/** The rollout that an answer speaks of, when it is over. */
const ended = (answer: Pick<ModelAnswer, 'rollout'>): Promise<Rollout> =>
  until(async () => {
    const rollout = await rolloutOf(answer);
    return rollout !== undefined && !isUnderWay(rollout) && rollout;
  }, `the end of rollout ${answer.rollout}`);
const lives = () =>
  until(async () => (await readRollouts(warehouse.client)).some(({ state }) => state === 'live'), 'live');

const query = async (sql: string) => (await queryText(warehouse.client, sql)).trim();
const columnsOf = (model: string) =>
  query(`select name from system.columns where database = 'marts' and table = '${model}'`);
const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;

/** Stops everything, comes up to what was loaded, and compares; then goes on. */
async function expectExact(folder: string): Promise<void> {
  await stopAll();
  await runModels({ config: config(), logger, signal: new AbortController().signal, watch: false });
  const project = await readProject(folder);
  for (const { name, materialized } of project.models) {
    if (materialized === 'table')
      expect(await differencesOf(warehouse.client, project, name), `${name} ${SEED}`).toBe('');
  }
  await start();
}

const TWICE = (text: string) => text.replace('count() as lines', 'count() as lines, 2 * count() as twice');
const CUBE = 'models/cubes/product_cube.sql';
const FACT = 'models/facts/line_fact.sql';

test('a changed folder is taken up while the models run; a second one who asks for it joins', async () => {
  await start();
  await lives();
  const changed = await folderWith({
    [CUBE]: TWICE,
    [FACT]: (text) => text.replace('i.units as', '-i.units as minus, i.units as'),
  });
  const [first, second] = await Promise.all([askRun(changed), askRun(changed)]);
  expect(first).toEqual({ state: 'running', rollout: 2, code: '', detail: '' });
  expect(second.rollout).toBe(2);
  expect(await ended(first)).toMatchObject({ state: 'live', reason: 'run', code: '', tests: true });
  expect((await rolloutOf(first))?.built.toSorted()).toEqual(['customer_fact', 'line_fact', 'product_cube']);
  expect(await columnsOf('product_cube')).toContain('twice');
  expect(await askRun(changed)).toMatchObject({ state: 'done', rollout: 2 });
  await expectExact(changed);
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
    const answer = await askRun(await folderWith(changes));
    expect(answer).toMatchObject({ state: 'failed', code, detail: expect.stringMatching(detail) });
    expect(await rolloutOf(answer)).toMatchObject({ state: 'failed', code });
  }
  expect(await metric('millrace_models_folder_refused')).toBe(1);
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
  const answer = await askRun(failing);
  expect(await ended(answer)).toMatchObject({
    state: 'failed',
    code: 'MR-ROLL-002',
    detail: expect.stringContaining('no_seven (1 rows)'),
  });
  expect(await query("select row from millrace.test_failures where test = 'no_seven'")).toContain('"product_id":3');
  expect(await columnsOf('product_cube')).not.toContain('one');
  const untested = await askRun(failing, false);
  expect((await ended(untested)).state).toBe('live');
  expect(await columnsOf('product_cube')).toContain('one');
  await expectExact(failing);
});

test('rolled back, the former version is built again, and stays over a restart until somebody asks for another', async () => {
  const back = await ask({ action: 'rollback', arguments: { to: null, tests: true } });
  expect(await ended(back)).toMatchObject({ state: 'live', reason: 'rollback', code: '' });
  expect(await columnsOf('product_cube')).not.toContain('one');
  expect(await columnsOf('line_fact')).toContain('minus');
  expect(await metric('millrace_models_rolled_back')).toBe(1);
  await changeSmallModels(own, { [CUBE]: (text) => text.replace('as lines', 'as lines, 3 as three') });
  await start();
  await until(async () => (await metric('millrace_models_rolled_back')) === 1, 'rolled back after a restart');
  const rollouts = await readRollouts(warehouse.client);
  expect(await ask({ action: 'rollback', arguments: { to: 99, tests: true } })).toMatchObject({ code: 'MR-ROLL-003' });
  expect((await readRollouts(warehouse.client)).length).toBe(rollouts.length);
  expect((await ended(await askRun(own))).state).toBe('live');
  expect(await columnsOf('product_cube')).toContain('three');
  // No longer rolled back: a restart takes up what has changed on the disk.
  await stopAll();
  await changeSmallModels(own, { [CUBE]: TWICE });
  await start();
  await until(async () => (await columnsOf('product_cube')).includes('twice'), 'taken up at the start');
  const last = (await readRollouts(warehouse.client))[0] as Rollout;
  expect(await ended({ rollout: last.number })).toMatchObject({ reason: 'start', state: 'live' });
  await expectExact(own);
});

test('a folder that is broken when the models start leaves those that there are', async () => {
  await stopAll();
  await changeSmallModels(own, { [CUBE]: 'select {{ broken' });
  await start();
  const refused = await until(
    async () =>
      (await readRollouts(warehouse.client)).find(({ state, reason }) => state === 'failed' && reason === 'start'),
    'refused',
  );
  expect(refused).toMatchObject({ code: 'MR-MODEL-001', detail: expect.stringContaining('product_cube') });
  const watermark = Number(await query('select max(watermark) from millrace.watermarks'));
  await until(
    async () => Number(await query('select max(watermark) from millrace.watermarks')) > watermark + 3,
    'batches',
  );
  // It is told once, not at each start.
  const { length } = await readRollouts(warehouse.client);
  await start();
  await until(async () => (await metric('millrace_models_folder_refused')) === 1, 'said again');
  expect(await readRollouts(warehouse.client)).toHaveLength(length);
  await changeSmallModels(own, { [CUBE]: TWICE });
  expect(await askRun(own)).toMatchObject({ state: 'done' });
});

test('what is being built can be given up; nobody else gets in between', async () => {
  const slow = await folderWith({
    [CUBE]: (text) => text.replace('as lines', 'as lines, 4 as four'),
    'tests/slow.sql': "select * from {{ ref('product_cube') }} where sleep(3) = 1 limit 1",
  });
  const answer = await askRun(slow);
  await until(async () => (await rolloutOf(answer))?.state === 'testing', 'tests');
  expect((await rolloutOf(answer))?.progress).toMatchObject({ tablesTotal: 1, tablesDone: 1 });
  expect(await askRun(await folderWith({ [CUBE]: (text) => `${text} ` }))).toMatchObject({
    state: 'failed',
    code: 'MR-ROLL-001',
  });
  expect(await ask({ action: 'rollback', arguments: { to: null, tests: true } })).toMatchObject({ state: 'done' });
  expect(await rolloutOf(answer)).toMatchObject({ state: 'cancelled', code: 'MR-ROLL-005' });
  expect(SMALL_MODELS[CUBE]).not.toContain('four');
  await expectExact(own);
});
