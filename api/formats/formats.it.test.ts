import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putSale } from '../../warehouse/testing/put-sale.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { exactParse } from '../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';
import type { Format } from './format.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const COHORTS = '/v1/reports/cohorts';
const TRENDS = '/v1/reports/sales-trends?grain=month&by=product';
const QUESTION = {
  measures: ['reporting_net_revenue', 'units', 'return_rate'],
  dimensions: [{ name: 'month', grain: 'quarter' }, 'product_id.category', 'channel', 'currency'],
};

let shop: ModelledShop;
beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  // Six quarters with sales at least, whatever else happens.
  for (let n = 0; n < 6; n++)
    putSale(shop.shop, { id: 900 + n, at: `20${24 + (n >> 2)}-${['02', '05', '08', '11'][n % 4]}-03 10:00:00+00` });
  await shop.publish(700);
  await shop.publish(100);
});
afterAll(() => shop?.close());

type Row = Record<string, string | null>;
type Answer = { data: Row[]; meta: Record<string, unknown> };

const asked = (format: Format): InjectOptions => ({
  method: 'POST',
  url: `/v1/cubes/monthly_sales_cube/query?format=${format}`,
  payload: QUESTION,
});

/** A file as the warehouse reads it: names, types and texts. */
async function readBack(format: 'Parquet' | 'ArrowStream' | 'CSVWithNames', file: Buffer, expectedRows = 1) {
  const { client } = shop.warehouse;
  const input = `format('${format}', unhex('${file.toString('hex')}'))`;
  const settings = { max_query_size: String(100 * 1024 ** 2) };
  // The warehouse cannot read a file without rows that is given as a value.
  if (expectedRows === 0) return { types: {}, rows: [] };
  const described = await client.query({
    query: `describe ${input}`,
    format: 'JSONEachRow',
    clickhouse_settings: settings,
  });
  const columns = await described.json<{ name: string; type: string }>();
  const types = Object.fromEntries(columns.map((column) => [column.name, column.type]));
  const result = await client.query({
    query: `select * apply(x -> toString(x)) from ${input}`,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { ...settings, output_format_decimal_trailing_zeros: 1 },
  });
  const rows = await result.json<(string | null)[]>();
  return {
    types,
    rows: rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i] ?? null]))),
  };
}

/** Numbers and moments in one notation. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || !/^-?\d+\.\d+$/.test(String(value)) ? value : String(value).replace(/\.?0+$/, ''),
    ]),
  );

function flat(row: Record<string, unknown>, before = ''): Row {
  return Object.assign(
    {},
    ...Object.entries(row).map(([name, value]) =>
      typeof value === 'object' && value !== null
        ? flat(value as Record<string, unknown>, `${before}${name}.`)
        : { [before + name]: value === null ? null : String(value) },
    ),
  );
}

describe('a report', () => {
  test.each(['Parquet', 'ArrowStream'] as const)(
    `has the same numbers in %s, with types (seed ${SEED})`,
    async (as) => {
      const format = as === 'Parquet' ? 'parquet' : 'arrow';
      for (const url of [`${COHORTS}?max_age=3`, TRENDS, `${COHORTS}?from=2199-01-01`]) {
        const { data, meta } = exactParse<Answer>((await shop.app.inject(url)).body);
        const join = url.includes('?') ? '&' : '?';
        const file = await shop.app.inject(`${url}${join}format=${format}`);
        expect(file.statusCode, file.body.slice(0, 500)).toBe(200);
        expect(file.headers['x-millrace-watermark']).toBe(meta.watermark);
        expect(file.headers['x-millrace-rows']).toBe(String(data.length));
        const { rows, types } = await readBack(as, file.rawPayload, data.length);
        expect(rows.map(plain), `seed ${SEED}: ${url}`).toEqual(data.map((row) => plain(flat(row))));
        if (data.length === 0)
          expect(file.rawPayload.length).toBeGreaterThan(500); // columns without rows
        else if (url === TRENDS) {
          expect(types['previous.net_revenue']).toBe('Nullable(Decimal(38, 2))');
          expect(types.orders).toBe('Nullable(Int64)');
        } else {
          expect(types.retention).toBe('Nullable(Decimal(38, 4))');
          expect(types.month).toMatch(/Date32/);
        }
      }
    },
  );

  test('has the same rows in NDJSON and CSV', async () => {
    const { data } = exactParse<Answer>((await shop.app.inject(TRENDS)).body);
    const lines = (await shop.app.inject(`${TRENDS}&format=ndjson`)).body;
    expect(lines.endsWith('}\n')).toBe(true);
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => exactParse(line)),
    ).toEqual(data);
    const csv = await shop.app.inject({ url: TRENDS, headers: { accept: 'text/csv' } });
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="sales-trends-\d+\.csv"$/);
    expect(csv.body.split('\r\n', 1)[0]).toMatch(/^period,product_id,.*previous\.net_revenue/);
    const { rows } = await readBack('CSVWithNames', csv.rawPayload);
    expect(rows.map(plain)).toEqual(data.map((row) => plain(flat(row))));
  });

  test('has a tag of its own in each format', async () => {
    const tags = new Set<string>();
    for (const format of ['json', 'csv', 'ndjson', 'arrow', 'parquet']) {
      const url = `${COHORTS}?format=${format}`;
      const { headers } = await shop.app.inject(url);
      tags.add(String(headers.etag));
      const again = await shop.app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', headers.etag]);
      expect(headers.vary).toBe('accept, accept-encoding');
    }
    expect(tags.size).toBe(5);
  });
});

describe('a question about a cube', () => {
  test(`has the same numbers in every format (seed ${SEED})`, async () => {
    const json = await shop.app.inject(asked('json'));
    const { data } = exactParse<Answer>(json.body);
    expect(data.length).toBeGreaterThan(5);
    const expected = data.map(plain);
    const ndjson = await shop.app.inject(asked('ndjson'));
    expect(
      ndjson.body
        .trimEnd()
        .split('\n')
        .map((line) => plain(exactParse<Row>(line))),
    ).toEqual(expected);
    const csv = await shop.app.inject(asked('csv'));
    expect(csv.body.split('\r\n', 1)[0]).toBe(
      'month,product_id.category,channel,currency,reporting_net_revenue,units,return_rate',
    );
    expect((await readBack('CSVWithNames', csv.rawPayload)).rows.map(plain)).toEqual(expected);
    for (const [format, as] of [
      ['arrow', 'ArrowStream'],
      ['parquet', 'Parquet'],
    ] as const) {
      const file = await shop.app.inject(asked(format));
      const { rows, types } = await readBack(as, file.rawPayload);
      expect(rows.map(plain)).toEqual(expected);
      expect(types.month).toMatch(/Date32/);
      expect(types.reporting_net_revenue).toMatch(/Decimal/);
      expect(types.return_rate).toMatch(/Decimal\(38, 4\)/);
    }
  });

  test('is not there in a format that nobody has, and is refused where it is wrong', async () => {
    const wanted = await shop.app.inject({
      ...asked('json'),
      url: '/v1/cubes/monthly_sales_cube/query',
      headers: { accept: 'image/png' },
    });
    expect(wanted.json()).toMatchObject({
      status: 406,
      code: 'API_NOT_ACCEPTABLE',
      errors: [{ allowed: expect.arrayContaining(['text/csv']) }],
    });
    const named = await shop.app.inject({ ...asked('json'), url: '/v1/cubes/monthly_sales_cube/query?format=xlsx' });
    expect(named.json()).toMatchObject({
      status: 400,
      errors: [{ parameter: 'format', allowed: ['json', 'csv', 'ndjson', 'arrow', 'parquet'] }],
    });
    const wrong = await shop.app.inject({ ...asked('csv'), payload: { measures: ['net'] } });
    expect(wrong.json()).toMatchObject({ status: 400, code: 'API_PARAMETERS_INVALID' });
  });
});

test('what is large is compressed as its reader can read it, what is small or compressed is not', async () => {
  const plainly = await shop.app.inject(`${COHORTS}?format=csv`);
  expect(plainly.headers['content-encoding']).toBeUndefined();
  for (const [encoding, read] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ] as const) {
    const answer = await shop.app.inject({ url: `${COHORTS}?format=csv`, headers: { 'accept-encoding': encoding } });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers.vary).toContain('accept-encoding');
    expect(answer.headers.etag).toBe(plainly.headers.etag);
    expect(read(answer.rawPayload).toString()).toBe(plainly.body);
    const streamed = await shop.app.inject({ ...asked('csv'), headers: { 'accept-encoding': encoding } });
    expect(read(streamed.rawPayload).toString()).toBe((await shop.app.inject(asked('csv'))).body);
  }
  const headers = { 'accept-encoding': 'gzip' };
  expect((await shop.app.inject({ url: '/health/live', headers })).headers['content-encoding']).toBeUndefined();
  expect((await shop.app.inject({ ...asked('parquet'), headers })).headers['content-encoding']).toBeUndefined();
});

test('HEAD is GET without its body', async () => {
  for (const url of [COHORTS, `${COHORTS}?format=csv`, '/v1/cubes', '/openapi.json']) {
    const get = await shop.app.inject(url);
    const head = await shop.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    for (const name of ['etag', 'content-type', 'content-disposition'])
      expect(head.headers[name]).toBe(get.headers[name]);
    // The age of the state has as many digits as it has at that moment.
    const length = (answer: typeof get) => Number(answer.headers['content-length'] ?? 0);
    expect(Math.abs(length(head) - length(get))).toBeLessThan(10);
  }
});

test('other methods are refused with those that there are, at addresses with names in them too', async () => {
  for (const [method, url, allow] of [
    ['POST', COHORTS, 'GET, HEAD'],
    ['GET', '/v1/cubes/monthly_sales_cube/query', 'POST'],
    ['DELETE', '/v1/cubes/x/explain', 'POST'],
    ['POST', '/v1/cubes/x', 'GET, HEAD'],
    ['PUT', '/v1/cubes', 'GET, HEAD'],
    ['QUERY', '/v1/cubes', 'GET, HEAD'],
  ] as const) {
    const answer = await shop.app.inject({ method: method as 'GET', url });
    expect([answer.statusCode, answer.headers.allow], `${method} ${url}`).toEqual([405, allow]);
    expect(answer.json()).toMatchObject({ code: 'API_METHOD_NOT_ALLOWED' });
  }
});

test('a body that is no JSON, or too much of it', async () => {
  const url = '/v1/cubes/monthly_sales_cube/query';
  const text = await shop.app.inject({
    method: 'POST',
    url,
    payload: 'measures',
    headers: { 'content-type': 'text/plain' },
  });
  expect(text.json()).toMatchObject({ status: 415, code: 'API_MEDIA_TYPE_UNSUPPORTED' });
  const large = await shop.app.inject({ method: 'POST', url, payload: { measures: ['x'.repeat(2 ** 20)] } });
  expect(large.json()).toMatchObject({ status: 413, code: 'API_BODY_TOO_LARGE' });
});

test('every answer is as the document says', () => {
  const { wrong, answers } = shop.answers.take();
  expect(answers).toBeGreaterThan(50);
  expect([...new Set(wrong)]).toEqual([]);
});
