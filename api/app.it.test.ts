import { connect as connectSocket } from 'node:net';
import { createClient } from '@clickhouse/client';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../runtime/logger.ts';
import { type Published, readPublished } from '../warehouse/published/published.ts';
import { buildApp } from './app.ts';
import { API_ERRORS } from './errors.ts';
import { randomFacts } from './fixture/fixture-schema.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from './fixture/fixture-warehouse.ts';
import { type ApiServer, startApi } from './server.ts';

const logger = createLogger({ name: 'api', level: 'fatal' });
const TRENDS = '/v1/reports/sales-trends';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}
interface Operation {
  parameters?: { name: string; in: string; description?: string }[];
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}
type Schema = AnySchema & { example?: unknown; examples?: unknown[] };

let warehouse: FixtureWarehouse;
let app: FastifyInstance;

beforeAll(async () => {
  warehouse = await startFixtureWarehouse();
  app = await buildApp({ client: warehouse.client, logger });
});

afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const runningQueries = async (): Promise<number> =>
  Number((await warehouse.ask(`select toString(count()) as n from system.processes where user = 'reader'`))[0]?.n);

describe('before anything was published', () => {
  it('answers reports and readiness with 503 and says when to come back', async () => {
    for (const path of [TRENDS, '/v1/reports/customer-ltv', '/health/ready']) {
      const response = await app.inject(path);
      expect(response.statusCode, path).toBe(503);
      expect(response.headers['retry-after']).toBe('5');
      expect(response.json()).toMatchObject({ code: 'API_NOTHING_PUBLISHED', status: 503, instance: path });
    }
  });

  it('says the same when there are no tables yet', async () => {
    await warehouse.run('rename table millrace.watermarks to millrace.elsewhere');
    try {
      expect((await app.inject(TRENDS)).json()).toMatchObject({ code: 'API_NOTHING_PUBLISHED' });
      expect((await app.inject('/v1/lag')).statusCode).toBe(200);
    } finally {
      await warehouse.run('rename table millrace.elsewhere to millrace.watermarks');
    }
  });

  it('is live, and shows what was captured', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
    await warehouse.run(`
      insert into millrace.positions values
      ('user', '0/0', 0, 0, '0/5', 0, 'snapshot', false, now64(6)), ('order', '0/9', now64(6), now64(6) - 2, '0/9', 7, 'streaming', true, now64(6))`);
    const { data, meta } = (await app.inject('/v1/lag')).json();
    expect(meta).toMatchObject({ watermark: null, rows: 2 });
    expect(data[0]).toMatchObject({
      source: 'order',
      state: 'streaming',
      captured_lsn: '0/9',
      captured_rows: 7,
      is_whole: true,
    });
    expect(data[0].published_lsn).toBeNull();
    expect(data[0].lag_seconds.capture).toBeGreaterThanOrEqual(2);
    expect(data[0].lag_seconds.total).toBeNull();
    expect(data[1].lag_seconds).toEqual({ capture: null, publish: null, total: null });
    expect(data[1].is_whole).toBe(false);
  });
});

describe('with facts', () => {
  beforeAll(async () => {
    await warehouse.run(...randomFacts(7, 500));
    await warehouse.publish(1);
  });

  it('states as-of, watermark, lag and the parameters as understood', async () => {
    const { data, meta } = (await app.inject(`${TRENDS}?from=1997-01-01&to=1997-06-30&region=EU`)).json();
    expect(data).toHaveLength(6);
    expect(meta).toMatchObject({
      report: 'sales-trends',
      as_of: { order: { lsn: '0/1A2B3C8', committed_at: '2026-11-21T09:59:59.871204Z' } },
      watermark: 1,
      rows: 6,
      grain: 'month',
      range: { from: '1997-01-01', to: '1997-06-30', bounds: 'both days included', time_zone: 'UTC' },
      parameters: { from: '1997-01-01', to: '1997-06-30', grain: 'month', by: null, region: ['EU'], product_id: [] },
    });
    expect(meta.lag_seconds).toBeGreaterThanOrEqual(0);
    expect(Date.parse(meta.published_at)).toBeGreaterThan(0);
  });

  it('answers 304 to the same question until something new is published', async () => {
    const first = await app.inject(`${TRENDS}?grain=year`);
    const etag = String(first.headers.etag);
    const headers = { 'if-none-match': etag };
    const again = await app.inject({ url: `${TRENDS}?grain=year`, headers });
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect((await app.inject({ url: `${TRENDS}?grain=month`, headers })).statusCode).toBe(200);
    await warehouse.publish(2);
    expect((await app.inject({ url: `${TRENDS}?grain=year`, headers })).statusCode).toBe(200);
  });

  it('shows lag per source and hop', async () => {
    const { data, meta } = (await app.inject('/v1/lag')).json();
    expect(meta.watermark).toBe(2);
    expect(data[0]).toMatchObject({ source: 'order', published_lsn: '0/1A2B3C8' });
    expect(data[0].lag_seconds.total).toBeGreaterThanOrEqual(0);
  });

  it('shows the lag of the moment in its metrics, without anybody having asked for a report', async () => {
    const text = (await app.inject('/metrics')).body;
    expect(text).toMatch(/^millrace_api_warehouse_up\{part="api"\} 1$/m);
    expect(text).toMatch(/^millrace_api_published_lag_seconds\{part="api"\} \d/m);
    expect(text).toMatch(/^millrace_api_source_lag_seconds\{source="order",hop="total",part="api"\} \d/m);
    expect(text).toMatch(/^millrace_api_rejected_rows\{source="order",part="api"\} \d+$/m);
  });

  it('treats every value as a value', async () => {
    for (const text of [
      `' or 1=1 --`,
      `EU'); drop table x; --`,
      '\\',
      '\\N',
      'tab\there',
      'new\nline',
      '"',
      'é😀',
      '{x:String}',
      '\u0000',
    ]) {
      for (const name of ['region', 'category', 'channel']) {
        const response = await app.inject(`${TRENDS}?grain=year&${name}=${encodeURIComponent(text)}`);
        expect(response.statusCode, `${name} ${text}`).toBe(200);
        const { data, meta } = response.json();
        expect(data.every((row: { units: number }) => row.units === 0)).toBe(true);
        expect(meta.parameters[name]).toEqual([text]);
      }
    }
  });

  it('refuses every wrong parameter of every route, all at once, with what is allowed', async () => {
    const wrong = {
      [`${TRENDS}?from=x&to=1997-02-30&grain=&by=customer&measures=a&product_id=1.5&category=&nope=1`]: [
        'from',
        'to',
        'grain',
        'by',
        'measures',
        'product_id',
        'category',
        'nope',
      ],
      [`${TRENDS}?from=1997-02-01&to=1997-01-01`]: ['to'],
      [`${TRENDS}?grain=day&grain=month&from=1997-01-01&from=1997-01-02`]: ['from', 'grain'],
      [`${TRENDS}?__proto__=1&constructor=2`]: ['__proto__', 'constructor'],
      '/v1/reports/customer-ltv?customer_id=abc&by=age&order_by=x&direction=up&limit=0&top=10001': [
        'customer_id',
        'by',
        'order_by',
        'direction',
        'limit',
        'top',
      ],
      '/v1/lag?x=1': ['x'],
      '/health/live?x=1': ['x'],
      '/health/ready?x=1': ['x'],
      '/metrics?x=1': ['x'],
      '/openapi.json?x=1': ['x'],
      '/?x=1': ['x'],
    };
    for (const [path, parameters] of Object.entries(wrong)) {
      const response = await app.inject(path);
      const body = response.json();
      expect(response.statusCode, path).toBe(400);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(body).toMatchObject({ code: 'API_PARAMETERS_INVALID', status: 400 });
      expect(body.errors.map((error: { parameter: string }) => error.parameter).sort(), path).toEqual(
        parameters.toSorted(),
      );
      for (const error of body.errors) expect(error.allowed, path).toBeDefined();
    }
  });

  it('answers unknown addresses and other methods with problems', async () => {
    expect((await app.inject('/v1/reports/none')).json()).toMatchObject({ code: 'API_ROUTE_UNKNOWN', status: 404 });
    const post = await app.inject({ method: 'POST', url: TRENDS, payload: { a: 1 } });
    expect(post.statusCode).toBe(405);
    expect(post.headers.allow).toBe('GET, HEAD');
    expect(post.json()).toMatchObject({ code: 'API_METHOD_NOT_ALLOWED' });
    expect((await app.inject('/%ff')).json()).toMatchObject({ code: 'API_REQUEST_MALFORMED' });
    expect((await app.inject({ method: 'HEAD', url: `${TRENDS}?grain=year` })).statusCode).toBe(200);
  });

  it('counts what it does', async () => {
    await app.inject(`${TRENDS}?grain=quarter`);
    await app.inject(`${TRENDS}?grain=quarter`);
    const text = (await app.inject('/metrics')).body;
    expect(text).toMatch(
      /millrace_api_request_seconds_count\{route="\/v1\/reports\/sales-trends",method="GET",status="200",part="api"\} \d+/,
    );
    expect(text).toMatch(/millrace_api_query_seconds_count\{query="sales_trends_cube",part="api"\} \d+/);
    expect(text).toMatch(/millrace_api_cache_hits_total\{route="\/v1\/reports\/sales-trends",part="api"\} [1-9]/);
    expect(text).toMatch(/millrace_api_errors_total\{code="API_PARAMETERS_INVALID",part="api"\} \d+/);
  });

  it('shows no lag rather than an old one in its metrics while the warehouse does not answer', async () => {
    const client = createClient({ url: 'http://127.0.0.1:1' });
    const alone = await buildApp({ client, logger });
    const text = (await alone.inject('/metrics')).body;
    expect(text).toMatch(/^millrace_api_warehouse_up\{part="api"\} 0$/m);
    expect(text).not.toMatch(/^millrace_api_published_lag_seconds\{/m);
    expect(text).not.toMatch(/^millrace_api_source_lag_seconds\{/m);
    await alone.close();
    await client.close();
  });
});

describe('the OpenAPI document', () => {
  let document: Document;
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addFormat('int64', true);

  beforeAll(async () => {
    document = (await app.inject('/openapi.json')).json();
    ajv.addSchema({ $id: 'openapi', components: document.components });
  });

  const compile = (schema: object) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components')));
  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );

  it('has every route, with schemas of every answer, examples that fit, and described parameters', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(
      [
        TRENDS,
        '/v1/reports/customer-ltv',
        '/v1/reports/cohorts',
        '/v1/reports/inventory',
        '/v1/reports/sagas',
        '/v1/reports/notifications',
        '/v1/reports/payments',
        '/v1/reports/customer-forecast',
        '/v1/reports/rfm',
        '/v1/cubes',
        '/v1/cubes/{cube}',
        '/v1/cubes/{cube}/query',
        '/v1/cubes/{cube}/explain',
        '/v1/views',
        '/v1/views/{view}',
        '/v1/lag',
        '/v1/exports',
        '/v1/exports/{id}',
        '/v1/exports/{id}/file',
        '/health/live',
        '/health/ready',
        '/metrics',
        '/openapi.json',
        '/',
      ].sort(),
    );
    for (const { path, operation } of operations()) {
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${path} ${status}`).not.toBe('');
        if (status === '204' || status === '304') continue; // no body
        const contents = Object.entries(response.content ?? {});
        expect(contents.length, `${path} ${status}`).toBeGreaterThan(0);
        for (const [type, { schema }] of contents) {
          const check = compile(schema);
          if (status === '200' && path.startsWith('/v1/') && type === 'application/json') {
            expect(schema.examples?.length, path).toBeGreaterThan(0);
          }
          for (const example of schema.examples ?? [])
            expect(check(example) || check.errors, `${path} ${type}`).toBe(true);
        }
      }
      const statuses = Object.keys(operation.responses);
      expect(statuses, path).toEqual(expect.arrayContaining([expect.stringMatching(/^2/), '400', '500']));
      for (const parameter of operation.parameters ?? []) expect(parameter.description, parameter.name).toBeTruthy();
    }
  });

  it('holds for what is answered', async () => {
    const answers = [
      `${TRENDS}?grain=year`,
      `${TRENDS}?grain=quarter&by=product&from=1997-02-03`,
      `${TRENDS}?by=category`,
      '/v1/reports/customer-ltv',
      '/v1/reports/customer-ltv?by=segment',
      '/v1/reports/customer-ltv?by=acquisition_month&order_by=margin',
      '/v1/reports/customer-ltv?customer_id=60',
      '/v1/lag',
      '/health/live',
      '/health/ready',
      '/openapi.json',
      `${TRENDS}?grain=x`,
      '/v1/reports/customer-ltv?customer_id=999',
    ];
    for (const url of answers) {
      const response = await app.inject(url);
      const path = url.split('?')[0] ?? '';
      const content = document.paths[path]?.get?.responses[response.statusCode]?.content ?? {};
      const schema = content[String(response.headers['content-type']).split(';')[0] ?? '']?.schema;
      expect(schema, `${url} ${response.statusCode}`).toBeDefined();
      const check = compile(schema as object);
      expect(check(response.json()) || check.errors, url).toBe(true);
    }
  });

  it('is shown at /docs without anything from elsewhere', async () => {
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    for (const [, address] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await app.inject(String(address))).statusCode, address).toBe(200);
    }
  });
});

describe('when the warehouse is slow, away or refuses', () => {
  /** Never ends by itself. */
  const ENDLESS = `
    create or replace view store.monthly_sales_cube_parts_at as
    select toDate32('1997-01-01') as month, toInt64(number % 10) as product_id, 'web' as channel, 'EU' as region, 'DE' as country,
      toInt64(1) as units, toDecimal128(cityHash64(number) % 100, 2) as gross_revenue, gross_revenue as discounts, gross_revenue as refunds,
      gross_revenue as net_revenue, gross_revenue as tax, gross_revenue as cost, gross_revenue as margin, toUInt64(1) as orders, toInt64(1) as order_lines,
      'USD' as currency, toInt64(0) as unconverted_lines,
      ${['gross_revenue', 'discounts', 'refunds', 'net_revenue', 'tax', 'cost', 'margin'].map((name) => `${name} as reporting_${name}`).join(', ')}
    from numbers(1000000000000)
    where {watermark:UInt64} > 0`;
  let api: ApiServer;
  let port: number;

  beforeAll(async () => {
    await warehouse.run(
      'rename table store.monthly_sales_cube_parts_at to fixture.monthly_sales_cube_parts_at',
      ENDLESS,
    );
    const { url } = warehouse;
    api = await startApi({
      config: {
        api: { host: '127.0.0.1', port: 0 },
        warehouse: {
          url: url.replace('//', `//reader:${warehouse.readerPassword}@`),
          port: 0,
          nativePort: 0,
          maxMemoryBytes: 0,
          stateFolder: '',
        },
      },
      logger,
      settings: { requestTimeoutMs: 100_000 },
    });
    port = Number(new URL(api.url).port);
  });

  afterAll(async () => {
    await api?.close();
    await warehouse.run(
      'drop view store.monthly_sales_cube_parts_at',
      'rename table fixture.monthly_sales_cube_parts_at to store.monthly_sales_cube_parts_at',
    );
  });

  it('cancels the query when its client goes away', async () => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.write(`GET ${TRENDS}?from=1997-01-01&to=1997-12-31 HTTP/1.1\r\nhost: x\r\n\r\n`);
    await until(async () => (await runningQueries()) > 0);
    socket.destroy();
    await until(async () => (await runningQueries()) === 0);
  }, 20_000);

  it('says so when the time is over, and cancels the query', async () => {
    const hasty = await buildApp({ client: warehouse.client, logger, settings: { requestTimeoutMs: 400 } });
    const response = await hasty.inject(`${TRENDS}?from=1997-01-01&to=1997-12-31`);
    expect(response.statusCode).toBe(504);
    expect(response.json()).toMatchObject({ code: 'API_QUERY_TIMEOUT' });
    expect(response.json().remedy).toContain('shorter range');
    await until(async () => (await runningQueries()) === 0);
    await hasty.close();
  });

  it('answers what is not HTTP with a problem', async () => {
    const text = await new Promise<string>((resolve) => {
      const socket = connectSocket(port, '127.0.0.1');
      let received = '';
      socket.on('data', (data) => {
        received += data.toString();
      });
      socket.on('close', () => resolve(received));
      socket.write('NOT HTTP\r\n\r\n');
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain(API_ERRORS.requestMalformed.code);
  });

  it('answers 503 with Retry-After when nobody listens or the login is wrong', async () => {
    const cases = [
      { url: 'http://127.0.0.1:1', code: 'API_WAREHOUSE_UNREACHABLE', password: '' },
      { url: warehouse.url, code: 'API_WAREHOUSE_REFUSED', password: 'wrong' },
    ];
    for (const { url, code, password } of cases) {
      const client = createClient({ url, username: 'reader', password, log: { level: 127 } });
      const away = await buildApp({ client, logger });
      for (const path of [TRENDS, '/v1/lag', '/health/ready']) {
        const response = await away.inject(path);
        expect(response.statusCode, path).toBe(503);
        expect(response.headers['retry-after']).toMatch(/^\d+$/);
        expect(response.json()).toMatchObject({ code });
        expect(response.body).not.toContain('127.0.0.1');
      }
      expect((await away.inject('/')).statusCode).toBe(200);
      expect((await away.inject('/health/live')).statusCode).toBe(200);
      await away.close();
      await client.close();
    }
  });
});

it('says while many answers have to be found, and not while one is asked for again and again', async () => {
  const onManyAsked = vi.fn();
  const asking = await buildApp({ client: warehouse.client, logger, published: new EventTarget(), onManyAsked });
  const ask = (limit: number) => asking.inject(`/v1/reports/customer-ltv?limit=${limit}`);
  await ask(1);
  await Promise.all(Array.from({ length: 200 }, () => ask(1)));
  expect(onManyAsked).not.toHaveBeenCalled();
  let asked = 1;
  const askOthers = async () => {
    await Promise.all(Array.from({ length: 40 }, () => ask(++asked)));
    return onManyAsked.mock.calls.length;
  };
  await expect.poll(askOthers, { timeout: 20_000 }).toBeGreaterThan(0);
  await asking.close();
});

it('answers with the watermark that it is told, and reads it when nobody tells', async () => {
  const published = new EventTarget();
  const told = await buildApp({ client: warehouse.client, logger, published });
  const watermark = async () => (await told.inject(`${TRENDS}?grain=year`)).json().meta.watermark;
  for (let next = 10; next < 20; next++) {
    await warehouse.publish(next);
    const state = (await readPublished(warehouse.client)) as Published;
    published.dispatchEvent(new CustomEvent('published', { detail: { ...state, caughtUpAtMs: Date.now() - 5_000 } }));
    // As soon as the cells in memory are brought up to it.
    await expect.poll(watermark, { interval: 5, timeout: 1_000 }).toBe(next);
    const { meta } = (await told.inject(`${TRENDS}?grain=year`)).json();
    expect(meta).toMatchObject({ watermark: next, published_at: state.publishedAt });
    expect(meta.lag_seconds).toBeGreaterThanOrEqual(5);
  }
  await warehouse.publish(20);
  await expect.poll(watermark, { timeout: 5_000 }).toBe(20);
  await told.close();
});
