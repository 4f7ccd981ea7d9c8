import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import { createLogger } from '../../runtime/logger.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { differencesOf } from '../testing/full-build.ts';
import { openProjectModeller } from '../testing/project-modeller.ts';
import { createRandom } from '../testing/random.ts';
import { openShop, type Shop } from '../testing/shop.ts';
import { changeOrders } from '../testing/shop-traffic.ts';
import { type FolderChanges, writeSmallModels } from '../testing/small-models.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { relationOf } from '../testing/tuples.ts';
import type { Modeller, ModellerOptions } from './modeller.ts';
import { planDeployment } from './plan-deployment.ts';
import type { Project } from './project/project.ts';
import { readProject } from './project/read-project.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';
import { trimWatermarks } from './store/watermarks.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });
const random = createRandom(SEED);
/** So few that a table of sixty orders takes many batches. */
const BUILD_KEYS = 8;
const FACT = 'models/facts/line_fact.sql';
const CUBE = 'models/cubes/product_cube.sql';

let warehouse: TemporaryWarehouse;
let shop: Shop;
/** The folder as it was at first. */
let models: string;
const folders: string[] = [];
beforeAll(async () => {
  models = await folderWith({});
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
  await ensureModelBookkeeping(warehouse.client);
  for (let n = 0; n < 200; n++) change();
  await shop.commit();
});
afterAll(async () => {
  await shop.close();
  await warehouse.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The small models with some of their files changed or, with null, removed. */
async function folderWith(changes: FolderChanges): Promise<string> {
  const folder = await writeSmallModels(changes);
  folders.push(folder);
  return folder;
}

function open(project: Project, options: Partial<ModellerOptions> = {}): Promise<Modeller> {
  return openProjectModeller({ ...warehouse, project, logger, buildKeys: BUILD_KEYS, ...options });
}

/** Opens, takes over everything, builds what is to be built, closes; what `meanwhile` changes is taken over before. */
async function deploy(project: Project, meanwhile?: () => Promise<void>): Promise<void> {
  const modeller = await open(project);
  const takeOver = async () => {
    while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  };
  await takeOver();
  if (meanwhile !== undefined) {
    await meanwhile();
    await takeOver();
  }
  await modeller.close();
}

async function expectExact(project: Project, what: string): Promise<void> {
  const models = project.models.filter(
    (model) => model.materialized === 'table' && model.maintenance?.strategy !== 'static',
  );
  const found = await Promise.all(
    models.map(async ({ name }) => [name, await differencesOf(warehouse.client, project, name, 'kept')]),
  );
  const different = found.filter(([, differences]) => differences !== '');
  expect(different, `${what}, seed ${SEED}`).toEqual([]);
}

const query = async (sql: string) => (await queryText(warehouse.client, sql)).trim();
/** Numbers of the tables of models. */
async function numbers(): Promise<Record<string, number>> {
  const names = await query("select name from system.tables where database = 'store' and match(name, '__g[0-9]+$')");
  return Object.fromEntries(names.split('\n').map((name) => [name.split('__g')[0], Number(name.split('__g')[1])]));
}
const columnsOf = (model: string) =>
  query(`select name from system.columns where database = 'marts' and table = '${model}'`);

const change = (): void => changeOrders(shop, random);

test('a cube alone is built when it alone has changed, from the rows that its fact has', async () => {
  const project = await readProject(models);
  await deploy(project);
  await expectExact(project, 'first');
  const before = await numbers();
  const changedFolder = await folderWith({
    [CUBE]: (text) => text.replace('count() as lines', 'count() as lines, 2 * count() as twice_lines'),
  });
  const changed = await readProject(changedFolder);
  const asked = { client: warehouse.client, models: changedFolder };
  const steps = (await planDeployment(asked)).filter(({ action }) => action !== 'keep');
  expect(steps).toEqual([
    {
      model: 'product_cube',
      action: 'build',
      why: 'it has changed',
      how: 'at once',
      readBy: [],
      rows: Number(await query('select count() from marts.product_cube')),
    },
  ]);
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'changed cube');
  expect((await planDeployment(asked)).every(({ action }) => action === 'keep')).toBe(true);
  expect(await columnsOf('product_cube')).toContain('twice_lines');
  const { product_cube: cube, ...others } = await numbers();
  expect(cube).toBeGreaterThan(before.product_cube as number);
  expect({ ...others, product_cube: before.product_cube }).toEqual(before);
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'maintained');
});

test('a changed fact is built beside, with what stands on it, while changes come and crashes cut it short', async () => {
  const former = await readProject(models);
  await deploy(former);
  const before = await numbers();
  const changed = await readProject(
    await folderWith({
      [FACT]: (text) => text.replace('i.units as units', 'i.units as units, i.units * 2 as twice'),
    }),
  );
  let modeller = await open(changed);
  let steps = 0;
  let isExchanged = false;
  for (; !isExchanged; steps++) {
    expect(steps).toBeLessThan(100);
    for (let n = 0; n < 5; n++) change();
    await shop.commit();
    await modeller.advance(await readPositions(warehouse.client));
    isExchanged = (await columnsOf('line_fact')).includes('twice');
    await expectExact(isExchanged ? changed : former, `step ${steps}`);
    if (steps % 3 === 2) {
      await modeller.close();
      modeller = await open(changed);
    }
  }
  expect(steps).toBeGreaterThan(6);
  await modeller.close();
  const after = await numbers();
  for (const model of ['line_fact', 'product_cube', 'customer_fact']) {
    expect(after[model], model).toBeGreaterThan(before[model] as number);
  }
  for (const model of ['activity_fact', 'product_dimension', 'digit_dimension']) {
    expect(after[model], model).toBe(before[model]);
  }
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'maintained');
  // Built once, at the beginning.
  expect(await query('select uniqExact(generation) from millrace.watermarks')).toBe('1');
});

test('a new version that fails leaves the former one as it is, and says why', async () => {
  const former = await readProject(models);
  await deploy(former);
  const before = await numbers();
  const failing = await readProject(
    await folderWith({
      [FACT]: (text) => text.replace('i.units as', "i.units + throwIf(i.order_id = 50, 'no fifty') as"),
    }),
  );
  shop.put('orders', ['50', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-03-03 12:00:00+00']);
  shop.put('order_items', ['50', '50', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  const reasons: string[] = [];
  const modeller = await open(failing, { onGivenUp: async ({ message }) => void reasons.push(message) });
  expect(modeller.building()?.tablesTotal).toBe(3);
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  expect(reasons).toEqual([expect.stringMatching(/^MR-MODEL-004: model line_fact: .*no fifty/)]);
  expect(modeller.building()).toBe(null);
  expect(modeller.failures()).toEqual([]);
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await modeller.advance(await readPositions(warehouse.client));
  await modeller.close();
  await expectExact(former, 'after the failure');
  expect(await numbers()).toEqual(before);
  await deploy(former);
  await expectExact(former, 'the former folder again');
});

// After a week without a batch the last one went, and readers saw nothing.
test('the last published state stays however old it is, those before it go', async () => {
  const { client } = warehouse;
  const last = await query('select max(watermark) from millrace.watermarks');
  const aged = 'select * replace (published_at - interval 30 day as published_at) from millrace.watermarks as w';
  await client.command({ query: `create table millrace.aged as millrace.watermarks` });
  await client.command({
    query: `insert into millrace.aged select * replace (published_at - interval if(watermark < ${last}, 1, 0) day as published_at) from (${aged})`,
  });
  await client.command({ query: 'exchange tables millrace.aged and millrace.watermarks' });
  await trimWatermarks(client);
  expect(await query('select groupArray(watermark) from millrace.watermarks')).toBe(`[${last}]`);
  await client.command({ query: 'drop table millrace.aged' });
  const project = await readProject(models);
  await deploy(project);
  await expectExact(project, 'after a month');
});

test('a source table that no model had read is read; a model that is gone leaves nothing behind', async () => {
  const without = await readProject(
    await folderWith({
      'models/facts/activity_fact.sql': null,
    }),
  );
  await deploy(await readProject(models));
  await deploy(without, async () => {
    expect(await query('exists view marts.activity_fact')).toBe('0');
    expect(Object.keys(await numbers())).not.toContain('activity_fact');
    for (let n = 0; n < 30; n++) change();
    // What was kept of its source stands still from here: it is not whole when the fact comes back.
    for (let n = 1; n <= 20; n++) shop.put('activity', [String(n), '1', 'view', '2024-03-04 12:00:00+00', null]);
    await shop.commit();
  });
  const project = await readProject(models);
  const modeller = await open(project);
  for (let n = 0; n < 10; n++) {
    change();
    await shop.commit();
    await modeller.advance(await readPositions(warehouse.client));
  }
  await modeller.close();
  await expectExact(project, 'with activities');
  const renamed = await folderWith({ 'models/views/products.sql': null });
  await rename(join(renamed, CUBE), join(renamed, 'models/cubes/sales_by_product.sql'));
  await deploy(await readProject(renamed));
  expect(await query('exists view marts.product_cube')).toBe('0');
  await expectExact(await readProject(renamed), 'renamed');
});

test('a source table with more columns is read again for the models that want them; nothing else is built', async () => {
  const former = await readProject(models);
  await deploy(former);
  const before = await numbers();
  const { log, relation } = shop.logOf('activity');
  const column = { ...relationOf('user', 'activity', { note: 'text' }).columns[0] } as Relation['columns'][number];
  const wider = { ...relation, columns: [...relation.columns, column] };
  await log.defineRelation(wider);
  shop.reshape('activity', wider);
  const put = (id: string, note: string | null) =>
    shop.put('activity', [id, '1', 'view', '2024-03-04 12:00:00+00', null, note]);
  for (let n = 1; n <= 9; n++) put(String(n), `note ${n}`);
  await shop.commit();
  await deploy(former);
  expect(await numbers()).toEqual(before);
  const folder = await folderWith({
    'models/facts/activity_fact.sql': (text) => text.replace("coalesce(kind, '') as kind", 'note'),
  });
  const steps = await planDeployment({ client: warehouse.client, models: folder });
  expect(steps.filter(({ action }) => action !== 'keep').map(({ model }) => model)).toEqual(['activity_fact']);
  const changed = await readProject(folder);
  const modeller = await open(changed);
  for (let step = 0; modeller.building() !== null; step++) {
    // The former version goes on with the columns that it knows.
    await expectExact(former, `step ${step}`);
    expect(step).toBeLessThan(50);
    change();
    put('3', `again ${step}`);
    shop.remove('activity', '4');
    await shop.commit();
    await modeller.advance(await readPositions(warehouse.client));
  }
  await modeller.close();
  await expectExact(changed, 'with the new column');
  expect(await query('select note from marts.activity_fact where activity_id = 5')).toBe('note 5');
  const { activity_fact: built, ...others } = await numbers();
  expect(built).toBeGreaterThan(before.activity_fact as number);
  expect({ ...others, activity_fact: before.activity_fact }).toEqual(before);
  put('3', 'last');
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'maintained');
  await deploy(former);
  await expectExact(former, 'and back');
  expect(await query('select uniqExact(generation) from millrace.watermarks')).toBe('1');
});
