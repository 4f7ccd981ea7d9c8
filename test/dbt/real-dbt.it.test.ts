import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { connect, warehouseLogin } from '../../warehouse/clickhouse/connect.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';
import { lackingForPython } from '../harness/python-environment.ts';
import { untilPublished } from '../harness/settle.ts';
import { openShopUnderTest, type ShopUnderTest } from '../harness/shop-under-test.ts';
import { buildDifferences, builtTwice } from './compare-builds.ts';
import { type DbtResult, installDbt, runDbt } from './real-dbt.ts';

const MODELS = join(import.meta.dirname, '../../dbt-like-models');
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
const lacking = lackingForPython();
const title = `dbt-core with dbt-clickhouse (seed ${SEED})`;

describe.skipIf(lacking !== null)(lacking === null ? title : `${title} (skipped: ${lacking})`, () => {
  let folder: string;
  let shop: ShopUnderTest;
  let client: ClickHouseClient;
  let dbt: (...args: string[]) => Promise<DbtResult>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-dbt-'));
    const [python, opened] = await Promise.all([
      installDbt(),
      openShopUnderTest({
        seed: SEED,
        connections: 2,
        interleaving: 'seeded',
        systemFolder: join(folder, 'system'),
      }),
    ]);
    shop = opened;
    const config = {
      url: `embedded:${join(folder, 'system/warehouse')}`,
      port: 0,
      nativePort: 0,
      maxMemoryBytes: 0,
      stateFolder: join(folder, 'system/state'),
    };
    const login = warehouseLogin(config, 'millrace');
    client = await connect({ config, role: 'millrace', logger: createLogger({ name: 'test', level: 'fatal' }) });
    dbt = (...args) =>
      runDbt({
        python,
        args,
        project: MODELS,
        target: folder,
        env: {
          MILLRACE_WAREHOUSE_PORT: new URL(login.url).port,
          DBT_ENV_SECRET_MILLRACE_PASSWORD: login.password,
        },
      });
  }, 400_000);
  afterAll(async () => {
    await client?.close();
    await shop?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('dbt parse accepts the folder as it stands', async () => {
    const { code, output } = await dbt('parse');
    expect(code, output).toBe(0);
  }, 240_000);

  test('dbt build gives the tables and views that Millrace keeps, row for row', async () => {
    await untilPublished(shop.system(), shop.urls);
    const { code, output } = await dbt('build');
    expect(code, output).toBe(0);
    const project = await readProject(MODELS);
    for (const built of builtTwice(project, 'dbt')) expect(await buildDifferences(client, built)).toBe('');
    const facts = await client.query({ query: 'select count() as n from dbt.sales_fact', format: 'JSONEachRow' });
    expect(Number((await facts.json<{ n: string }>())[0]?.n)).toBeGreaterThan(0);
  }, 240_000);

  test('a row that only one of both has is found', async () => {
    await client.command({
      query:
        'insert into dbt.sales_fact select * replace (net_revenue + 0.01 as net_revenue) from dbt.sales_fact limit 1',
    });
    const [sales] = builtTwice(await readProject(MODELS), 'dbt').filter(({ model }) => model === 'sales_fact');
    expect(await buildDifferences(client, sales!)).toMatch(/^sales_fact: rows of one side only\ndbt\t/);
  });

  test('dbt snapshot goes on where it was, and its current versions are those that Millrace keeps', async () => {
    await shop.workload.run({ steps: 60 });
    await untilPublished(shop.system(), shop.urls);
    const { code, output } = await dbt('build', '--select', '+resource_type:snapshot');
    expect(code, output).toBe(0);
    const project = await readProject(MODELS);
    const snapshots = builtTwice(project, 'dbt').filter(({ where }) => where !== '');
    for (const built of snapshots) expect(await buildDifferences(client, built)).toBe('');
    const ended = await client.query({
      query: snapshots
        .map(({ model }) => `select count() as n from dbt_marts.${model} where valid_to is not null`)
        .join(' union all '),
      format: 'JSONEachRow',
    });
    const counts = (await ended.json<{ n: string }>()).map(({ n }) => Number(n));
    expect(counts.reduce((a, b) => a + b)).toBeGreaterThan(0);
  }, 240_000);
});
