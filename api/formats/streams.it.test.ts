import { type ClientRequest, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { buildApp } from '../app.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../fixture/fixture-warehouse.ts';
import { WIDE_QUESTION, wideCube } from '../fixture/wide-cube.ts';
import { type ApiServer, startApi } from '../server.ts';
import type { ApiSettings } from '../settings.ts';

const logger = createLogger({ name: 'api', level: 'fatal' });
const CELLS = 100_000;
/** More than fits into what sockets and readers keep. */
const MANY_CELLS = 1_000_000;
const QUERY = '/v1/cubes/wide_cube/query';

let warehouse: FixtureWarehouse;
let api: ApiServer;

beforeAll(async () => {
  warehouse = await startFixtureWarehouse();
  await warehouse.run(...wideCube(CELLS));
  await warehouse.publish(1);
  api = await startApi({
    config: {
      api: { host: '127.0.0.1', port: 0, corsOrigins: ['https://reports.example.com'], limits: { maxRows: 1_000 } },
      warehouse: {
        url: warehouse.url.replace('//', `//reader:${warehouse.readerPassword}@`),
        port: 0,
        nativePort: 0,
        maxMemoryBytes: 0,
        stateFolder: '',
      },
    },
    logger,
  });
});

afterAll(async () => {
  await api?.close();
  await warehouse?.stop();
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const running = async (): Promise<number> =>
  Number(
    (
      await warehouse.ask(`select toString(count()) as n from system.processes where query_id like 'api-cube_file-%'`)
    )[0]?.n,
  );

/** Sends the question; what comes is not read. */
function ask(format: string): ClientRequest {
  const sent = request(`${api.url}${QUERY}?format=${format}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  sent.on('error', () => {}); // it is broken off on purpose
  sent.end(JSON.stringify(WIDE_QUESTION));
  return sent;
}

async function withSettings<T>(
  settings: Partial<ApiSettings>,
  work: (app: Awaited<ReturnType<typeof buildApp>>) => Promise<T>,
) {
  const app = await buildApp({ client: warehouse.client, logger, settings });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

test('all rows come in a file, also those beyond the limit of an answer in JSON', async () => {
  const json = await fetch(api.url + QUERY, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...WIDE_QUESTION, limit: 1_001 }),
  });
  expect(await json.json()).toMatchObject({ status: 400, errors: [{ parameter: 'limit' }] });
  const csv = await fetch(`${api.url}${QUERY}?format=csv`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(WIDE_QUESTION),
  });
  const lines = (await csv.text()).split('\r\n');
  expect(lines.length).toBe(CELLS + 2);
  expect(lines[0]).toBe('id,day,name,amount,cells,least');
  expect(lines[2]).toMatch(/^1,2020-01-02,"item ""1"", \d+",0\.25,1,0\.25$/);
});

test('the warehouse waits for a reader that is slow, and stops when it goes away', async () => {
  await warehouse.run(...wideCube(MANY_CELLS));
  const sent = ask('csv');
  await new Promise((resolve) => sent.once('response', resolve));
  // Megabytes are left to be written, which nobody reads.
  await until(async () => (await running()) === 1);
  sent.destroy();
  await until(async () => (await running()) === 0);
}, 20_000);

test('a file that does not end in time is broken off, never ended as if it were whole', async () => {
  await withSettings({ exportTimeoutMs: 5_000 }, async (app) => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${address}${QUERY}?format=csv`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(WIDE_QUESTION),
    });
    expect(answer.status).toBe(200);
    // Reads nothing until the time of the file is over.
    await until(async () => (await running()) === 0);
    await expect(answer.text()).rejects.toThrow();
  });
  await withSettings({ exportTimeoutMs: 1 }, async (app) => {
    const late = await app.inject({ method: 'POST', url: `${QUERY}?format=csv`, payload: WIDE_QUESTION });
    // Nothing was written yet, so that it is a problem.
    expect([late.statusCode, late.json().code]).toEqual([504, 'API_QUERY_TIMEOUT']);
  });
}, 30_000);

test('a query that takes too much memory is told so, not that the warehouse is busy', async () => {
  await withSettings({ maxQueryMemoryBytes: 20_000_000 }, async (app) => {
    for (const format of ['json', 'csv']) {
      const answer = await app.inject({ method: 'POST', url: `${QUERY}?format=${format}`, payload: WIDE_QUESTION });
      expect(answer.json(), format).toMatchObject({ status: 422, code: 'API_QUERY_TOO_LARGE' });
    }
  });
});

test('pages of the origins that are configured may read answers, others may not', async () => {
  const asked = (origin: string, init: RequestInit = {}) =>
    fetch(`${api.url}/health/live`, { ...init, headers: { origin, ...init.headers } });
  const ours = await asked('https://reports.example.com');
  expect(ours.headers.get('access-control-allow-origin')).toBe('https://reports.example.com');
  expect(ours.headers.get('access-control-expose-headers')).toContain('x-millrace-watermark');
  expect(ours.headers.get('vary')).toMatch(/origin/i);
  const report = await fetch(`${api.url}${QUERY}?format=csv`, {
    method: 'POST',
    headers: { origin: 'https://reports.example.com', 'content-type': 'application/json' },
    body: JSON.stringify({ measures: ['cells'] }),
  });
  expect(report.headers.get('vary')?.toLowerCase()).toMatch(/origin.*accept.*accept-encoding/);
  await report.text();
  const theirs = await asked('https://elsewhere.example.com');
  expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
  const preflight = await asked('https://reports.example.com', {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
  await withSettings({}, async (app) => {
    const off = await app.inject({ url: '/health/live', headers: { origin: 'https://reports.example.com' } });
    expect(off.headers['access-control-allow-origin']).toBeUndefined();
    expect((await app.inject({ method: 'OPTIONS', url: '/health/live' })).statusCode).toBe(405);
  });
});
