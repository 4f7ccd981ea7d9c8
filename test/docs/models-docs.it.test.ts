import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeProject } from '../../warehouse/testing/written-project.ts';
import { type Browser, lackingForBrowser, type Page, startBrowser } from '../harness/browser.ts';
import { flawsOf, linksOf } from './site-in-browser.ts';
import { STRANGE_PROJECT } from './strange-project.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODELS = join(ROOT, 'dbt-like-models');

function millrace(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const cwd = folder;
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'cli/millrace.js'), ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function writeDocs(models: string, out: string): Promise<string> {
  const { code, stdout, stderr } = await millrace('models', 'docs', '--models', models, '--out', out, '--json');
  expect(code, stderr).toBe(0);
  const written = JSON.parse(stdout) as { url: string; pages: number; types: boolean };
  expect(written).toMatchObject({ types: false, url: pathToFileURL(join(folder, out, 'index.html')).href });
  return written.url;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command', () => {
  test.each([
    [['graph', 'no_such_model'], 'MR-DOCS-001'],
    [['graph', 'sales_fact', '--select', 'sales_fact'], 'CLI_USAGE'],
    [['graph', '--format', 'svg'], 'Allowed choices are text, dot, mermaid, json'],
    [['graph', '--models', 'nowhere'], 'MR-DOCS-002'],
    [['graph', '--nothing'], "unknown option '--nothing'"],
    [['docs', '--out', ROOT], 'MR-DOCS-003'],
  ])('refuses %j with exit code 2, and says what is allowed', async (args, said) => {
    const { code, stderr } = await millrace('models', ...args);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });

  test('writes no docs without types when the warehouse was named that does not answer', async () => {
    const { code, stderr } = await millrace('models', 'docs', '--data', 'nowhere', '--out', 'none');
    expect(stderr).toContain('EMBEDDED_ENDPOINT_MISSING');
    expect(code).toBe(1);
  });

  test('prints the graph of the demo where nothing is configured', async () => {
    const { code, stdout } = await millrace('models', 'graph', '--format', 'json', '--select', '+sales_fact');
    expect(code).toBe(0);
    const { nodes } = JSON.parse(stdout) as { nodes: { id: string }[] };
    expect(nodes.map(({ id }) => id)).toContain('order.order_items');
  });
});

const lacking = lackingForBrowser();

describe.skipIf(lacking !== null)(lacking === null ? 'in a browser' : `in a browser (skipped: ${lacking})`, () => {
  let browser: Browser;
  let page: Page;
  let docs: string;
  beforeAll(async () => {
    [browser, docs] = await Promise.all([startBrowser(), writeDocs(MODELS, 'docs')]);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    page = await browser.open();
    await page.size(1300, 900);
  });
  afterEach(() => {
    expect(page.problems).toEqual([]);
    // Nothing comes from elsewhere.
    expect(page.requested.filter((url) => !url.startsWith(pathToFileURL(folder).href))).toEqual([]);
  });

  async function expectFlawless(url: string): Promise<void> {
    await page.goto(url);
    for (const scheme of ['light', 'dark'] as const) {
      await page.colours(scheme);
      expect(await flawsOf(page), `${url} ${scheme}`).toEqual([]);
    }
  }

  /** The pages that the shown one leads to, without places within them. */
  async function pagesBehind(): Promise<string[]> {
    const links = (await linksOf(page)).filter((link) => link.startsWith('file:'));
    return [...new Set(links.map((link) => link.replace(/#.*/, '')))];
  }

  test('every page can be reached; one of each layer is fit to be read, light and dark, and leads to what is there', async () => {
    const { stdout } = await millrace('models', 'graph', '--format', 'json', '--models', MODELS);
    const { nodes } = JSON.parse(stdout) as { nodes: { id: string; layer: string }[] };
    await expectFlawless(docs);
    const pages = await pagesBehind();
    expect(pages).toHaveLength(nodes.length + 2);
    const ofLayers = [...new Map(nodes.map(({ id, layer }) => [layer, id])).values()];
    for (const name of ['lineage', ...ofLayers]) {
      await expectFlawless(pages.find((url) => url.endsWith(`/${name}.html`)) as string);
      expect(await pagesBehind()).toEqual(expect.arrayContaining(pages));
    }
  });

  test('names and texts are shown as they are, whatever they hold', async () => {
    const project = await writeProject(STRANGE_PROJECT);
    try {
      const url = await writeDocs(project, 'strange');
      await expectFlawless(url);
      const pages = await pagesBehind();
      expect(pages).toHaveLength(4 + 2);
      for (const each of pages) await expectFlawless(each);
      const [name] = Object.keys(STRANGE_PROJECT).flatMap((path) => /layer.*\/(say.*)\.sql$/.exec(path)?.[1] ?? []);
      await page.goto(url);
      const links = await page.evaluate<string[]>("[...document.querySelectorAll('nav a')].map((a) => a.textContent)");
      expect(links).toContain(name);
      await page.press('/');
      await page.type('alert(');
      expect(await page.evaluate('document.querySelectorAll("#found a").length')).toBeGreaterThan(1);
      expect(await flawsOf(page)).toEqual([]);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  });

  test('finds a model, and a column, with the keyboard alone', async () => {
    await page.goto(docs);
    await page.press('/');
    await page.type('monthly_sales_c');
    expect(await page.evaluate('document.querySelector("#found [aria-selected=true] strong").textContent')).toBe(
      'monthly_sales_cube',
    );
    await page.follow(() => page.press('Enter'));
    expect(await page.evaluate('document.querySelector("h1").firstChild.data.trim()')).toBe('monthly_sales_cube');

    await page.press('/');
    await page.type('order_lin');
    await page.press('ArrowDown');
    await page.press('ArrowUp');
    // The first of the cubes that have it: another page.
    await page.follow(() => page.press('Enter'));
    expect(await page.evaluate('location.hash')).toBe('#column-order_lines');

    await page.press('/');
    await page.type('no such thing');
    expect(await page.evaluate('document.querySelector("#found").textContent')).toBe('Nothing found');
    await page.press('Escape');
    expect(await page.evaluate('document.querySelector("#found").hidden')).toBe(true);
  });

  test('shows in the graph what a model is made of, for the pointer and for the focus', async () => {
    await page.goto(docs.replace('index.html', 'lineage.html'));
    const lit = () =>
      page.evaluate<string[]>('[...document.querySelectorAll(".lineage a.on")].map((a) => a.dataset.id)');
    await page.evaluate(`document.querySelector('.lineage a[data-id="monthly_sales_cube"]').focus()`);
    expect(await lit()).toEqual(
      expect.arrayContaining(['order.orders', 'sales_fact', 'monthly_sales_cube', 'monthly_sales']),
    );
    expect(await lit()).not.toContain('customer_dimension');
    await page.evaluate('document.activeElement.blur()');
    expect(await lit()).toEqual([]);
  });

  test('is whole on a narrow screen', async () => {
    await page.size(380, 800);
    await page.goto(docs.replace('index.html', 'models/sales_fact.html'));
    expect(await flawsOf(page)).toEqual([]);
  });
});
