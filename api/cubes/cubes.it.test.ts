import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cube } from '../../warehouse/models/cubes/cube.ts';
import { cubesOf, RECORDED_CUBES } from '../../warehouse/models/cubes/recorded-cubes.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { exactParse } from '../fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../fixture/modelled-shop.ts';
import { type PlainQuestion, type PlainTables, plainAnswer, readPlainTables } from './plain-answer.ts';
import { grainsOf } from './question.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const QUESTIONS = 150;
const HELD_QUESTIONS = 90;
const random = createRandom(SEED);

let shop: ModelledShop;
let cubes: readonly Cube[];
let tables: PlainTables;

beforeAll(async () => {
  shop = await openModelledShop(random);
});
afterAll(() => shop?.close());

async function ask(cube: string, body: unknown, what = 'query') {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return shop.app.inject({
    method: 'POST',
    url: `/v1/cubes/${cube}/${what}`,
    payload,
    headers: { 'content-type': 'application/json' },
  });
}

test('before models are kept there are no cubes', async () => {
  expect((await shop.app.inject('/v1/cubes')).json()).toEqual({ data: [], meta: { rows: 0 } });
  expect((await ask('monthly_sales_cube', {})).json()).toMatchObject({ code: 'API_CUBE_UNKNOWN', status: 404 });
});

test('what YAML says of cubes is listed', async () => {
  await shop.publish(900);
  // A second batch: cubes are parts that have to be summed up, some of which take away from others.
  await shop.publish(200);
  const { client } = shop.warehouse;
  const result = await client.query({ query: RECORDED_CUBES, format: 'JSONEachRow' });
  cubes = cubesOf((await result.json<{ cubes: string }>())[0]?.cubes ?? '');
  tables = await readPlainTables(client, cubes);

  await new Promise((resolve) => setTimeout(resolve, 1_100)); // what was known a second ago is asked again
  const listed = (await shop.app.inject('/v1/cubes')).json();
  expect(listed.data.map(({ name }: Cube) => name).sort()).toEqual(
    shop.project.models
      .filter(({ layer }) => layer === 'cubes')
      .map(({ name }) => name)
      .sort(),
  );
  const sales = (await shop.app.inject('/v1/cubes/monthly_sales_cube')).json().data;
  expect(sales.time).toBe('month');
  expect(sales.dimensions).toContainEqual({
    name: 'month',
    description: 'First day of the month.',
    type: 'day',
    grains: ['month', 'quarter', 'year'],
  });
  expect(sales.dimensions.map(({ name }: { name: string }) => name)).toContain('product_id.category');
  expect(sales.measures.find(({ name }: { name: string }) => name === 'net_revenue')).toMatchObject({
    aggregate: 'sum',
    type: 'decimal',
    not_over: ['currency'],
  });
  const customers = (await shop.app.inject('/v1/cubes/customer_ltv_analysis')).json().data;
  expect(customers.dimensions.map(({ name }: { name: string }) => name)).not.toContain('customer_id.email');
});

test(`random questions are answered as sums over all cells (seed ${SEED})`, async () => {
  let rows = 0;
  for (let n = 0; n < QUESTIONS; n++) {
    const cube = random.pick(cubes);
    const question = randomQuestion(cube);
    const answer = await ask(cube.name, { ...question, limit: 50_000 });
    const text = JSON.stringify({ cube: cube.name, question });
    expect(answer.statusCode, `seed ${SEED}: ${text}: ${answer.body}`).toBe(200);
    const { data, meta } = exactParse<{ data: Record<string, string | null>[]; meta: { rows: string } }>(answer.body);
    const plain = plainAnswer(cube, question, tables);
    const sorted = (all: object[]) => all.map((row) => JSON.stringify(row)).sort();
    expect(sorted(data.map(normal)), `seed ${SEED}: ${text}`).toEqual(sorted(plain.map(normal)));
    expect(meta.rows).toBe(String(plain.length));
    rows += plain.length;
  }
  expect(rows).toBeGreaterThan(QUESTIONS);
});

/** Moments, booleans and decimals in one notation: both sides have their own. */
function normal(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : plain(String(value))]),
  );
}

function plain(value: string): string {
  return value
    .replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}\.\d+)Z$/, '$1 $2')
    .replace(/^(-?[\d :-]+\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

function some<T>(items: readonly T[], atMost: number): T[] {
  const left = [...items];
  return Array.from({ length: random.below(Math.min(atMost, left.length) + 1) }, () => {
    const [item] = left.splice(random.below(left.length), 1);
    return item as T;
  });
}

function randomQuestion(cube: Cube): PlainQuestion {
  const measures = some(cube.measures, 4);
  const dimensions: { name: string; grain?: string }[] = some(cube.dimensions, 3).map((dimension) => {
    const grains = grainsOf(dimension);
    return grains.length > 0 && random.below(3) > 0
      ? { name: dimension.name, grain: random.pick(grains) }
      : { name: dimension.name };
  });
  const filters = some(cube.dimensions, 2).flatMap((dimension) => randomFilter(cube, dimension.name, dimension.type));
  const held = new Set([
    ...dimensions.filter(({ grain }) => grain === undefined).map(({ name }) => name),
    ...filters.filter(({ operator, values }) => operator === 'equals' && values.length === 1).map(({ name }) => name),
  ]);
  for (const name of measures.flatMap(({ notOver }) => notOver)) {
    if (held.has(name)) continue;
    const grained = dimensions.findIndex((each) => each.name === name);
    if (grained >= 0) dimensions.splice(grained, 1);
    dimensions.push({ name });
    held.add(name);
  }
  for (const measure of measures) {
    if (random.below(6) > 0 || /Date/.test(measure.type)) continue;
    filters.push({
      name: measure.name,
      operator: random.pick(['greater', 'less_or_equal']),
      values: [`${random.below(50)}`],
    });
  }
  const names = measures.map(({ name }) => name);
  if (names.length + dimensions.length === 0) dimensions.push({ name: cube.dimensions[0]?.name as string });
  const question = { measures: names, dimensions, filters };
  if (cube.time === null || random.below(3) > 0) return question;
  const from = `2024-0${1 + random.below(5)}-01`;
  const to = random.pick(['2024-05-31', '2024-08-31', '2024-12-31']);
  return { ...question, time_range: { name: cube.time, from, to } };
}

function randomFilter(cube: Cube, name: string, type: string): { name: string; operator: string; values: string[] }[] {
  if (/Bool|DateTime/.test(type)) return [];
  const dimension = cube.dimensions.find((each) => each.name === name);
  const of = dimension?.attribute;
  const there = (tables.get(of?.model ?? cube.name) ?? []).flatMap((row) => row[of?.attribute ?? name] ?? []);
  if (there.length === 0) return [];
  const isText = /String/.test(type);
  const operator = random.pick([
    'equals',
    'not_equals',
    'greater',
    'less_or_equal',
    ...(isText ? ['contains', 'starts_with'] : []),
  ]);
  const count = operator.endsWith('equals') ? 1 + random.below(3) : 1;
  const values = Array.from({ length: count }, () => {
    const value = random.pick(there);
    if (operator === 'contains' || operator === 'starts_with') return value.slice(0, 1 + random.below(3));
    return isText && random.below(5) === 0 ? '(unknown)' : value;
  });
  return values.includes('') ? [] : [{ name, operator, values }];
}

test('everything wrong is named at once, with what is allowed', async () => {
  const answer = await ask('monthly_sales_cube', {
    measures: ['unitz', 'units', 'units'],
    dimensions: ['regoin', { name: 'month', grain: 'day' }],
    filters: [
      { name: 'product_id', values: ['x'] },
      { name: 'channel', operator: 'like', values: ['web'] },
      { name: 'channel', operator: 'greater', values: [] },
    ],
    time_range: { from: '2024-01-15', to: '2024-02-30' },
    order: [{ name: 'margin' }],
    limit: 0,
    offset: 3,
  });
  expect(answer.statusCode).toBe(400);
  const problem = answer.json();
  expect(problem.code).toBe('API_PARAMETERS_INVALID');
  expect(problem.errors.map(({ parameter }: { parameter: string }) => parameter).sort()).toEqual([
    'dimensions[0]',
    'dimensions[1].grain',
    'filters[0].values[0]',
    'filters[1].operator',
    'filters[2].values',
    'limit',
    'measures',
    'measures[0]',
    'offset',
    'order[0].name',
    'time_range.from',
    'time_range.to',
  ]);
  expect(problem.detail).toContain('did you mean units?');
  expect(problem.detail).toContain('did you mean region?');
  for (const body of ['[1]', '"x"', 'null', '7']) {
    expect((await ask('monthly_sales_cube', body)).json(), body).toMatchObject({ status: 400 });
  }
  expect((await ask('monthly_sales_cube', '{"measures":')).json()).toMatchObject({ code: 'API_REQUEST_MALFORMED' });
  expect((await ask('monthly_sales_cube', {})).json().errors[0].problem).toBe('nothing is asked for');
  const get = await shop.app.inject('/v1/cubes/monthly_sales_cube/query');
  expect(get.statusCode).toBe(405);
  expect(get.headers.allow).toBe('POST');
});

test('what does not add up is refused, unless it is asked for or held to one value', async () => {
  const measures = ['net_revenue', 'orders'];
  const refused = await ask('daily_sales_cube', { measures, dimensions: ['region'] });
  expect(refused.json().errors.map(({ problem }: { problem: string }) => problem)).toEqual([
    'net_revenue does not add up over currency',
    'orders does not add up over product_id',
  ]);
  const held = [{ name: 'product_id', values: [3] }];
  expect((await ask('daily_sales_cube', { measures, dimensions: ['currency'], filters: held })).statusCode).toBe(200);
  // An attribute of the product, or a period of the day, is not the same as the column.
  const attribute = await ask('daily_sales_cube', { measures: ['orders'], dimensions: ['product_id.category'] });
  expect(attribute.statusCode).toBe(400);
});

test('values are never SQL', async () => {
  const evil = "x') or 1 = 1 --";
  const answer = await ask('daily_sales_cube', {
    measures: ['units'],
    filters: [{ name: 'channel', values: [evil, '\\', "'"] }],
  });
  expect(answer.json().data).toEqual([{ units: 0 }]);
  const explained = (
    await ask('daily_sales_cube', { measures: ['units'], filters: [{ name: 'channel', values: [evil] }] }, 'explain')
  ).json();
  expect(explained.data.sql).not.toContain(evil);
  expect(explained.data.parameters.f0).toEqual([evil]);
  expect(explained.data.rows_read).toBeGreaterThan(0);
});

test('order, limit, as_of, cache', async () => {
  const body = {
    measures: ['units'],
    dimensions: ['product_id'],
    order: [{ name: 'units', direction: 'desc' }],
    limit: 2,
  };
  const answer = await ask('daily_sales_cube', body);
  const { data, meta } = answer.json();
  expect(data).toHaveLength(2);
  expect(data[0].units).toBeGreaterThanOrEqual(data[1].units);
  expect(meta).toMatchObject({ is_truncated: true, rows: 2, cube: 'daily_sales_cube' });
  await shop.publish(1);
  const url = `/v1/cubes/daily_sales_cube/query?as_of=${meta.watermark}`;
  const before = await shop.app.inject({ method: 'POST', url, payload: body });
  expect(before.json().data).toEqual(data);
  expect(before.headers.etag).toBe(answer.headers.etag);
  const never = await shop.app.inject({
    method: 'POST',
    url: '/v1/cubes/daily_sales_cube/query?as_of=99999999',
    payload: body,
  });
  expect(never.json()).toMatchObject({ code: 'API_AS_OF_UNKNOWN' });
});

test('answers are as the OpenAPI document says', async () => {
  const document = (await shop.app.inject('/openapi.json')).json();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  const schemaOf = (path: string, method: string, status: number) =>
    document.paths[path][method].responses[status].content['application/json'].schema;
  const answers: [string, string, { body: string }][] = [
    ['/v1/cubes', 'get', await shop.app.inject('/v1/cubes')],
    ['/v1/cubes/{cube}', 'get', await shop.app.inject('/v1/cubes/cohort_cube')],
    ['/v1/cubes/{cube}/query', 'post', await ask('cohort_cube', { measures: ['orders'], dimensions: ['age_months'] })],
    ['/v1/cubes/{cube}/explain', 'post', await ask('cohort_cube', { measures: ['orders'] }, 'explain')],
  ];
  for (const [path, method, answer] of answers) {
    const validate = ajv.compile(schemaOf(path, method, 200));
    expect(validate(JSON.parse(answer.body)) ? [] : validate.errors, path).toEqual([]);
  }
});

test(`cells that are held give what the warehouse gives, in its order, batch after batch (seed ${SEED})`, async () => {
  const additive = cubes.filter(({ rowCount }) => rowCount !== null);
  let rows = 0;
  const held = await shop.heldAnswers();
  for (let n = 0; n < HELD_QUESTIONS; n++) {
    if (n % 30 === 0) await shop.publish(20);
    const cube = random.pick(additive);
    const { filters, ...question } = randomQuestion(cube);
    const names = [...question.measures, ...question.dimensions.map(({ name }) => name)];
    const body = {
      ...question,
      filters: filters.filter(({ name }) => !cube.measures.some((each) => each.name === name)),
      order: names
        .filter(() => random.below(3) === 0)
        .map((name) => ({ name, direction: random.pick(['asc', 'desc'] as const) })),
      limit: random.pick([3, 1_000]),
    };
    const text = `seed ${SEED}: ${JSON.stringify({ cube: cube.name, body })}`;
    // Nothing is published between the two; a file always comes from the warehouse.
    const answer = await ask(cube.name, body);
    const file = await ask(cube.name, body, 'query?format=ndjson');
    expect([answer.statusCode, file.statusCode], `${text}: ${answer.body}`).toEqual([200, 200]);
    const { data } = exactParse<{ data: object[] }>(answer.body);
    const lines = file.body.split('\n').filter((line) => line !== '');
    expect(data, text).toEqual(lines.map((line) => exactParse<object>(line)));
    rows += data.length;
  }
  expect(rows).toBeGreaterThan(HELD_QUESTIONS);
  expect((await shop.heldAnswers()) - held).toBeGreaterThan(HELD_QUESTIONS / 5);
});

test(`attributes of dimension tables are joined to held cells, as they are at each state (seed ${SEED})`, async () => {
  const body = {
    measures: ['units', 'order_lines'],
    dimensions: ['product_id.category', 'product_id.category_level_1', 'region'],
    filters: [{ name: 'product_id.category', operator: 'not_equals', values: ['no such'] }],
  };
  const found = new Set<string>();
  const held = await shop.heldAnswers();
  for (let n = 0; n < 10; n++) {
    await shop.publish(40);
    const answer = await ask('daily_sales_cube', body);
    const file = await ask('daily_sales_cube', body, 'query?format=ndjson');
    const { data } = exactParse<{ data: object[] }>(answer.body);
    const lines = file.body.split('\n').filter((line) => line !== '');
    expect(data).toEqual(lines.map((line) => exactParse<object>(line)));
    found.add(answer.body);
  }
  expect(found.size).toBe(10);
  // Cells, and the products that they are joined with.
  expect((await shop.heldAnswers()) - held).toBeGreaterThan(10);
});
