// Makes the README's pictures of the console anew: `node docs/screenshots.ts http://127.0.0.1:8080`, while the demo runs.
import { join } from 'node:path';
import { launchBrowser, openConsole } from '../api/fixture/console-browser.ts';

const PICTURES = [
  { name: 'overview', path: '/', height: 1010 },
  { name: 'trends', path: '/console/trends?by=channel&from=2025-01-01', height: 1000 },
  { name: 'customers', path: '/console/customers', height: 900, colours: 'dark' },
  {
    name: 'explorer',
    path: '/console/explore?cube=monthly_sales_cube&measures=reporting_net_revenue,reporting_margin,units&dimensions=product_id.category_level_1&order=reporting_net_revenue~desc',
    height: 1000,
  },
  { name: 'pipeline', path: '/console/pipeline', height: 900 },
] as const;

const url = (process.argv[2] ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
const folder = process.argv[3] ?? import.meta.dirname;
const browser = await launchBrowser();
for (const { name, path, ...how } of PICTURES) {
  const { page, context, goto, flaws } = await openConsole({ browser, url, width: 1280, ...how });
  await goto(path);
  await page.locator('.freshness .dot.good').waitFor();
  await page.screenshot({ path: join(folder, `console-${name}.png`) });
  await context.close();
  if (flaws.length > 0) throw new Error(`${path}: ${flaws.join('\n')}`);
}
await browser.close();
