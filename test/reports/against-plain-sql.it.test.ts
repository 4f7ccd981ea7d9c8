import { afterAll, beforeAll, expect, test } from 'vitest';
import { exactParse } from '../../api/fixture/exact-parse.ts';
import { randomRequest } from '../../api/reports/sales-trends/random-request.ts';
import { createRandom } from '../../warehouse/testing/random.ts';
import { BREAKDOWNS, breakdownAddress, breakdownSql, randomBreakdown } from './breakdown-sql.ts';
import { compareTrends, type Row, scopeOf, sorted } from './compare-trends.ts';
import { type PlainQuestion, randomCohorts, randomLtv, randomRfm } from './customers-sql.ts';
import { randomInventory } from './inventory-sql.ts';
import { openReportedCompany, type ReportedCompany } from './reported-company.ts';

/*
 * Random requests over HTTP to a whole system, each answer compared to the digit with straightforward SQL over the services'
 * own tables (`plain.sql` and what stands beside it), written from the documentation. Where the two differ, the
 * documentation decides. MILLRACE_SEED repeats a run of the same day (histories end at the last midnight, so that there are periods
 * to date); MILLRACE_REQUESTS is how many requests sales trends get (60), the other reports together half of that.
 */
const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000_000);
const REQUESTS = Number(process.env.MILLRACE_REQUESTS ?? 60);
const TEST_MS = 60_000 + REQUESTS * 2_000;

let company: ReportedCompany;
beforeAll(async () => {
  company = await openReportedCompany(SEED);
}, 180_000);
afterAll(() => company?.stop());

test(`sales trends are what SQL over the sources gives (seed ${SEED})`, { timeout: TEST_MS }, async () => {
  const random = createRandom(SEED);
  const scope = await scopeOf(company.sources);
  let [rows, counted] = [0, 0];
  for (let n = 0; n < REQUESTS; n++) {
    const asked = randomRequest(random, scope);
    const { address, actual, expected } = await compareTrends(asked, company);
    expect(actual, `seed ${SEED}: ${address}`).toEqual(expected);
    rows += expected.rows.length;
    counted += expected.rows.filter((row) => asked.measures.some((name) => Number(row[name]) !== 0)).length;
  }
  console.info(`seed ${SEED}: ${REQUESTS} requests of sales trends, ${rows} rows, ${counted} of them not empty`);
  expect(counted).toBeGreaterThan(REQUESTS);
});

test(`the range is that of all sales where none is asked for (seed ${SEED})`, async () => {
  for (const zone of ['UTC', 'America/Havana']) {
    const response = await fetch(`${company.api}/v1/reports/sales-trends?grain=year&time_zone=${zone}`);
    const { meta } = (await response.json()) as { meta: { range: { from: string; to: string } } };
    const plain = await company.sources.query(`
      select json_build_object('from', min(day), 'to', max(day))::text
      from (select (ordered_at at time zone '${zone}')::date as day from sold) as days`);
    expect(meta.range, `seed ${SEED}`).toMatchObject(JSON.parse(plain) as object);
  }
});

test(`payments, notifications and sagas are what SQL over the sources gives (seed ${SEED})`, {
  timeout: TEST_MS,
}, async () => {
  const random = createRandom(SEED);
  let rows = 0;
  for (let n = 0; n < REQUESTS / 12; n++) {
    for (const breakdown of BREAKDOWNS) {
      const asked = randomBreakdown(breakdown, random);
      rows += await compare({ address: breakdownAddress(asked), sql: breakdownSql(asked), isOrdered: false });
    }
  }
  console.info(`seed ${SEED}: ${rows} rows of payments, notifications and sagas`);
  expect(rows).toBeGreaterThan(REQUESTS);
});

test(`lifetime values, cohorts, RFM and stock are what SQL over the sources gives (seed ${SEED})`, {
  timeout: TEST_MS,
}, async () => {
  const random = createRandom(SEED);
  let rows = 0;
  for (let n = 0; n < REQUESTS / 12; n++) {
    for (const question of [randomLtv, randomCohorts, randomRfm, randomInventory])
      rows += await compare(question(random));
  }
  console.info(`seed ${SEED}: ${rows} rows of lifetime values, cohorts, RFM and stock`);
  expect(rows).toBeGreaterThan(REQUESTS);
});

/** Answers how many rows there were. */
async function compare({ address, sql, isOrdered, only }: PlainQuestion): Promise<number> {
  const response = await fetch(`${company.api}${address}`);
  const body = await response.text();
  expect(response.status, `seed ${SEED}: ${address}\n${body}`).toBe(200);
  const { data } = exactParse<{ data: Row[] }>(body);
  const expected = JSON.parse(await company.sources.query(sql)) as Row[];
  const actual = only === undefined ? data : data.map((row) => part(row, only));
  const inOrder = (rows: readonly Row[]) => (isOrdered ? rows : sorted(rows));
  expect(inOrder(actual), `seed ${SEED}: ${address}`).toEqual(inOrder(expected));
  return expected.length;
}

function part(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}
