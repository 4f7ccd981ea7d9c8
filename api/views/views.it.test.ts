import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../warehouse/testing/random.ts';
import { exactParse } from '../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const random = createRandom(SEED);

interface View {
  readonly name: string;
  readonly key: readonly string[];
  readonly filters: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}
type Row = Record<string, unknown>;
interface Page {
  readonly data: readonly Row[];
  readonly meta: { readonly watermark: unknown; readonly rows: unknown; readonly next_cursor: string | null };
}

let shop: ModelledShop;
let views: readonly View[];

beforeAll(async () => {
  shop = await openModelledShop(random);
  await shop.publish(200);
});
afterAll(() => shop?.close());

async function page(view: string, parameters: Record<string, string> = {}): Promise<Page> {
  const response = await shop.app.inject(`/v1/views/${view}?${new URLSearchParams(parameters)}`);
  expect(response.statusCode, response.body).toBe(200);
  return exactParse(response.body) as Page;
}

async function pages(view: string, parameters: Record<string, string>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { data, meta } = await page(view, { ...parameters, ...(cursor !== '' && { cursor }) });
    rows.push(...data);
    expect(String(meta.rows)).toBe(String(data.length));
    cursor = meta.next_cursor;
  }
  return rows;
}

/** The rows of the view itself, printed by the server. */
async function plainRows(view: View): Promise<Row[]> {
  const columns = view.columns.map(({ name, type }) => {
    if (type === 'moment') {
      return `formatDateTime(\`${name}\`, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') as \`${name}_\``;
    }
    return type === 'decimal' ? `toString(\`${name}\`) as \`${name}_\`` : `\`${name}\` as \`${name}_\``;
  });
  const result = await shop.warehouse.client.query({
    query: `select ${columns.join(', ')} from read_models.\`${view.name}\` order by ${view.key.map((key) => `\`${key}\``).join(', ')}`,
    format: 'JSONEachRow',
  });
  return ((await result.json()) as Row[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name.slice(0, -1), value])),
  );
}

/** All as text, since digits count; zeros behind them do not: the server prints some decimals without. */
function comparable(row: Row): Row {
  const text = JSON.stringify(row, (_name, value: unknown) => (typeof value === 'number' ? String(value) : value));
  return JSON.parse(
    text.replaceAll(/"(-?\d+)\.(\d*?)0*"/g, (_all, whole, places) => `"${whole}${places && `.${places}`}"`),
  ) as Row;
}

test('lists every read model with what it can be asked by', async () => {
  const { data } = (await shop.app.inject('/v1/views')).json<{ data: View[] }>();
  views = data;
  expect(views.map(({ name }) => name).sort()).toEqual([
    'category_tree',
    'channel_performance',
    'delivery_status',
    'order_details',
    'order_history',
    'payment_info',
    'product_list',
    'stock_levels',
    'template_usage',
    'user_activity',
    'user_profile',
    'user_summary',
  ]);
  for (const { key, filters, columns } of views) {
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...key, ...filters]));
  }
});

test(`the pages of each view are its rows, once each and in order (MILLRACE_SEED=${SEED})`, async () => {
  for (const view of views) {
    const plain = await plainRows(view);
    const paged = await pages(view.name, { limit: String(1 + Math.floor(plain.length / 3)) });
    expect(paged.map(comparable), view.name).toEqual(plain.map(comparable));
    const keys = paged.map((row) => JSON.stringify(view.key.map((name) => String(row[name]))));
    expect(new Set(keys).size, `${view.name}: its key`).toBe(keys.length);
  }
});

test('filters give the rows that have one of the values', async () => {
  for (const view of views) {
    const rows = await pages(view.name, {});
    const row = rows[random.below(Math.max(1, rows.length))];
    if (row === undefined) continue;
    for (const name of view.filters) {
      const value = row[name];
      if (value === null || typeof value === 'object') continue;
      const found = await pages(view.name, { [name]: String(value), limit: '7' });
      const expected = rows.filter((each) => String(each[name]) === String(value));
      expect(found.map(comparable), `${view.name}.${name}=${value}`).toEqual(expected.map(comparable));
    }
  }
});

test('the pages behind a cursor stay on its state, and each is kept by its tag', async () => {
  const before = await pages('order_history', {});
  const first = await page('order_history', { limit: '3' });
  await shop.publish(60);
  const rest = await pages('order_history', { limit: '50', cursor: String(first.meta.next_cursor) });
  expect([...first.data, ...rest].map(comparable)).toEqual(before.map(comparable));
  const asOf = await pages('order_history', { as_of: String(first.meta.watermark) });
  expect(asOf.map(comparable)).toEqual(before.map(comparable));
  const again = await shop.app.inject('/v1/views/order_history');
  const { etag } = again.headers;
  const same = await shop.app.inject({ url: '/v1/views/order_history', headers: { 'if-none-match': String(etag) } });
  expect(same.statusCode).toBe(304);
});

async function exported(request: unknown, format: string): Promise<{ told: Row; file: Buffer }> {
  const accepted = await shop.app.inject({
    method: 'POST',
    url: '/v1/exports',
    payload: { request, format } as object,
  });
  expect(accepted.statusCode, accepted.body).toBe(202);
  const address = String(accepted.headers.location);
  const look = async () => (await shop.app.inject(address)).json().data as Row;
  await expect.poll(async () => (await look()).status, { timeout: 10_000 }).not.toMatch(/queued|running/);
  const told = await look();
  expect(told.problem).toBeNull();
  const file = await shop.app.inject(String(told.file));
  await shop.app.inject({ method: 'DELETE', url: address });
  return { told, file: file.rawPayload };
}

test('a view is exported as a whole: the rows of all of its pages', async () => {
  for (const view of views) {
    const rows = await pages(view.name, { limit: '10000' });
    const { told, file } = await exported(`/v1/views/${view.name}`, 'ndjson');
    const lines = file.toString().split('\n').slice(0, -1);
    expect(
      lines.map((line) => comparable(exactParse(line) as Row)),
      view.name,
    ).toEqual(rows.map(comparable));
    expect(told.rows).toBe(rows.length);
  }
  const user = String((await page('order_history', { limit: '1' })).data[0]?.user_id);
  const filtered = await exported({ path: '/v1/views/order_history', query: { user_id: user } }, 'csv');
  expect(filtered.told.rows).toBe((await pages('order_history', { user_id: user })).length);
  const payload = { request: '/v1/views/order_history?limit=5', format: 'csv' };
  const paged = await shop.app.inject({ method: 'POST', url: '/v1/exports', payload });
  expect(paged.json()).toMatchObject({ code: 'API_PARAMETERS_INVALID', errors: [{ parameter: 'limit' }] });
});

const FILES = { csv: 'CSVWithNames', parquet: 'Parquet', arrow: 'ArrowStream' } as const;

/** Rows of a file as the warehouse reads them, all as text. */
async function readFile(format: keyof typeof FILES, file: Buffer): Promise<Row[]> {
  const result = await shop.warehouse.client.query({
    query: `select * apply(x -> toString(x)) from format('${FILES[format]}', unhex('${file.toString('hex')}'))`,
    format: 'JSONEachRow',
    clickhouse_settings: { max_query_size: String(100 * 1024 ** 2) },
  });
  return (await result.json<Row>()).map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key.replace(/^toString\((.*)\)$/, '$1'), value])),
  );
}

/** A page as a file, and the address of the page behind it; null: it is the last. */
async function filePage(url: string, accept?: string): Promise<{ file: Buffer; rows: number; next: string | null }> {
  const answer = await shop.app.inject({ url, headers: accept === undefined ? {} : { accept } });
  expect(answer.statusCode, answer.body).toBe(200);
  const next = /^<([^>]*)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1] ?? null;
  expect(new URLSearchParams(next ?? '').get('cursor')).toBe(answer.headers['x-millrace-next-cursor'] ?? null);
  return { file: answer.rawPayload, rows: Number(answer.headers['x-millrace-rows']), next };
}

test('pages come in every format, one behind the other by the address that each gives', async () => {
  for (const view of views) {
    const filters: Record<string, string> = view.filters.includes('channel') ? { channel: 'web' } : {};
    const path = `/v1/views/${view.name}`;
    for (const format of ['ndjson', 'csv', 'parquet', 'arrow'] as const) {
      const read = async (file: Buffer, count: number): Promise<Row[]> => {
        if (count === 0) return []; // the warehouse cannot tell the columns of an empty text
        if (format !== 'ndjson') return readFile(format, file);
        const lines = file.toString().split('\n').slice(0, -1);
        return lines.map((line) => comparable(exactParse(line) as Row));
      };
      const { told, file } = await exported({ path, query: filters }, format);
      const whole = await read(file, Number(told.rows));
      const accept = format === 'csv' ? 'text/csv' : undefined;
      const asked = { ...filters, limit: String(1 + Math.floor(whole.length / 3)), ...(accept ? {} : { format }) };
      const rows: Row[] = [];
      for (let next: string | null = `?${new URLSearchParams(asked)}`; next !== null; ) {
        const page = await filePage(`${path}${next}`, accept);
        const found = await read(page.file, page.rows);
        expect(page.rows).toBe(found.length);
        rows.push(...found);
        next = page.next;
      }
      expect(rows, `seed ${SEED}: ${view.name} as ${format}`).toEqual(whole);
    }
  }
});

test('an address for the page behind keeps the question and leaves its own state out', async () => {
  const answer = await shop.app.inject(
    '/v1/views/order_history?limit=2&channel=web&channel=store&max_wait=3&format=csv',
  );
  const next = new URLSearchParams(/^<\?([^>]*)>/.exec(String(answer.headers.link))?.[1]);
  expect([...next.keys()].sort()).toEqual(['channel', 'channel', 'cursor', 'format', 'limit']);
  const last = await shop.app.inject('/v1/views/order_history?limit=10000&format=csv');
  expect(last.headers.link).toBeUndefined();
  const tag = String(last.headers.etag);
  const url = '/v1/views/order_history?limit=10000&format=csv';
  expect((await shop.app.inject({ url, headers: { 'if-none-match': tag } })).statusCode).toBe(304);
  const json = await shop.app.inject({ url: url.replace('csv', 'json'), headers: { 'if-none-match': tag } });
  expect(json.statusCode).toBe(200);
});

test('a view has its columns in every format, whatever they are of', async () => {
  for (const name of ['order_details', 'user_activity']) {
    const view = views.find((each) => each.name === name) as View;
    const rows = await pages(name, {});
    for (const format of Object.keys(FILES) as (keyof typeof FILES)[]) {
      const { file } = await exported(`/v1/views/${name}`, format);
      const read = await readFile(format, file);
      expect(Object.keys(read[0] ?? {}), `${name} as ${format}`).toEqual(view.columns.map((column) => column.name));
      const keyOf = (row: Row) => view.key.map((key) => String(row[key]));
      expect(read.map(keyOf), `${name} as ${format}`).toEqual(rows.map(keyOf));
    }
  }
});

test('a report is exported with the numbers of its answer', async () => {
  const url = '/v1/reports/sales-trends?grain=month&by=product';
  const { told, file } = await exported(url, 'csv');
  const sent = await shop.app.inject(`${url}&format=csv&as_of=${told.watermark}`);
  expect(file.toString()).toBe(sent.body);
});

test('says what is wrong, all at once, and with a cursor of something else', async () => {
  const cursor = String((await page('order_history', { limit: '1' })).meta.next_cursor);
  const wrong = async (url: string) => (await shop.app.inject(url)).json();
  expect(await wrong('/v1/views/order_history?limit=0&user_id=x&colour=red&cursor=%00')).toMatchObject({
    code: 'API_PARAMETERS_INVALID',
    errors: [{ parameter: 'limit' }, { parameter: 'cursor' }, { parameter: 'user_id' }, { parameter: 'colour' }],
  });
  for (const url of [
    `/v1/views/order_details?cursor=${cursor}`,
    `/v1/views/order_history?user_id=1&cursor=${cursor}`,
    '/v1/views/order_history?cursor=AAAA',
  ]) {
    expect(await wrong(url)).toMatchObject({ code: 'API_PARAMETERS_INVALID', errors: [{ parameter: 'cursor' }] });
  }
  expect(await wrong(`/v1/views/order_history?as_of=1&cursor=${cursor}`)).toMatchObject({
    errors: [{ parameter: 'as_of' }],
  });
  expect(await wrong('/v1/views/order_histori')).toMatchObject({
    code: 'API_VIEW_UNKNOWN',
    detail: expect.stringContaining('did you mean order_history?'),
  });
});

test('answers are as the document says', async () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const document = (await shop.app.inject('/openapi.json')).json();
  ajv.addSchema(document, 'api');
  for (const [route, url] of [
    ['/v1/views', '/v1/views'],
    ['/v1/views/{view}', '/v1/views/user_profile?limit=2'],
  ] as const) {
    const pointer = `api#/paths/${route.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/get/responses/200/content/application~1json/schema`;
    expect(ajv.validate(pointer, (await shop.app.inject(url)).json()), ajv.errorsText()).toBe(true);
  }
});
