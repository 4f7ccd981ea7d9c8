import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import { readPublished } from '../../warehouse/published/published.ts';
import { buildApp } from '../app.ts';
import { randomFacts } from '../fixture/fixture-schema.ts';
import { type FixtureWarehouse, startFixtureWarehouse } from '../fixture/fixture-warehouse.ts';

const logger = createLogger({ name: 'api', level: 'fatal' });
const REPORTS = [
  '/v1/reports/sales-trends?grain=year&by=region',
  '/v1/reports/customer-ltv?top=5',
  '/v1/reports/customer-ltv?by=segment',
];
const MINUTE_MS = 60_000;

let warehouse: FixtureWarehouse;
let app: FastifyInstance;
const published = new EventTarget();

interface Answer {
  data: object[];
  meta: { watermark: number; published_at: string; as_of: Record<string, { lsn: string }>; lag_seconds: number };
}

/** Answers by report, as they were when their watermark was the newest. */
const then = new Map<number, Answer[]>();

beforeAll(async () => {
  warehouse = await startFixtureWarehouse();
  app = await buildApp({ client: warehouse.client, logger, settings: { horizonMs: 60 * MINUTE_MS } });
  await warehouse.run(...randomFacts(7, 200));
  for (const watermark of [10, 20, 30, 40]) {
    // The customers' orders of each state double in number.
    await warehouse.run(
      `insert into fixture.sales_fact select * replace (${watermark} as _batch, order_id + ${watermark} * 100000 as order_id) from fixture.sales_fact`,
    );
    await warehouse.publish(watermark);
    await warehouse.run(
      `alter table millrace.watermarks update lsn = ['0/${watermark}', '0/0'] where watermark = ${watermark} settings mutations_sync = 1`,
    );
    then.set(watermark, await Promise.all(REPORTS.map(async (report) => (await app.inject(report)).json())));
  }
  // Published 100, 70, 40 and 10 minutes ago: the second was the current one an hour ago.
  await warehouse.run(
    `alter table millrace.watermarks update published_at = now64(6) - toIntervalMinute(130 - 3 * watermark),
      caught_up_at = [now64(6) - toIntervalMinute(130 - 3 * watermark)] where true settings mutations_sync = 1`,
  );
});
afterAll(async () => {
  await app?.close();
  await warehouse?.stop();
});

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

async function ask(report: string, asOf: string, of = app) {
  return of.inject(`${report}&as_of=${encodeURIComponent(asOf)}`);
}

test('a report as of an earlier watermark is what it was then, and says so', async () => {
  for (const watermark of [20, 30, 40]) {
    for (const [index, report] of REPORTS.entries()) {
      const response = await ask(report, String(watermark));
      const { data, meta } = response.json<Answer>();
      expect(data, `${report} at ${watermark}`).toEqual(then.get(watermark)?.[index]?.data);
      expect(meta).toMatchObject({ watermark, as_of: { order: { lsn: `0/${watermark}` } } });
      expect(meta.lag_seconds).toBeGreaterThan((129 - 3 * watermark) * 60);
    }
  }
  expect(then.get(20)?.[0]?.data).not.toEqual(then.get(30)?.[0]?.data);
});

test('a moment means the state that was the current one', async () => {
  for (const [minutes, watermark] of [
    [59, 20],
    [41, 20],
    [39, 30],
    [11, 30],
    [9, 40],
    [0, 40],
  ] as const) {
    const response = await ask(REPORTS[0] as string, minutesAgo(minutes));
    expect(response.json<Answer>().meta, `${minutes} minutes ago`).toMatchObject({ watermark });
  }
  // Somewhere it is another hour; a plus sign that is not escaped is a blank.
  const text = new Date(Date.now() - 30 * MINUTE_MS + 60 * MINUTE_MS).toISOString().replace('Z', '+01:00');
  const response = await app.inject(`${REPORTS[0]}&as_of=${text}`);
  expect(response.json<Answer>().meta).toMatchObject({ watermark: 30 });
});

test('the same state has the same tag, however it is asked for', async () => {
  const newest = await app.inject(REPORTS[1] as string);
  const asked = await ask(REPORTS[1] as string, '40');
  expect(asked.headers.etag).toBe(newest.headers.etag);
  const url = `${REPORTS[1]}&as_of=40`;
  expect((await app.inject({ url, headers: { 'if-none-match': String(newest.headers.etag) } })).statusCode).toBe(304);
  expect((await ask(REPORTS[1] as string, '30')).headers.etag).not.toBe(newest.headers.etag);
});

test.each([
  ['10', 410, 'API_AS_OF_GONE'],
  [minutesAgo(71), 410, 'API_AS_OF_GONE'],
  ['7', 410, 'API_AS_OF_GONE'],
  ['25', 404, 'API_AS_OF_UNKNOWN'],
  ['41', 404, 'API_AS_OF_UNKNOWN'],
  ['18446744073709551615', 404, 'API_AS_OF_UNKNOWN'],
  [minutesAgo(101), 404, 'API_AS_OF_UNKNOWN'],
  [minutesAgo(-5), 404, 'API_AS_OF_UNKNOWN'],
  ['18446744073709551616', 400, 'API_PARAMETERS_INVALID'],
  ['yesterday', 400, 'API_PARAMETERS_INVALID'],
  ['2026-11-22T10:00:00', 400, 'API_PARAMETERS_INVALID'],
  ['2026-13-22T10:00:00Z', 400, 'API_PARAMETERS_INVALID'],
  ['-1', 400, 'API_PARAMETERS_INVALID'],
  ["1' or 1", 400, 'API_PARAMETERS_INVALID'],
  ['', 400, 'API_PARAMETERS_INVALID'],
])('as_of=%s is answered with %i %s', async (asOf, status, code) => {
  const response = await ask(REPORTS[0] as string, asOf);
  expect(response.json(), response.body).toMatchObject({ status, code });
  expect(response.headers['content-type']).toContain('application/problem+json');
});

test('a state that a model cannot be read at any more is gone; without as_of a report is begun anew', async () => {
  const apart = await buildApp({ client: warehouse.client, logger, published });
  const newest = await readPublished(warehouse.client);
  const [{ sql } = { sql: '' }] = await warehouse.ask(
    `select as_select as sql from system.tables where database = 'store' and name = 'customer_ltv_analysis_at'`,
  );
  const refuseBelow = (watermark: number) =>
    warehouse.run(
      `create or replace view store.customer_ltv_analysis_at as
        select * from (${sql}) where (select throwIf({watermark:UInt64} < ${watermark}, 'MR-PUBLISHED-001')) = 0`,
    );
  await refuseBelow(40);
  try {
    // Of a question that nobody has asked: an answer that is known may be given again.
    const question = '/v1/reports/customer-ltv?top=9';
    expect((await ask(question, '30')).json()).toMatchObject({ status: 410, code: 'API_AS_OF_GONE' });
    // The models were exchanged, and what is told is not the newest.
    published.dispatchEvent(new CustomEvent('published', { detail: { ...newest, watermark: '30', caughtUpAtMs: 0 } }));
    const overtaken = await apart.inject('/v1/reports/customer-ltv?top=7');
    expect(overtaken.json<Answer>().meta).toMatchObject({ watermark: 40 });
    await refuseBelow(41);
    const never = await apart.inject('/v1/reports/customer-ltv?top=8');
    expect(never.json()).toMatchObject({ status: 503, code: 'API_REPORT_OVERTAKEN' });
    expect(never.headers['retry-after']).toBe('1');
  } finally {
    await refuseBelow(0);
    await apart.close();
  }
});
