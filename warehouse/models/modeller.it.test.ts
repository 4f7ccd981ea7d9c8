import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../runtime/config/config.ts';
import { armFailpoint } from '../../runtime/failpoint.ts';
import { createLogger } from '../../runtime/logger.ts';
import { readPositions } from '../load/positions/loaded-position.ts';
import { readPublished } from '../published/published.ts';
import { differencesOf } from '../testing/full-build.ts';
import { createRandom } from '../testing/random.ts';
import { changeSomething } from '../testing/random-shop.ts';
import { openShop, SHOP_TABLES, type Shop } from '../testing/shop.ts';
import { queryText, startTemporaryWarehouse, type TemporaryWarehouse } from '../testing/temporary-warehouse.ts';
import { engineOf } from './engine.ts';
import { runModels } from './main.ts';
import { readReplicas } from './maintain/read-replicas.ts';
import { type Modeller, openModeller } from './modeller.ts';
import { type AdditivePlan, type Plan, planProject } from './plan.ts';
import { readProject } from './project/read-project.ts';
import { foldCube } from './store/fold/fold-cube.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const logger = createLogger({ name: 'test', level: 'fatal' });

let warehouse: TemporaryWarehouse;
let shop: Shop;
beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  shop = await openShop(warehouse);
});
afterAll(async () => {
  await shop.close();
  await warehouse.stop();
});

function config(): Config {
  const sources = [...new Set(Object.values(SHOP_TABLES).map((table) => table.source))];
  return {
    warehouse: warehouse.config,
    log: 'direct',
    sources: sources.map((name) => ({
      name,
      url: '',
      schemas: ['public'],
      tables: ['*'],
      exclude: [],
      snapshotConnections: 1,
    })),
    models: MODELS,
    api: { host: '127.0.0.1', port: 0 },
  };
}

/** Comes up to what is loaded, and ends: every call is a restart too. */
async function modelAll(): Promise<void> {
  await runModels({ config: config(), logger, signal: new AbortController().signal, watch: false });
}

/** A modeller with a plan of the test's own making. */
async function open(plan: Plan): Promise<Modeller> {
  const engine = engineOf(warehouse.client, warehouse.config);
  return openModeller({
    engine,
    plan,
    replicas: await readReplicas(engine.client, plan),
    replicaShapes: '[]',
    folder: join(warehouse.config.stateFolder, 'models'),
    logger,
    signal: new AbortController().signal,
  });
}

/** The plan, with this select over the monthly cube's own. */
function withMonthlyCube(plan: Plan, select: string): Plan {
  const wrapped = (cube: AdditivePlan): AdditivePlan => ({
    ...cube,
    sqlOver: (nameOf) => `${select} from (${cube.sqlOver(nameOf)})`,
  });
  const isMonthly = ({ model }: AdditivePlan) => model.name === 'monthly_sales_cube';
  return { ...plan, additive: plan.additive.map((cube) => (isMonthly(cube) ? wrapped(cube) : cube)) };
}

async function expectExact(): Promise<void> {
  const project = await readProject(MODELS);
  const tables = project.models.filter((model) => model.materialized === 'table');
  await Promise.all(
    tables.map(async ({ name }) => {
      const differences = await differencesOf(warehouse.client, project, name, 'kept');
      expect(differences, `${name}, seed ${SEED}`).toBe('');
    }),
  );
}

test(`stays equal to a full computation under random changes (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const plan = planProject(await readProject(MODELS));
  for (let i = 0; i < 600; i++) changeSomething(shop, random);
  await shop.commit();
  await modelAll();
  await expectExact();
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 1 + random.below(120); i++) changeSomething(shop, random);
    if (random.below(5) === 0) {
      shop.truncate(random.pick(['refunds', 'order_items', 'profiles', 'exchange_rates', 'order_events'] as const));
      changeSomething(shop, random);
    }
    await shop.commit();
    // Opened anew each time: a restart, without making the views again.
    const modeller = await open(plan);
    await modeller.advance(await readPositions(warehouse.client));
    await modeller.close();
    await expectExact();
  }
  // The last round may have emptied everything: what follows compares something.
  shop.put('orders', ['700', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-03-03 12:00:00+00']);
  shop.put('order_items', ['700', '700', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  await modelAll();
  await expectExact();
  expect(Number(await queryText(warehouse.client, 'select count() from marts.sales_fact'))).toBeGreaterThan(0);
  // Built once; every further step was incremental.
  expect(await queryText(warehouse.client, 'select uniqExact(generation), count() > 4 from millrace.watermarks')).toBe(
    '1\t1\n',
  );
});

const sumsOf = (cube: string): string => `
  select region, channel, sum(net_revenue), sum(units), toInt64(sum(order_lines)) as lines
  from ${cube} group by region, channel having lines != 0 order by region, channel`;

test('cubes stay the same when their differences are folded', async () => {
  const project = await readProject(MODELS);
  const plan = planProject(project);
  const modeller = await open(plan);
  await modeller.close();
  const cells = 'select * from marts.monthly_sales_cube order by all';
  const before = await queryText(warehouse.client, cells);
  const generation = (await queryText(warehouse.client, 'select max(generation) from millrace.watermarks')).trim();
  const cubes = await Promise.all(
    plan.additive.map(async ({ model }) => ({
      model,
      name: `${model.name}__g${generation}`,
      columns: (
        await queryText(
          warehouse.client,
          "select name, type from system.columns where database = 'marts' and table = {name:String} order by position",
          { name: model.name },
        )
      )
        .trim()
        .split('\n')
        .map((line) => ({ name: line.split('\t')[0] as string, type: line.split('\t')[1] as string })),
    })),
  );
  for (const horizon of ['1500', '2500']) {
    await warehouse.client.command({
      query: `insert into millrace.watermarks
        select * replace (${horizon} as watermark) from millrace.watermarks as w order by w.watermark desc limit 1`,
    });
    for (const cube of cubes) {
      await foldCube({ client: warehouse.client, cube, published: horizon, foldable: horizon, aborted: [] });
    }
    expect(await queryText(warehouse.client, cells)).toBe(before);
    expect(await queryText(warehouse.client, sumsOf(`store.monthly_sales_cube_parts_at(watermark = ${horizon})`))).toBe(
      await queryText(warehouse.client, sumsOf('marts.monthly_sales_cube')),
    );
    expect(
      await queryText(
        warehouse.client,
        // Nothing came between the two: the first one stands for both.
        `select count() > 0 from store.monthly_sales_cube__g${generation} where _folded and _batch = 1000`,
      ),
    ).toBe('1\n');
  }
  await modelAll();
  await expectExact();
});

test('a difference with a wrong sign is found', async () => {
  const project = await readProject(MODELS);
  const plan = planProject(project);
  const modeller = await open(
    withMonthlyCube(plan, "select * replace (if(month = '2024-12-01', -net_revenue, net_revenue) as net_revenue)"),
  );
  expect(await differencesOf(warehouse.client, project, 'monthly_sales_cube')).toBe('');
  shop.put('orders', ['800', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-12-03 12:00:00+00']);
  shop.put('order_items', ['800', '800', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  await modeller.advance(await readPositions(warehouse.client));
  await modeller.close();
  expect(await differencesOf(warehouse.client, project, 'sales_fact')).toBe('');
  expect(await differencesOf(warehouse.client, project, 'monthly_sales_cube')).not.toBe('');
  // Built anew by the right plan, it is equal again.
  await modelAll();
  await expectExact();
});

// A build's views were made one after the other before its watermark was out: readers saw some models ahead of the others.
test('a build is seen with its watermark, all models in one step', async () => {
  const plan = planProject(await readProject(MODELS));
  const rows = 'select * from marts.order_fact order by all';
  const cells = 'select * from marts.monthly_sales_cube order by all';
  const before = [await queryText(warehouse.client, rows), await queryText(warehouse.client, cells)];
  shop.put('orders', ['840', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-05-03 12:00:00+00']);
  shop.put('order_items', ['840', '840', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  // The second time it meets what the first one left.
  for (const _ of ['once', 'again']) {
    await rm(join(warehouse.config.stateFolder, 'models'), { recursive: true, force: true });
    armFailpoint('models.build-viewed=fail@1');
    await expect(open(plan)).rejects.toThrow('models.build-viewed');
    expect([await queryText(warehouse.client, rows), await queryText(warehouse.client, cells)]).toEqual(before);
  }
  armFailpoint('models.build-published=fail@1');
  await expect(open(plan)).rejects.toThrow('models.build-published');
  await expectExact();
  const modeller = await open(plan);
  await modeller.close();
  await expectExact();
  const views = "select count() from system.tables where database = 'store' and match(name, '_before_[0-9]+$')";
  expect(await queryText(warehouse.client, views)).toBe('0\n');
});

// The next batch began from the rows as they were before the one that readers saw already: it took nothing back of that.
test('goes on exactly when a batch failed behind its watermark', async () => {
  const modeller = await open(planProject(await readProject(MODELS)));
  // Snapshots take over what was built.
  await modeller.advance(await readPositions(warehouse.client));
  shop.put('orders', ['850', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-05-03 12:00:00+00']);
  shop.put('order_items', ['850', '850', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  armFailpoint('models.watermark-published=fail@1');
  await expect(modeller.advance(await readPositions(warehouse.client))).rejects.toThrow('models.watermark-published');
  await expectExact();
  shop.put('orders', ['850', '1', 'paid', 'web', 'south', 'DE', 'EUR', '2024-06-03 12:00:00+00']);
  await shop.commit();
  await modeller.advance(await readPositions(warehouse.client));
  await modeller.close();
  await expectExact();
});

test('a model that fails stays at its last watermark, the others go on', async () => {
  const project = await readProject(MODELS);
  const plan = planProject(project);
  const modeller = await open(
    withMonthlyCube(plan, "select * replace (units + throwIf(month = '2024-11-01') as units)"),
  );
  const cells = 'select * from marts.monthly_sales_cube order by all';
  const before = await queryText(warehouse.client, cells);
  shop.put('orders', ['900', '1', 'paid', 'web', 'north', 'DE', 'EUR', '2024-11-03 12:00:00+00']);
  shop.put('order_items', ['900', '900', '1', '3', '1.0000', '30.00', '0.00', '1.00']);
  await shop.commit();
  const state = await modeller.advance(await readPositions(warehouse.client));
  const { lagSeconds: _, ...read } = (await readPublished(warehouse.client)) ?? { lagSeconds: 0 };
  expect(state).toEqual({ ...read, caughtUpAtMs: expect.any(Number) });
  expect(modeller.failures().map((failure) => failure.model)).toEqual(['monthly_sales_cube']);
  expect(await queryText(warehouse.client, cells)).toBe(before);
  expect(await differencesOf(warehouse.client, project, 'daily_sales_cube')).toBe('');
  expect(
    await queryText(
      warehouse.client,
      "select state, code from millrace.model_states final where model = 'monthly_sales_cube'",
    ),
  ).toBe('failed\tMR-MODEL-004\n');
  await modeller.close();
  await modelAll();
  await expectExact();
});
