import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { type ApiKey, writeApiKey } from '../../warehouse/access/api-keys.ts';
import { trimAuditLog } from '../../warehouse/access/audit-log.ts';
import { ensureAccessBookkeeping } from '../../warehouse/access/bookkeeping.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { buildApp } from '../app.ts';
import { putApiKey } from '../fixture/api-key.ts';
import { type Asked, everyRequest } from '../fixture/every-request.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';
import { newSecret } from './key-secret.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const RULES = { keys: true, jwt: null, openMetrics: false, audit: 'table' } as const;
const AT_ONCE = 8;
/** Thousands of requests. */
const SWEEP_MS = 400_000;
const OWN = 'Avalon';
/** In every row that the restricted key must not see, in one column at least. */
const FOREIGN = 'Zembla';
/** Of neither of them: to see both is not to see all. */
const OTHER = 'Utopia';

let shop: ModelledShop;
let app: FastifyInstance;
let reading: ClickHouseClient;
let writer: ClickHouseClient;

beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  plant(shop);
  await shop.publish(300);
  await shop.fit();
  writer = shop.warehouse.client;
  await ensureAccessBookkeeping(writer);
  const logger = createLogger({ name: 'test', level: 'fatal' });
  reading = await connect({ config: shop.warehouse.config, role: 'reader', logger });
  app = await buildApp({ client: reading, logger, access: { rules: RULES, writer } });
});
afterAll(async () => {
  await app?.close();
  await reading?.close();
  await shop?.close();
});

/** Customers and orders of three regions, in the currency of the reports, the foreign ones named so in every text. Ids are above those of the random changes. */
function plant({ shop: sources }: ModelledShop): void {
  for (const [i, region] of [OWN, FOREIGN, OWN, FOREIGN, OTHER].entries()) {
    const id = String(1_000 + i);
    const day = `2024-0${1 + i}-03 10:00:00+00`;
    sources.put('users', [id, `${region}@example.com`, 'active', '2023-01-01 00:00:00+00']);
    sources.put('profiles', [id, region, region, region, region, 'DE', 'gold', 'web', region]);
    sources.put('orders', [id, id, 'delivered', 'web', region, 'DE', 'USD', day]);
    const amount = region === FOREIGN ? '7777.77' : '100.00';
    sources.put('order_items', [id, id, '1', '2', '1.0000', amount, '0.00', '1.00', '50.0000']);
    sources.put('activity', [id, id, region, day, JSON.stringify({ product_id: 1 })]);
  }
}

const makeKey = (rights?: Partial<ApiKey>) => putApiKey(writer, rights);

async function ask(asked: InjectOptions, key?: string) {
  const headers = { ...asked.headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  return app.inject({ ...asked, headers });
}

/** The file of an export that was accepted, when it is done; null where it failed. It is removed. */
async function exportedBy(accepted: LightMyRequestResponse, key: string): Promise<string | null> {
  expect(accepted.statusCode, accepted.body).toBe(202);
  const url = String(accepted.headers.location);
  const look = async () => (await ask({ url }, key)).json().data as { status: string };
  await expect.poll(async () => (await look()).status, { timeout: 30_000 }).not.toMatch(/queued|running/);
  const file = (await look()).status === 'done' ? (await ask({ url: `${url}/file` }, key)).body : null;
  await ask({ url, method: 'DELETE' }, key);
  return file;
}

function isForeign(text: string): boolean {
  return text.includes(FOREIGN) || /7777\.77|15555\.54/.test(text);
}

function isExport({ method, route }: Asked): boolean {
  return method === 'POST' && route === '/v1/exports';
}

async function requests(): Promise<Asked[]> {
  const { key } = await makeKey();
  const get = async (url: string) => (await ask({ url }, key)).json();
  const document = await get('/openapi.json');
  const cubes = (await get('/v1/cubes')).data;
  const views = (await get('/v1/views')).data;
  expect(cubes.length).toBeGreaterThan(3);
  expect(views.length).toBeGreaterThan(3);
  return everyRequest({ document, cubes, views, values: [OWN, FOREIGN, '1001'] });
}

describe(`who may see what (MILLRACE_SEED=${SEED})`, () => {
  it(
    'shows a restricted key no foreign row, whatever it asks for and whatever was asked before',
    async () => {
      const all = await makeKey();
      const own = await makeKey({ filters: { region: [OWN] } });
      let foreign = 0;
      const answered = new Set<string>();
      const wrong: string[] = [];
      const tryOut = async (request: Asked) => {
        // The other key asks first: what it was answered is kept.
        if ((await ask(request, all.key)).rawPayload.includes(FOREIGN)) foreign++;
        const response = await ask(request, own.key);
        if (response.statusCode === 200) answered.add(request.route);
        // What the request itself says may be repeated.
        const shown = withoutOwnWords(response.body, request);
        if (shown.includes(FOREIGN) || /7777\.77|15555\.54/.test(shown)) wrong.push(what(request));
        if (response.statusCode >= 500) wrong.push(`${response.statusCode} ${what(request)} ${response.body}`);
      };
      const waiting = (await requests()).filter((each) => !isExport(each));
      const worker = async () => {
        for (let request = waiting.pop(); request !== undefined; request = waiting.pop()) await tryOut(request);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      expect(wrong).toEqual([]);
      // It would have been seen if it had been shown, and the restricted key is shown something.
      expect(foreign).toBeGreaterThan(20);
      expect([...answered]).toEqual(
        expect.arrayContaining([
          '/v1/reports/sales-trends',
          '/v1/cubes/{cube}/query',
          '/v1/views/{view}',
          '/v1/cubes',
          '/v1/lag',
        ]),
      );
    },
    SWEEP_MS,
  );

  it('writes no foreign row for a restricted key beside the request either', async () => {
    const all = await makeKey();
    const own = await makeKey({ filters: { region: [OWN] } });
    const wrong: string[] = [];
    let foreign = 0;
    let written = 0;
    for (const request of (await requests()).filter(isExport)) {
      const accepted = await ask(request, own.key);
      if (accepted.statusCode >= 500) wrong.push(`${accepted.statusCode} ${what(request)} ${accepted.body}`);
      // Refused at once, as the request itself is.
      if (accepted.statusCode !== 202) continue;
      const unrestricted = await ask(request, all.key);
      const [file, whole] = await Promise.all([exportedBy(accepted, own.key), exportedBy(unrestricted, all.key)]);
      if (file !== null) written++;
      if (isForeign(whole ?? '')) foreign++;
      if (isForeign(file ?? '')) wrong.push(what(request));
    }
    expect(wrong).toEqual([]);
    expect(written).toBeGreaterThan(3);
    // It would have been seen if it had been written.
    expect(foreign).toBeGreaterThan(0);
  });

  it('gives a restricted key the numbers of its rows, as a filter gives them to others', async () => {
    const all = await makeKey();
    const own = await makeKey({ filters: { region: [OWN] } });
    const numbers = async (url: string, key: string) => {
      const response = await ask({ url }, key);
      expect(response.statusCode, response.body).toBe(200);
      return response.json().data;
    };
    const url = '/v1/reports/sales-trends?grain=month&from=2024-01-01&to=2024-06-30&by=product';
    expect(await numbers(url, own.key)).toEqual(await numbers(`${url}&region=${OWN}`, all.key));
    expect(await numbers(url, own.key)).not.toEqual(await numbers(url, all.key));
    // No parameter widens it.
    const widened = await numbers(`${url}&region=${FOREIGN}`, own.key);
    expect(widened).toEqual([]);
    // What has no region itself is told by what it is made of.
    const orders = await numbers('/v1/views/order_history?limit=10000', own.key);
    expect(orders.map((order: { order_id: number }) => order.order_id)).toEqual([1000, 1002]);
  });

  it('never gives one key the kept answer of another', async () => {
    const url = '/v1/reports/sales-trends?grain=year&from=2024-01-01&to=2024-12-31';
    const keys = await Promise.all([
      makeKey(),
      makeKey({ filters: { region: [OWN] } }),
      makeKey({ filters: { region: [FOREIGN] } }),
      makeKey({ filters: { region: [OWN, FOREIGN] } }),
    ]);
    // At once, so that work would be shared.
    const answers = await Promise.all(keys.map(({ key }) => ask({ url }, key)));
    const bodies = answers.map((answer) => JSON.stringify(answer.json().data));
    const tags = answers.map(({ headers }) => headers.etag);
    expect(new Set(bodies).size).toBe(4);
    expect(new Set(tags).size).toBe(4);
    const [all, own] = keys;
    const stolen = await ask({ url, headers: { 'if-none-match': String(tags[0]) } }, own?.key);
    expect(stolen.statusCode).toBe(200);
    const known = await ask({ url, headers: { 'if-none-match': String(tags[0]) } }, all?.key);
    expect(known.statusCode).toBe(304);
    expect(known.headers).toMatchObject({ 'cache-control': 'private, no-cache' });
  });

  it('refuses what cannot be limited to rows, and what tells of all of them', async () => {
    const own = await makeKey({ filters: { region: [OWN] } });
    const refused = (await ask({ url: '/v1/reports/customer-ltv' }, own.key)).json();
    expect(refused).toMatchObject({ status: 403, code: 'API_ROWS_RESTRICTED' });
    expect(refused.detail).toContain('customer_ltv_analysis has no column region');
    const url = '/v1/cubes/daily_sales_cube/explain';
    // Roles of people say nothing of where they are.
    expect((await ask({ url: '/v1/views/user_profile' }, own.key)).json().detail).toContain('user_role_bridge');
    const explained = await ask({ method: 'POST', url, payload: { measures: ['units'] } }, own.key);
    expect(explained.json()).toMatchObject({ code: 'API_ROWS_RESTRICTED' });
    const cubes = (await ask({ url: '/v1/cubes' }, own.key)).json().data as { name: string }[];
    expect(cubes.map(({ name }) => name).sort()).toEqual(['daily_sales_cube', 'monthly_sales_cube']);
  });

  it('answers 403 everywhere without a scope, and 401 without a key', async () => {
    const none = await makeKey({ scopes: [] });
    const open = new Set<string>();
    for (const request of await requests()) {
      const [unscoped, unknown] = [await ask(request, none.key), await ask(request)];
      if (unknown.statusCode !== 401) open.add(request.route);
      else expect(unscoped.statusCode, what(request)).toBe(403);
      if (unscoped.statusCode === 403 && request.method !== 'HEAD') {
        expect(unscoped.json()).toMatchObject({ code: 'API_SCOPE_MISSING' });
      }
    }
    expect([...open].sort()).toEqual(['/', '/health/live', '/health/ready', '/openapi.json']);
  });

  it('lets a key do what its scopes say', async () => {
    const { key } = await makeKey({ scopes: ['reports/sales-trends', 'cubes/daily_*', 'views/product_list'] });
    const status = async (url: string) => (await ask({ url }, key)).statusCode;
    expect(await status('/v1/reports/sales-trends')).toBe(200);
    expect(await status('/v1/reports/cohorts')).toBe(403);
    expect(await status('/v1/cubes/daily_sales_cube')).toBe(200);
    expect(await status('/v1/cubes/monthly_sales_cube')).toBe(403);
    expect(await status('/v1/views/product_list')).toBe(200);
    expect(await status('/v1/views/user_profile')).toBe(403);
    expect(await status('/v1/lag')).toBe(403);
    expect(await status('/metrics')).toBe(403);
    const names = async (url: string) =>
      ((await ask({ url }, key)).json().data as { name: string }[]).map(({ name }) => name).sort();
    expect(await names('/v1/cubes')).toEqual(['daily_inventory_cube', 'daily_sales_cube']);
    expect(await names('/v1/views')).toEqual(['product_list']);
  });
});

test('an export is of its own caller, with the rights that they have when they fetch it', async () => {
  const { key, made } = await makeKey({ filters: { region: [OWN] } });
  const other = await makeKey();
  const twin = await makeKey({ filters: { region: [OWN] } });
  const payload = { request: '/v1/views/order_history', format: 'csv' };
  const accepted = await ask({ method: 'POST', url: '/v1/exports', payload }, key);
  const url = String(accepted.headers.location);
  const code = async (of: InjectOptions, by: string) => {
    const response = await ask(of, by);
    return response.statusCode < 300 ? response.statusCode : response.json().code;
  };
  await expect.poll(() => code({ url: `${url}/file` }, key), { timeout: 10_000 }).toBe(200);
  for (const stranger of [other.key, twin.key]) {
    for (const each of [{ url }, { url: `${url}/file` }, { url, method: 'DELETE' as const }]) {
      expect(await code(each, stranger)).toBe('API_EXPORT_UNKNOWN');
    }
    expect((await ask({ url: '/v1/exports' }, stranger)).json().data).toEqual([]);
  }
  expect((await ask({ url: '/v1/exports' }, key)).json().data).toHaveLength(1);
  // Fewer rights since: the file is no way around them.
  await writeApiKey(writer, { ...made, scopes: ['cubes'] });
  await expect.poll(() => code({ url: `${url}/file` }, key), { timeout: 8_000 }).toBe('API_SCOPE_MISSING');
  await writeApiKey(writer, { ...made, filters: { region: [FOREIGN] } });
  await expect.poll(() => code({ url: `${url}/file` }, key), { timeout: 8_000 }).toBe('API_EXPORT_UNKNOWN');
  await writeApiKey(writer, { ...made, revokedAtMs: Date.now() });
  await expect.poll(() => code({ url: `${url}/file` }, key), { timeout: 8_000 }).toBe('API_KEY_INVALID');
  expect(await code({ url }, key)).toBe('API_KEY_INVALID');
});

test('an export needs the scope of what it exports, and is refused what cannot be limited to rows', async () => {
  const scoped = await makeKey({ scopes: ['views/product_list'] });
  const own = await makeKey({ filters: { region: [OWN] } });
  const begin = async (request: unknown, key: string) =>
    (await ask({ method: 'POST', url: '/v1/exports', payload: { request, format: 'csv' } as object }, key)).json();
  expect(await begin('/v1/views/user_profile', scoped.key)).toMatchObject({
    code: 'API_SCOPE_MISSING',
    detail: 'it needs the scope views/user_profile',
  });
  expect(await begin('/v1/views/product_list', scoped.key)).toMatchObject({ data: { format: 'csv' } });
  expect(await begin('/v1/views/user_profile', own.key)).toMatchObject({ code: 'API_ROWS_RESTRICTED' });
});

test('a key works from the moment it is made to the moment it ends, in both headers', async () => {
  const { key, made } = await makeKey({ scopes: ['operations'] });
  const status = async (headers: Record<string, string>) => {
    const response = await app.inject({ url: '/v1/lag', headers });
    return [response.statusCode, response.statusCode === 200 ? null : response.json().code];
  };
  expect(await status({ authorization: `Bearer ${key}` })).toEqual([200, null]);
  expect(await status({ 'x-api-key': key })).toEqual([200, null]);
  expect(await status({ authorization: `Bearer ${key}`, 'x-api-key': key })).toEqual([401, 'API_CREDENTIALS_MISSING']);
  expect(await status({ authorization: `Basic ${key}` })).toEqual([401, 'API_CREDENTIALS_MISSING']);
  expect(await status({ 'x-api-key': `${key.slice(0, -1)}_` })).toEqual([401, 'API_KEY_INVALID']);
  expect(await status({ authorization: 'Bearer eyJ.e30.x' })).toEqual([401, 'API_KEY_INVALID']);
  const refused = await app.inject({ url: '/v1/lag', headers: { 'x-api-key': 'mr_x' } });
  expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');

  const next = newSecret(made.id);
  const rotated = { ...made, hash: next.hash, formerHash: made.hash, formerUntilMs: Date.now() + 60_000 };
  await writeApiKey(writer, rotated);
  await expect.poll(() => status({ 'x-api-key': next.key }), { timeout: 8_000 }).toEqual([200, null]);
  expect(await status({ 'x-api-key': key })).toEqual([200, null]);
  await writeApiKey(writer, { ...rotated, formerUntilMs: Date.now() - 1 });
  await expect.poll(() => status({ 'x-api-key': key }), { timeout: 8_000 }).toEqual([401, 'API_KEY_EXPIRED']);
  await writeApiKey(writer, { ...rotated, revokedAtMs: Date.now() });
  await expect.poll(() => status({ 'x-api-key': next.key }), { timeout: 8_000 }).toEqual([401, 'API_KEY_INVALID']);
});

test('more requests than a key may make in a minute are told when to come back', async () => {
  const { key } = await makeKey({ scopes: ['views'], requestsPerMinute: 2 });
  const answers = [];
  for (let n = 0; n < 3; n++) answers.push(await ask({ url: '/v1/views' }, key));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
  expect(answers.at(0)?.headers).toMatchObject({
    'ratelimit-policy': '"minute";q=2;w=60',
    ratelimit: '"minute";r=1;t=30',
  });
  expect(answers.at(-1)?.json()).toMatchObject({ code: 'API_RATE_LIMITED', status: 429 });
  expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
});

test('every answer has the id of its request', async () => {
  const { key } = await makeKey();
  const headers = { 'x-request-id': 'trace-1' };
  for (const url of ['/v1/cubes', '/v1/nowhere', '/v1/lag?x=1', '/health/live', '/%zz']) {
    expect((await ask({ url, headers }, key)).headers['x-request-id'], url).toBe('trace-1');
  }
  expect((await ask({ url: '/v1/cubes', headers })).headers['x-request-id']).toBe('trace-1');
  expect((await ask({ url: '/health/live' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('the audit log says who asked what, when, and what came of it, and never with what secret', async () => {
  const { id, key } = await makeKey({ name: 'the auditor' });
  const asked = (url: string, request: string, more: InjectOptions = {}) =>
    ask({ url, ...more, headers: { 'x-request-id': request } }, key);
  const answer = await asked('/v1/reports/sales-trends?grain=month&from=2024-01-01&to=2024-03-31', 'audit-1');
  await asked(`/v1/reports/sales-trends?region=${key}`, 'audit-2');
  await asked('/v1/cubes/daily_sales_cube/query', 'audit-3', { method: 'POST', payload: { measures: ['units'] } });
  await asked('/v1/views/nothing', 'audit-4');
  await app.inject({ url: '/v1/lag', headers: { 'x-api-key': key.slice(0, -1), 'x-request-id': 'audit-5' } });
  const read = async () => {
    const result = await writer.query({
      query: `
        select request_id, caller_kind, caller, caller_name, route, parameters, status, code, toString(watermark) as watermark,
          toString(rows) as rows
        from millrace.audit_log where startsWith(request_id, 'audit-') order by request_id`,
      format: 'JSONEachRow',
    });
    return result.json<Record<string, unknown>>();
  };
  await expect.poll(async () => (await read()).length, { timeout: 10_000 }).toBe(5);
  const known = { caller_kind: 'key', caller: id, caller_name: 'the auditor' };
  const { watermark, rows } = answer.json().meta;
  expect(await read()).toMatchObject([
    {
      ...known,
      route: '/v1/reports/sales-trends',
      parameters: '{"query":{"grain":"month","from":"2024-01-01","to":"2024-03-31"}}',
      status: 200,
      watermark: String(watermark),
      rows: String(rows),
    },
    { ...known, parameters: '{"query":{"region":"***"}}' },
    { ...known, parameters: '{"params":{"cube":"daily_sales_cube"},"body":{"measures":["units"]}}', rows: '1' },
    { ...known, status: 404, code: 'API_VIEW_UNKNOWN', rows: null },
    { caller_kind: 'none', caller: '', status: 401, code: 'API_KEY_INVALID' },
  ]);
  expect(JSON.stringify(await read())).not.toContain(key.slice(14, -1));
  // A day that is past what is kept goes as a whole.
  await writer.command({
    query: "insert into millrace.audit_log (at, request_id) values (now64(3) - toIntervalDay(91), 'audit-old')",
  });
  await trimAuditLog(writer);
  expect((await read()).map(({ request_id }) => request_id)).not.toContain('audit-old');
  expect(await read()).toHaveLength(5);
});

test('without a key pages and documents are there, and show nothing that was loaded', async () => {
  for (const url of ['/', '/docs/', '/openapi.json', '/health/live', '/health/ready']) {
    const response = await app.inject({ url });
    expect(response.statusCode, url).toBe(200);
    expect(response.body).not.toContain(FOREIGN);
  }
});

test('metrics are open where the configuration says so, and nothing else is', async () => {
  const rules = { ...RULES, openMetrics: true };
  const logger = createLogger({ name: 'test', level: 'fatal' });
  const other = await buildApp({ client: reading, logger, access: { rules, writer } });
  const metrics = await other.inject('/metrics');
  expect(metrics.statusCode).toBe(200);
  expect(metrics.body).toMatch(/millrace_api_warehouse_up\S* 1\n/);
  expect((await other.inject('/v1/lag')).statusCode).toBe(401);
  await other.close();
});

function what({ method, url, payload }: Asked): string {
  return `${method} ${url} ${payload === undefined ? '' : JSON.stringify(payload)}`;
}

/** Of problems and of `meta`, which say what was asked. */
function withoutOwnWords(body: string, { url, payload }: Asked): string {
  if (!url.includes(FOREIGN) && !JSON.stringify(payload ?? '').includes(FOREIGN)) return body;
  const { data } = JSON.parse(body) as { data?: unknown };
  return JSON.stringify(data ?? '');
}
