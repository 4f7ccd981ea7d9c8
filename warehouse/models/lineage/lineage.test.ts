import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL_PROJECT, writeProject } from '../../testing/written-project.ts';
import { readProject } from '../project/read-project.ts';
import { dotText, graphDocument, mermaidText } from './graph-documents.ts';
import { edgesAmong, type Lineage, lineageOf, membersOf, reachable } from './lineage.ts';
import { nodeText } from './node-text.ts';
import { overviewText } from './overview-text.ts';
import { findNode, selectNodes } from './select.ts';
import { upkeepOf } from './upkeep.ts';

let folder: string;
let lineage: Lineage;
const plain = { width: 100, heading: (text: string) => text };
const select = (...selectors: string[]) => [...selectNodes(lineage, selectors)].sort();

beforeAll(async () => {
  folder = await writeProject(SMALL_PROJECT);
  lineage = lineageOf(await readProject(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('lineage', () => {
  it('has sources, views, tables and cubes, each after what it reads', () => {
    const seen = new Set<string>();
    for (const node of lineage.nodes) {
      for (const read of node.reads) expect(seen, node.id).toContain(read);
      seen.add(node.id);
    }
    expect(Object.fromEntries(lineage.nodes.map(({ id, kind }) => [id, kind]))).toEqual({
      'shop.items': 'source',
      'shop.orders': 'source',
      stg_items: 'view',
      stg_orders: 'view',
      sales_fact: 'table',
      days: 'table',
      units_cube: 'cube',
      report: 'view',
    });
    expect(findNode(lineage, 'sales_fact').feeds).toEqual(['units_cube', 'report']);
  });

  it('orders the layers from the sources to what people read', () => {
    expect(lineage.layers).toEqual(['sources', 'staging', 'facts', 'cubes', 'views']);
    expect(membersOf(lineage, 'facts').map(({ id }) => id)).toEqual(['days', 'sales_fact']);
  });

  it('knows what stands before and behind a node, also within so many steps', () => {
    expect([...reachable(lineage, { from: 'sales_fact', over: 'reads' })].sort()).toEqual([
      'shop.items',
      'shop.orders',
      'stg_items',
      'stg_orders',
    ]);
    expect([...reachable(lineage, { from: 'report', over: 'reads', steps: 1 })].sort()).toEqual([
      'sales_fact',
      'units_cube',
    ]);
  });

  it('has the edges among nodes that are shown', () => {
    expect(edgesAmong(lineage, new Set(['sales_fact', 'units_cube', 'days']))).toEqual([
      { from: 'sales_fact', to: 'units_cube' },
    ]);
  });
});

describe('selecting', () => {
  it.each([
    ['sales_fact', ['sales_fact']],
    ['+sales_fact', ['sales_fact', 'shop.items', 'shop.orders', 'stg_items', 'stg_orders']],
    ['1+sales_fact', ['sales_fact', 'stg_items', 'stg_orders']],
    ['sales_fact+', ['report', 'sales_fact', 'units_cube']],
    ['stg_items+1', ['sales_fact', 'stg_items']],
    ['shop.orders+1', ['shop.orders', 'stg_orders']],
    ['source:shop', ['shop.items', 'shop.orders']],
    ['source:shop.items+1', ['shop.items', 'stg_items']],
    ['path:models/facts', ['days', 'sales_fact']],
    ['staging', ['stg_items', 'stg_orders']],
    ['*_cube', ['units_cube']],
    ['+report,facts', ['sales_fact']],
    ['days *_cube', ['days', 'units_cube']],
  ])('takes %s as dbt does', (selector, ids) => {
    expect(select(selector)).toEqual(ids);
  });

  it('refuses what names nothing, and says what was probably meant', () => {
    for (const wrong of ['sales_fcat', '+', '', 'path:models/fact', 'source:order', 'sales_fact,nothing']) {
      const ask = () => selectNodes(lineage, [wrong === '' ? '+' : wrong]);
      expect(ask, wrong).toThrow(expect.objectContaining({ code: 'MR-DOCS-001' }));
    }
    expect(() => findNode(lineage, 'sales_fcat')).toThrow('did you mean sales_fact?');
    expect(() => findNode(lineage, 'items')).toThrow('did you mean shop.items, stg_items?');
    expect(() => findNode(lineage, 'zzzzzzzzzzzz')).toThrow('layers are sources, staging, facts, cubes, views');
  });
});

describe('how a change reaches a node', () => {
  it('is said of every strategy', () => {
    const upkeep = (id: string) => upkeepOf(findNode(lineage, id));
    expect(upkeep('sales_fact')).toMatchObject({
      short: 'by key order_id',
      paths: ['shop.orders.id is the order_id', 'shop.items.order_id is the order_id'],
    });
    expect(upkeep('units_cube').short).toBe('additive over sales_fact');
    expect(upkeep('days').short).toBe('static');
    expect(upkeep('report').short).toBe('view');
    expect(upkeep('shop.orders').short).toBe('replica');
  });
});

describe('the graph as text', () => {
  it('lists all by layers, a line each where it fits', () => {
    expect(overviewText(lineage, new Set(lineage.byId.keys()), plain)).toBe(`sources (2 source tables)
  shop.items                             → stg_items
  shop.orders                            → stg_orders

staging (2 views)
  stg_items    view                      ← shop.items
  stg_orders   view                      ← shop.orders

facts (2 tables)
  days         static
  sales_fact   by key order_id           ← stg_orders, stg_items

cubes (1 cube)
  units_cube   additive over sales_fact  ← sales_fact

views (1 view)
  report       view                      ← units_cube, sales_fact
`);
  });

  it('keeps within the width', () => {
    for (const width of [40, 50, 66, 80]) {
      const lines = overviewText(lineage, new Set(lineage.byId.keys()), { ...plain, width }).split('\n');
      const text = lines.join(' ').replaceAll(/\s+/g, ' ');
      expect(text).toContain('← stg_orders, stg_items');
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });

  it('shows one with what stands before and behind it', () => {
    expect(
      nodeText(lineage, findNode(lineage, 'units_cube'), plain),
    ).toBe(`units_cube  cube in cubes, models/cubes/units_cube.sql
  one row for each units

How a change reaches it: additive over sales_fact
  For each order_id that a change touches, the difference between its new and its old rows of
  sales_fact is added to the cells.
    sales_fact.order_id says which rows belong together
    a cell whose lines is 0 is gone

Reads
  └─ sales_fact  (by key order_id)
     ├─ stg_orders  (view)
     │  └─ shop.orders  (replica)
     └─ stg_items  (view)
        └─ shop.items  (replica)

Is read by
  └─ report  (view)
`);
    expect(nodeText(lineage, findNode(lineage, 'report'), plain)).toContain(
      '  └─ sales_fact  (by key order_id, as shown above)',
    );
  });
});

describe('the graph as a document', () => {
  const all = () => new Set(lineage.byId.keys());

  it('is JSON with nodes and edges', () => {
    const document = graphDocument(lineage, all()) as { nodes: { id: string }[]; edges: object[] };
    expect(document.nodes.find(({ id }) => id === 'units_cube')).toMatchObject({
      kind: 'cube',
      path: 'models/cubes/units_cube.sql',
      unique_key: ['units'],
      maintenance: { strategy: 'additive', input: 'sales_fact' },
      reads: ['sales_fact'],
      feeds: ['report'],
    });
    expect(document.edges).toHaveLength(7);
  });

  it('quotes any name for Graphviz and for Mermaid', async () => {
    const strange = await writeProject({ 'models/a/say "x" [y] end.sql': 'select 1 as a' });
    try {
      const other = lineageOf(await readProject(strange));
      const shown = new Set(other.byId.keys());
      expect(dotText(other, shown)).toContain('"say \\"x\\" [y] end" [shape=box');
      expect(mermaidText(other, shown)).toContain('n0("say #34;x#34; #91;y#93; end")');
    } finally {
      await rm(strange, { recursive: true, force: true });
    }
    expect(dotText(lineage, all())).toContain('"sales_fact" -> "units_cube";');
    expect(mermaidText(lineage, all()).match(/ --> /g)).toHaveLength(7);
  });
});
