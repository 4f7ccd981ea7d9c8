import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { warehouseLogin } from '../clickhouse/connect.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { differencesOf } from '../testing/full-build.ts';
import { createRandom } from '../testing/random.ts';
import { openShop, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { readReplicas } from './maintain/read-replicas.ts';
import { type Modeller, type ModellerOptions, openModeller } from './modeller.ts';
import { planProject } from './plan.ts';
import { planDeployment } from './plan-deployment.ts';
import type { Project } from './project/project.ts';
import { readProject } from './project/read-project.ts';
import { replicaShapesOf } from './replica-shapes.ts';
import { ensureModelBookkeeping } from './store/bookkeeping.ts';
import { createProjectViews } from './store/project-views.ts';
import { trimWatermarks } from './store/watermarks.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });
const random = createRandom(SEED);
/** So few that a table of a hundred orders takes many batches. */
const BUILD_KEYS = 25;

let warehouse: TemporaryWarehouse;
let shop: Shop;
const folders: string[] = [];
beforeAll(async () => {
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

/** The project's folder with some of its files changed (from, to) or, with null, removed. */
async function folderWith(changes: Record<string, readonly [string | RegExp, string] | null>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-redeploy-'));
  folders.push(folder);
  await cp(MODELS, folder, { recursive: true });
  for (const [path, edit] of Object.entries(changes)) {
    const file = join(folder, 'models', path);
    if (edit === null) {
      await rm(file);
      continue;
    }
    const before = await readFile(file, 'utf8');
    const after = before.replace(edit[0], edit[1]);
    expect(after, path).not.toBe(before);
    await writeFile(file, after);
  }
  return folder;
}

async function open(project: Project, options: Partial<ModellerOptions> = {}): Promise<Modeller> {
  const { client } = warehouse;
  const login = warehouseLogin(warehouse.config, 'millrace');
  const plan = planProject(project);
  const replicas = await readReplicas(client, plan);
  return openModeller({
    engine: { client, target: { url: login.url, user: login.username, password: login.password } },
    plan,
    replicas,
    replicaShapes: replicaShapesOf(await readPositions(client)),
    folder: join(warehouse.config.stateFolder, 'models'),
    logger,
    signal: new AbortController().signal,
    buildKeys: BUILD_KEYS,
    onLive: () => createProjectViews({ client, project, plan, replicas }),
    ...options,
  });
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

const id = (below: number) => String(1 + random.below(below));
function change(): void {
  const n = random.below(10);
  if (n === 0) {
    shop.remove(random.pick(['orders', 'order_items', 'refunds'] as const), id(100));
  } else if (n < 4) {
    const status = random.pick(['pending', 'paid', 'shipped', 'cancelled']);
    const at = `2024-0${1 + random.below(9)}-03 12:00:00+00`;
    shop.put('orders', [id(100), id(10), status, random.pick(['web', 'store']), 'north', 'DE', 'EUR', at]);
  } else if (n < 8) {
    const amount = `${random.below(200)}.50`;
    shop.put('order_items', [id(150), id(100), id(20), id(9), '1.2345', amount, '0.50', '1.00']);
  } else if (n < 9) {
    shop.put('refunds', [
      id(60),
      id(100),
      random.below(2) === 0 ? null : id(150),
      `${random.below(50)}.01`,
      'completed',
    ]);
  } else {
    shop.put('products', [id(20), `sku${n}`, `p${random.below(5)}`, id(4), '9.99', '1.25', 't']);
    shop.put('categories', [id(4), null, `c${random.below(5)}`]);
    shop.put('activity', [id(20), id(10), random.pick(['view', 'search']), '2024-03-03 12:00:00+00', null]);
  }
}

test('a cube alone is built when it alone has changed, from the rows that its fact has', async () => {
  const project = await readProject(MODELS);
  await deploy(project);
  await expectExact(project, 'first');
  const before = await numbers();
  const changedFolder = await folderWith({
    'cubes/monthly_sales_cube.sql': ['sum(tax) as tax', 'sum(tax) as tax, 2 * count() as twice_lines'],
  });
  const changed = await readProject(changedFolder);
  const asked = { client: warehouse.client, models: changedFolder };
  const steps = (await planDeployment(asked)).filter(({ action }) => action !== 'keep');
  expect(steps).toEqual([
    {
      model: 'monthly_sales_cube',
      action: 'build',
      why: 'it has changed',
      how: 'at once',
      readBy: [],
      rows: Number(await query('select count() from marts.monthly_sales_cube')),
    },
  ]);
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'changed cube');
  expect((await planDeployment(asked)).every(({ action }) => action === 'keep')).toBe(true);
  expect(await columnsOf('monthly_sales_cube')).toContain('twice_lines');
  const { monthly_sales_cube: cube, ...others } = await numbers();
  expect(cube).toBeGreaterThan(before.monthly_sales_cube as number);
  expect({ ...others, monthly_sales_cube: before.monthly_sales_cube }).toEqual(before);
  for (let n = 0; n < 20; n++) change();
  await shop.commit();
  await deploy(changed);
  await expectExact(changed, 'maintained');
});

test('a changed fact is built beside, with what stands on it, while changes come and crashes cut it short', async () => {
  const former = await readProject(MODELS);
  await deploy(former);
  const before = await numbers();
  const changed = await readProject(
    await folderWith({
      'facts/sales_fact.sql': ['i.tax_amount as tax,', 'i.tax_amount as tax, i.tax_amount * 2 as twice_taxed,'],
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
    isExchanged = (await columnsOf('sales_fact')).includes('twice_taxed');
    await expectExact(isExchanged ? changed : former, `step ${steps}`);
    if (steps % 3 === 2) {
      await modeller.close();
      modeller = await open(changed);
    }
  }
  expect(steps).toBeGreaterThan(6);
  await modeller.close();
  const after = await numbers();
  for (const model of ['sales_fact', 'monthly_sales_cube', 'daily_sales_cube', 'customer_ltv_analysis']) {
    expect(after[model], model).toBeGreaterThan(before[model] as number);
  }
  for (const model of ['customer_dimension', 'product_dimension', 'time_dimension']) {
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
  const former = await readProject(MODELS);
  await deploy(former);
  const before = await numbers();
  const failing = await readProject(
    await folderWith({
      'facts/sales_fact.sql': ['i.tax_amount as tax,', "i.tax_amount + throwIf(i.order_id = 50, 'no fifty') as tax,"],
    }),
  );
  shop.put('orders', ['50', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-03-03 12:00:00+00']);
  shop.put('order_items', ['50', '50', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  const reasons: string[] = [];
  const modeller = await open(failing, { onGivenUp: async ({ message }) => void reasons.push(message) });
  expect(modeller.building()?.tablesTotal).toBe(8);
  while ((await modeller.advance(await readPositions(warehouse.client))) !== null);
  expect(reasons).toEqual([expect.stringMatching(/^MR-MODEL-004: model sales_fact: .*no fifty/)]);
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
  const project = await readProject(MODELS);
  await deploy(project);
  await expectExact(project, 'after a month');
});

test('a source table that no model had read is read; a model that is gone leaves nothing behind', async () => {
  const without = await readProject(
    await folderWith({
      'facts/user_activity_fact.sql': null,
      'views/customer_activity.sql': null,
      'read_models/user_activity.sql': null,
      'read_models/user_summary.sql': null,
    }),
  );
  await deploy(await readProject(MODELS));
  await deploy(without, async () => {
    expect(await query('exists view marts.user_activity_fact')).toBe('0');
    expect(Object.keys(await numbers())).not.toContain('user_activity_fact');
    for (let n = 0; n < 30; n++) change();
    // What was kept of its source stands still from here: it is not whole when the fact comes back.
    for (let n = 1; n <= 20; n++) shop.put('activity', [String(n), id(10), 'view', '2024-03-04 12:00:00+00', null]);
    await shop.commit();
  });
  const project = await readProject(MODELS);
  const modeller = await open(project);
  for (let n = 0; n < 10; n++) {
    change();
    await shop.commit();
    await modeller.advance(await readPositions(warehouse.client));
  }
  await modeller.close();
  await expectExact(project, 'with activities');
  const renamed = await folderWith({});
  await rename(join(renamed, 'models/cubes/daily_sales_cube.sql'), join(renamed, 'models/cubes/sales_by_day.sql'));
  await deploy(await readProject(renamed));
  expect(await query('exists view marts.daily_sales_cube')).toBe('0');
  await expectExact(await readProject(renamed), 'renamed');
});
