import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactParse } from '../../api/fixture/exact-parse.ts';
import { type ModelledShop, openModelledShop } from '../../api/fixture/modelled-shop.ts';
import { decimalText, unitsOf } from '../../api/reports/decimal.ts';
import { containing, createMillraceClient, sameStateAs } from '../../clients/typescript/src/client.ts';
import { ProblemError } from '../../clients/typescript/src/problem-error.ts';
import { putSale } from '../../warehouse/testing/put-sale.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { installPython, lackingForPython } from '../harness/python-environment.ts';

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
/** Requests of each operation that are made up, beside those for each bound and each missing part. */
const EXAMPLES = Number(process.env.MILLRACE_SCHEMATHESIS_EXAMPLES ?? 3);
const CLIENTS = join(import.meta.dirname, '../../clients');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
];
const QUESTION = {
  measures: ['reporting_net_revenue', 'units'],
  dimensions: [{ name: 'month', grain: 'quarter' as const }, 'channel'],
};

const lackingPython = lackingForPython();
if (lackingPython !== null) console.warn(`schemathesis and pandas are skipped: ${lackingPython}`);
const lackingGenerator = existsSync(join(CLIENTS, 'typescript/node_modules/openapi-typescript'))
  ? null
  : '`npm ci` was not run in clients/typescript';
if (lackingGenerator !== null) console.warn(`the types of the client are not compared: ${lackingGenerator}`);

let shop: ModelledShop;
let address: string;
beforeAll(async () => {
  shop = await openModelledShop(createRandom(SEED));
  // One sale at least, whatever else happens.
  putSale(shop.shop, { id: 900, at: '2024-02-03 10:00:00+00' });
  await shop.publish(300);
  address = await shop.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => shop?.close());

function run(program: string, args: readonly string[], cwd = tmpdir()): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, maxBuffer: 64 * 1024 ** 2, timeout: 280_000 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
    });
  });
}

/** The question's sums, digit by digit. */
async function sums() {
  const answer = await shop.app.inject({
    method: 'POST',
    url: '/v1/cubes/monthly_sales_cube/query',
    payload: QUESTION,
  });
  const { data } = exactParse<{ data: { reporting_net_revenue: string; units: string }[] }>(answer.body);
  const sum = (texts: string[], scale: number) =>
    decimalText(
      texts.reduce((units, text) => units + unitsOf(text, scale), 0n),
      scale,
    );
  return {
    rows: data.length,
    net_revenue: sum(
      data.map((row) => row.reporting_net_revenue),
      2,
    ),
    units: Number(
      sum(
        data.map((row) => row.units),
        0,
      ),
    ),
  };
}

test(`the TypeScript client keeps every digit, waits for commits, and throws problems (seed ${SEED})`, async () => {
  const millrace = createMillraceClient({ baseUrl: address });
  const { data: report } = await millrace.GET('/v1/reports/cohorts', { params: { query: { max_age: 3 } } });
  const exact = exactParse<{ data: Record<string, string>[] }>(
    (await shop.app.inject('/v1/reports/cohorts?max_age=3')).body,
  );
  expect(report?.data.map((row) => row.reporting_net_revenue)).toEqual(
    exact.data.map((row) => row.reporting_net_revenue),
  );
  expect(report?.data[0]?.reporting_net_revenue).toMatch(/^-?\d+\.\d\d$/);
  const commits = Object.fromEntries(
    Object.entries(report?.meta.as_of ?? {}).map(([source, { lsn }]) => [source, lsn]),
  );
  const { data: same } = await millrace.POST('/v1/cubes/{cube}/query', {
    params: {
      path: { cube: 'monthly_sales_cube' },
      query: { as_of: sameStateAs(report as { meta: { watermark: number } }) },
    },
    body: QUESTION,
  });
  expect(same?.meta.watermark).toBe(report?.meta.watermark);
  const waited = await millrace.GET('/v1/reports/cohorts', { params: { query: { min_as_of: containing(commits) } } });
  expect(waited.response.status).toBe(200);
  const refused = await millrace
    .GET('/v1/reports/cohorts', { params: { query: { max_age: -1 } } })
    .catch((error) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ code: 'API_PARAMETERS_INVALID', status: 400, errors: [{ parameter: 'max_age' }] });
});

test.skipIf(lackingGenerator !== null)('the types of the TypeScript client are those of the document', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-client-'));
  try {
    await writeFile(join(folder, 'openapi.json'), (await shop.app.inject('/openapi.json')).body);
    const generate = join(CLIENTS, 'typescript/generate.mjs');
    const made = await run(process.execPath, [generate, join(folder, 'openapi.json'), join(folder, 'api-types.ts')]);
    expect(made.code, made.output).toBe(0);
    const [now, committed] = await Promise.all([
      readFile(join(folder, 'api-types.ts'), 'utf8'),
      readFile(join(CLIENTS, 'typescript/src/api-types.ts'), 'utf8'),
    ]);
    expect(now === committed, 'run `npm run generate` in clients/typescript').toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(lackingPython !== null)(
  `pandas reads the same sums from Parquet (seed ${SEED})`,
  async () => {
    const folder = join(CLIENTS, 'python');
    const python = await installPython({ name: 'pandas', requirements: join(folder, 'requirements.txt') });
    const { code, output } = await run(python, [join(folder, 'millrace_reports.py'), address, 'monthly_sales_cube']);
    expect(code, output).toBe(0);
    expect(output).toMatch(/reporting_net_revenue +decimal128/);
    expect(output).toMatch(/month +date32/);
    const told = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect(told, `seed ${SEED}`).toMatchObject(await sums());
  },
  600_000,
);

test.skipIf(lackingPython !== null)(
  `schemathesis finds no undocumented status, no failure and no answer that its schema does not allow (seed ${SEED})`,
  async () => {
    const requirements = join(import.meta.dirname, 'requirements.txt');
    const python = await installPython({ name: 'schemathesis', requirements });
    const folder = await mkdtemp(join(tmpdir(), 'millrace-schemathesis-'));
    const asked = [
      '-m',
      'schemathesis.cli',
      '--config-file',
      join(import.meta.dirname, 'schemathesis.toml'),
      'run',
      `${address}/openapi.json`,
      '--checks',
      CHECKS.join(','),
      '--phases',
      'examples,coverage,fuzzing',
      '--max-examples',
      String(EXAMPLES),
      '--seed',
      String(SEED),
      '--generation-database',
      'none',
      '--continue-on-failure',
      // Python 3.11 counts how deep it is in a syntax tree for all threads at once, and fails by it now and then.
      '--workers',
      '1',
      '--warnings',
      'off',
      '--no-color',
    ];
    // It keeps what it found in the folder that it runs in.
    const { code, output } = await run(python, asked, folder).finally(() => rm(folder, { recursive: true }));
    expect(code, `seed ${SEED}\n${output}`).toBe(0);
  },
  600_000,
);
