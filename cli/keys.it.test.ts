import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApi } from '../api/server.ts';
import { createLogger } from '../runtime/logger.ts';
import { ensureBookkeeping } from '../warehouse/load/bookkeeping.ts';
import { ensureModelBookkeeping } from '../warehouse/models/store/bookkeeping.ts';
import { startTemporaryWarehouse, type TemporaryWarehouse } from '../warehouse/testing/temporary-warehouse.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, 'main.ts');
const logger = createLogger({ name: 'test', level: 'fatal' });
const ACCESS = { keys: true, jwt: null, openMetrics: false, audit: 'table' } as const;

let warehouse: TemporaryWarehouse;
let api: ApiServer;
let folder: string;

beforeAll(async () => {
  warehouse = await startTemporaryWarehouse();
  folder = dirname(warehouse.config.url.slice('embedded:'.length));
  await ensureBookkeeping(warehouse.client);
  await ensureModelBookkeeping(warehouse.client);
  const config = { warehouse: warehouse.config, api: { host: '0.0.0.0', port: 0, access: ACCESS } };
  api = await startApi({ config, logger });
});
afterAll(async () => {
  await api?.close();
  await warehouse?.stop();
});

async function keys(...options: string[]): Promise<string> {
  return (await run(process.execPath, [MAIN, 'keys', ...options, '--data', folder])).stdout;
}

async function status(key: string): Promise<number> {
  const url = new URL('/v1/views', api.url);
  url.hostname = '127.0.0.1';
  return (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status;
}

interface Shown {
  readonly id: string;
  readonly key: string;
}

it('makes, shows, rotates and revokes keys, which the running API knows of', async () => {
  expect(await keys('list')).toContain('there are no keys');
  const create = ['create', '--name', 'the shop', '--scope', 'views', '--filter', 'region=EU,US', '--json'];
  const made = JSON.parse(await keys(...create)) as Shown;
  expect(await status(made.key)).toBe(200);
  const [listed] = (JSON.parse(await keys('list', '--json')) as { keys: object[] }).keys;
  expect(listed).toMatchObject({
    id: made.id,
    name: 'the shop',
    state: 'active',
    scopes: ['views'],
    filters: { region: ['EU', 'US'] },
    requests_per_minute: null,
  });
  const shown = (await keys('list')) + JSON.stringify(listed);
  expect(shown).not.toContain(made.key.slice(14));

  const rotated = JSON.parse(await keys('rotate', made.id, '--overlap', '1h', '--json')) as Shown;
  await expect.poll(() => status(rotated.key), { timeout: 10_000 }).toBe(200);
  expect(await status(made.key)).toBe(200);
  await keys('revoke', made.id);
  await expect.poll(() => status(rotated.key), { timeout: 10_000 }).toBe(401);
  expect(await status(made.key)).toBe(401);
  await expect(keys('rotate', made.id)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('CLI_KEY_UNKNOWN'),
  });
  await expect(keys('create', '--name', 'x', '--scope', 'everything')).rejects.toMatchObject({ code: 2 });
});

it('does not start the API where others reach it and nobody guards it', async () => {
  for (const access of [undefined, 'none'] as const) {
    const config = { warehouse: warehouse.config, api: { host: '0.0.0.0', port: 0, ...(access && { access }) } };
    await expect(startApi({ config, logger })).rejects.toMatchObject({ code: 'CONFIG_ACCESS_UNDECIDED' });
  }
});
