import { readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lackingForBrowser } from '../../test/harness/browser.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { launchBrowser, type OpenConsole, openConsole } from '../fixture/console-browser.ts';
import { exactParse } from '../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const lacking = lackingForBrowser();

const EXPLORER =
  '/console/explore?cube=monthly_sales_cube&measures=reporting_net_revenue,units&dimensions=month:quarter,channel';
const PAGES = [
  '/',
  '/console/trends?grain=quarter&by=category',
  '/console/customers',
  '/console/customers?customer=FIRST',
  '/console/inventory',
  EXPLORER,
  '/console/reports',
  '/console/reports?report=customer-ltv&by=segment',
  '/console/pipeline',
];

type Row = Record<string, string | null>;

describe.skipIf(lacking !== null)(
  lacking === null ? `the console (seed ${SEED})` : `the console (skipped: ${lacking})`,
  () => {
    let shop: ModelledShop;
    let browser: Browser;
    let url: string;

    beforeAll(async () => {
      [shop, browser] = await Promise.all([openModelledShop(createRandom(SEED)), launchBrowser()]);
      url = await shop.app.listen({ host: '127.0.0.1', port: 0 });
    });
    afterAll(async () => {
      await browser?.close();
      await shop?.close();
    });

    async function ask(path: string): Promise<{ data: Row[]; meta: Record<string, unknown> }> {
      const answer = await shop.app.inject(path);
      expect(answer.statusCode, answer.body).toBe(200);
      return exactParse(answer.body);
    }

    async function inConsole(
      use: (opened: OpenConsole) => Promise<void>,
      more: { mayFail?: RegExp } = {},
    ): Promise<void> {
      const opened = await openConsole({ browser, url });
      try {
        await use(opened);
        expect(opened.flaws.filter((flaw) => !more.mayFail?.test(flaw))).toEqual([]);
      } finally {
        await opened.context.close();
      }
    }

    test('tells what is wrong, then that there is nothing, then shows what was published without being loaded anew', () =>
      inConsole(
        async ({ page, goto }) => {
          await goto('/');
          const problem = page.locator('main .problem');
          await expect.poll(() => problem.first().innerText()).toContain('API_NOTHING_PUBLISHED');
          await expect.poll(() => problem.first().innerText()).toContain('Nothing was published yet');
          await shop.publish(0);
          await expect.poll(() => page.locator('.nothing-title').first().innerText()).toBe('Nothing has been sold yet');
          await shop.publish(900);
          await shop.fit();
          await expect.poll(() => page.locator('.tile[data-measure=orders] .value').count()).toBe(1);
        },
        { mayFail: /503/ },
      ));

    test.each(PAGES)(
      '%s has no error, no barrier in light and dark, no foreign request, and fits into 400 pixels',
      (path) =>
        inConsole(
          async ({ page, goto, barriers }) => {
            const [first] = (await ask('/v1/reports/customer-ltv?limit=1')).data;
            await goto(path.replace('FIRST', String(first?.customer_id)));
            // Random purchases may give no fit.
            const problems = await page.locator('main .problem', { hasNotText: /API_FORECAST_UNUSABLE/ }).count();
            expect(problems, await page.locator('main').innerText()).toBe(0);
            expect(await barriers()).toEqual([]);
            await page.emulateMedia({ colorScheme: 'dark' });
            expect(await barriers('color-contrast')).toEqual([]);
            await page.setViewportSize({ width: 400, height: 800 });
            await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
          },
          path.includes('FIRST') ? { mayFail: /409/ } : {},
        ),
    );

    test('shows the numbers of the API to the digit', () =>
      inConsole(async ({ page, goto }) => {
        const { data: months } = await ask(
          '/v1/reports/sales-trends?grain=month&measures=net_revenue,orders,units,margin',
        );
        await goto('/console/trends');
        const inTable = await cells(page.locator('main table').first());
        expect(inTable.length).toBe(Math.min(50, months.length));
        const newest = months.toReversed().slice(0, 50);
        expect(inTable.map((row) => row.slice(1, 5))).toEqual(
          newest.map((row) => [row.net_revenue, row.orders, row.units, row.margin].map(grouped)),
        );

        const { data: top } = await ask('/v1/reports/customer-ltv?order_by=net_revenue&limit=15');
        await goto('/console/customers');
        const customers = await cells(page.locator('table', { has: page.getByText('Customers of highest value') }));
        expect(customers.map(([id, , net]) => [id, net])).toEqual(
          top.map((row) => [row.customer_id, grouped(row.net_revenue)]),
        );
        const { data: cohorts } = await ask('/v1/reports/cohorts?max_age=15');
        const shownCohorts = await page.locator('table.heat tbody tr').count();
        expect(shownCohorts).toBe(Math.min(16, new Set(cohorts.map((row) => row.acquisition_month)).size));

        await goto(EXPLORER);
        const answer = await shop.app.inject({
          method: 'POST',
          url: '/v1/cubes/monthly_sales_cube/query',
          payload: {
            measures: ['reporting_net_revenue', 'units'],
            dimensions: [{ name: 'month', grain: 'quarter' }, 'channel'],
          },
        });
        const { data: quarters } = exactParse<{ data: Row[] }>(answer.body);
        expect(await cells(page.locator('main table').first())).toEqual(
          quarters
            .slice(0, 50)
            .map((row) => [row.month, row.channel, grouped(row.reporting_net_revenue), grouped(row.units)]),
        );
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('Download CSV').click()]);
        const lines = readFileSync(await file.path(), 'utf8')
          .trimEnd()
          .split('\r\n');
        expect(lines).toEqual([
          'month,channel,reporting_net_revenue,units',
          ...quarters.map((row) =>
            [row.month, row.channel, row.reporting_net_revenue, row.units].map((each) => each ?? '').join(','),
          ),
        ]);
        await page.getByText('The SQL, and what it costs').click();
        await expect.poll(() => page.locator('pre.sql').innerText()).toContain('monthly_sales_cube');
      }));

    test('the address is the state: a look into a period, back, and forward', () =>
      inConsole(async ({ page, goto, settled }) => {
        await goto('/console/trends?grain=quarter&by=category');
        const period = page.locator('main tbody a').first();
        const name = await period.innerText();
        await period.click();
        await page.waitForURL(/grain=month.*from=\d{4}-\d\d-01/);
        await settled();
        expect(await page.locator('main tbody a').first().innerText()).not.toBe(name);
        await page.goBack();
        await settled();
        await expect.poll(() => page.locator('main tbody a').first().innerText()).toBe(name);
        const asked: string[] = [];
        page.on('response', (response) => void asked.push(`${response.status()} ${response.url()}`));
        await page.goForward();
        await expect
          .poll(() => asked.filter((each) => each.startsWith('304 ') && each.includes('grain=month')))
          .toHaveLength(1);
      }));

    test('is used with the keyboard alone', () =>
      inConsole(async ({ page, goto, settled }) => {
        const press = (key: string) => page.keyboard.press(key);
        const focused = () =>
          page.evaluate<string>(
            `document.activeElement.matches('a, button') ? document.activeElement.textContent.trim() : ''`,
          );
        const tabTo = async (text: string) => {
          for (let presses = 0; presses < 60; presses++) {
            await press('Tab');
            if ((await focused()).startsWith(text)) return;
          }
          throw new Error(`${text} cannot be reached`);
        };
        await goto('/');
        await press('Tab');
        expect(await focused()).toBe('Skip to the content');
        await press('Enter');
        expect(await page.evaluate('document.activeElement.id')).toBe('main');
        await page.evaluate('document.activeElement.blur()');
        await goto('/');
        await tabTo('Sales trends');
        await press('Enter');
        await page.waitForURL(`${url}/console/trends`);
        await settled();
        expect(await page.evaluate('document.activeElement.id')).toBe('main');
        while ((await page.evaluate('document.activeElement.tagName')) !== 'SELECT') await press('Tab');
        await press('y'); // the list of periods takes the first that begins so
        await page.waitForURL(/grain=year/);
        await settled();
        await tabTo('Net revenue');
        await press('Enter');
        expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Net revenue');
        await page.goBack();
        await page.waitForURL(`${url}/console/trends`);
      }));

    test('asks for a key when the server wants one, keeps it in the tab, and sends it with every question', () =>
      inConsole(
        async ({ page, goto, settled }) => {
          const problem = {
            title: 'No key',
            detail: 'this server wants a key',
            remedy: 'ask for one',
            code: 'API_KEY_MISSING',
            status: 401,
          };
          // Stands for access control: with the key the real server answers.
          await page.route('**/v1/**', (route) =>
            route.request().headers().authorization === 'Bearer right'
              ? route.continue()
              : route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
          );
          await goto('/');
          await page.getByLabel('API key').fill('wrong');
          await page.getByText('Use this key').click();
          await expect.poll(() => page.locator('.problem').innerText()).toContain('API_KEY_MISSING');
          await page.getByLabel('API key').fill('right');
          await page.getByText('Use this key').click();
          await page.locator('.tile').first().waitFor();
          await page.reload();
          await settled();
          expect(await page.locator('.problem').count()).toBe(0);
          expect(await page.evaluate('localStorage.length')).toBe(0);
          await page.getByText('Forget the key').click();
          await page.getByLabel('API key').waitFor();
        },
        { mayFail: /401/ },
      ));

    test('says that the server went away and since when, and goes on when it is back', () =>
      inConsole(
        async ({ page, context, goto }) => {
          await goto('/');
          await context.setOffline(true);
          await expect.poll(() => page.locator('aside.stale').innerText()).toMatch(/does not answer since \d{4}-/);
          expect(await page.locator('.tile').count()).toBeGreaterThan(0);
          await context.setOffline(false);
          await expect.poll(() => page.getByText('does not answer').count()).toBe(0);
        },
        { mayFail: /ERR_INTERNET_DISCONNECTED/ },
      ));

    test('holds every number still at a watermark that the address names', () =>
      inConsole(async ({ page, goto, settled }) => {
        await goto('/console/trends?grain=year');
        await page.getByText('Hold still').click();
        await page.waitForURL(/as_of=\d+/);
        await settled();
        const held = await page.locator('main table').first().innerText();
        await shop.publish(60);
        await page.reload();
        await settled();
        expect(await page.locator('main table').first().innerText()).toBe(held);
        expect(await page.locator('.freshness').innerText()).toContain('Held');
      }));

    test('explains a question that the API refuses, in its words', () =>
      inConsole(
        async ({ page, goto }) => {
          await goto('/console/explore?cube=monthly_sales_cube&measures=net_revenue&dimensions=region');
          const text = await page.locator('.problem').innerText();
          expect(text).toContain('API_PARAMETERS_INVALID');
          expect(text).toContain('net_revenue does not add up over currency');
        },
        { mayFail: /400/ },
      ));

    test('serves its files and nothing else, to be kept for ever', async () => {
      const page = (await shop.app.inject('/')).body;
      const [files] = /\/console\/files-[0-9a-f]+/.exec(page) as RegExpExecArray;
      const [vendor] = /\/console\/vendor\/preact-[^"]*\//.exec(page) as RegExpExecArray;
      expect((await shop.app.inject(`${files}/app.js`)).headers['cache-control']).toContain('immutable');
      for (const path of ['/tsconfig.json', '/exact/exact.test.ts', '/../routes.ts', '/%2e%2e/routes.ts', '/']) {
        expect((await shop.app.inject(`${files}${path}`)).statusCode, path).toBe(404);
      }
      expect((await shop.app.inject(`${vendor}preact.mjs.map`)).json()).toMatchObject({ code: 'API_ROUTE_UNKNOWN' });
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    });
  },
);

/** Cells of the table's body as they are read. */
async function cells(table: Locator): Promise<string[][]> {
  const rows = await table.locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}

/** Written here once more, so that a mistake of the console's own does not agree with itself. */
function grouped(text: string | null | undefined): string {
  if (text == null) return '–';
  const [whole = '', rest] = text.split('.');
  return whole.replace(/\d(?=(?:\d{3})+$)/g, '$&,') + (rest === undefined ? '' : `.${rest}`);
}
