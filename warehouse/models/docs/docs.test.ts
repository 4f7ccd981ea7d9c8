import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SMALL_PROJECT, writeProject } from '../../testing/written-project.ts';
import { lineageOf } from '../lineage/lineage.ts';
import { readProject } from '../project/read-project.ts';
import type { Catalog } from './catalog.ts';
import { readDeclared } from './declared/read-declared.ts';
import { describeNodes, type NodeDocs } from './node-docs.ts';
import { pageOf } from './site/hrefs.ts';
import { siteFiles } from './site/site-files.ts';
import { writeSite } from './write-site.ts';

const PROPERTIES = {
  'README.md': '# Our models\n\nWhat they are for.',
  'models/facts/schema.yml': `
models:
  - name: sales_fact
    description: "{{ doc('sales') }}"
    data_tests:
      - at_least_one: { column: units, config: { severity: warn } }
    columns:
      - name: item_id
        description: The item.
        data_type: Int64
        data_tests: [unique, { relationships: { arguments: { to: ref('stg_items'), field: item_id } } }]
      - name: gone
        description: Was here once.
      - name: order_id
        tests:
          - name: known_orders
            test_name: accepted_values
            values: [1, 2]
unit_tests:
  - name: joins_items
    model: sales_fact
    description: An item without an order is no sale.
`,
  'models/docs.md': '{% docs sales %}\nOne row for *each* item.\n{% enddocs %}',
  'models/sources.yml': `
sources:
  - name: shop
    description: The shop.
    tables:
      - { name: orders, description: What was ordered., columns: [{ name: id, data_tests: [unique] }] }
`,
  'tests/no_negative_units.sql': "select * from {{ ref('sales_fact') }} where units < 0",
  'tests/tests.yml': 'data_tests: [{ name: no_negative_units, description: Nothing is sold back. }]',
};

const CATALOG: Catalog = new Map([
  [
    'sales_fact',
    {
      relation: { database: 'marts', table: 'sales_fact' },
      columns: [
        { name: 'item_id', type: 'UInt64' },
        { name: 'order_id', type: 'UInt64' },
        { name: 'units', type: 'Int64' },
      ],
      key: [],
    },
  ],
  [
    'shop.orders',
    {
      relation: { database: 'raw', table: 'shop__public__orders' },
      columns: [{ name: 'id', type: 'Int64' }],
      key: ['id'],
    },
  ],
]);

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await writeProject({ ...SMALL_PROJECT, ...PROPERTIES });
  out = await mkdtemp(join(tmpdir(), 'millrace-site-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(out, { recursive: true, force: true });
});

async function describeAll(catalog: Catalog | null): Promise<Map<string, NodeDocs>> {
  const lineage = lineageOf(await readProject(folder));
  const nodes = describeNodes({ lineage, declared: await readDeclared(folder), catalog });
  return new Map(nodes.map((docs) => [docs.node.id, docs]));
}

async function site(): Promise<Map<string, string>> {
  const project = await readProject(folder);
  const lineage = lineageOf(project);
  const declared = await readDeclared(folder);
  return siteFiles({
    name: project.name,
    lineage,
    declared,
    nodes: describeNodes({ lineage, declared, catalog: null }),
  });
}

describe('what is known of a model', () => {
  it('has the columns of the warehouse with what the YAML says of them', async () => {
    const fact = (await describeAll(CATALOG)).get('sales_fact')!;
    expect(fact.description).toBe('One row for *each* item.');
    expect(fact.grain).toEqual(['item_id']);
    expect(fact.columns.map(({ name, type, isMissing }) => [name, type, isMissing])).toEqual([
      ['item_id', 'UInt64', false],
      ['order_id', 'UInt64', false],
      ['units', 'Int64', false],
      ['gone', null, true],
    ]);
    expect(fact.columns[0]?.tests.map(({ name, detail }) => [name, detail])).toEqual([
      ['unique', ''],
      ['relationships', "to: ref('stg_items'), field: item_id"],
    ]);
    expect(fact.columns[1]?.tests).toMatchObject([
      { name: 'accepted_values', detail: 'name: known_orders, values: [1, 2]' },
    ]);
    expect(fact.tests[2]?.description).toBe('Nothing is sold back.');
    expect(fact.tests.map(({ kind, name, detail }) => [kind, name, detail])).toEqual([
      ['data', 'at_least_one', 'column: units, config: {severity: warn}'],
      ['unit', 'joins_items', ''],
      ['file', 'no_negative_units', 'tests/no_negative_units.sql'],
    ]);
  });

  it('has what the YAML says alone, without a warehouse', async () => {
    const fact = (await describeAll(null)).get('sales_fact')!;
    expect(fact.columns.map(({ name, type, isMissing }) => [name, type, isMissing])).toEqual([
      ['item_id', 'Int64', false],
      ['gone', null, false],
      ['order_id', null, false],
    ]);
  });

  it('compiles with the names that its references have in the warehouse', async () => {
    const nodes = await describeAll(CATALOG);
    expect(nodes.get('stg_orders')?.compiledSql).toBe('select id as order_id from raw.shop__public__orders');
    expect(nodes.get('stg_items')?.compiledSql).toContain('from raw.shop__items');
    expect(nodes.get('report')?.compiledSql).toContain('from marts.units_cube as u');
    expect(nodes.get('sales_fact')?.compiledSql).toContain('from staging.stg_orders as o');
    expect(nodes.get('shop.orders')).toMatchObject({
      description: 'What was ordered.',
      grain: ['id'],
      compiledSql: null,
    });
  });

  it('names the file that is no YAML', async () => {
    await writeFile(join(folder, 'models/broken.yml'), 'models: [');
    await expect(readDeclared(folder)).rejects.toMatchObject({
      code: 'MR-MODEL-001',
      message: expect.stringContaining('broken.yml') as string,
    });
  });
});

describe('the site', () => {
  it('has a page for every model and source table, one for the README, one for the lineage of all', async () => {
    const files = await site();
    expect([...files.keys()].sort()).toEqual([
      'assets/index.js',
      'assets/site.js',
      'assets/style.css',
      'index.html',
      'lineage.html',
      'models/days.html',
      'models/report.html',
      'models/sales_fact.html',
      'models/stg_items.html',
      'models/stg_orders.html',
      'models/units_cube.html',
      'sources/shop.items.html',
      'sources/shop.orders.html',
    ]);
    expect(files.get('index.html')).toContain('<h2>Our models</h2>');
    expect(await site()).toEqual(files);
  });

  it('gives pages names that every file system and URL takes, one for each model', () => {
    const ids = ['a', 'A', 'a b', 'a%20b', 'a/b', 'a~b', '..', 'ä', '🙂', 'a~2f~b'];
    const pages = ids.map((id) => pageOf({ id, kind: 'view' }));
    for (const page of pages) expect(page).toMatch(/^models\/[a-z0-9_.~-]+\.html$/);
    expect(new Set(pages.map((page) => page.toLowerCase())).size).toBe(ids.length);
  });

  it('replaces the pages of the last time, and never what is not its own', async () => {
    await writeSite(out, await site());
    await rm(join(folder, 'models/views'), { recursive: true });
    await writeSite(out, await site());
    expect(await readdir(join(out, 'models'))).not.toContain('report.html');
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('Our models');

    const foreign = join(out, 'foreign');
    await writeSite(foreign, new Map());
    await rm(join(foreign, '.millrace-docs'));
    await writeFile(join(foreign, 'thesis.txt'), 'mine');
    await expect(writeSite(foreign, await site())).rejects.toMatchObject({ code: 'MR-DOCS-003' });
    expect(await readdir(foreign)).toEqual(['thesis.txt']);
    await expect(writeSite(join(foreign, 'thesis.txt'), await site())).rejects.toMatchObject({ code: 'MR-DOCS-003' });
  });
});
