import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Project, Resolve } from '../project/project.ts';
import type { TestResult } from '../test-runs/test-result.ts';
import { type DataTest, subjectName } from './data-test.ts';
import { TEST_ERRORS } from './errors.ts';
import { readsSources } from './relations.ts';
import { verdictOf } from './threshold.ts';

/** Failing rows of one test that are kept. */
const KEPT_ROWS = 100;
/**
 * Replicas run ahead of the watermark, and tables of one transaction are written one after another: what a single look
 * finds may be the gap between two of them. What is wrong is wrong each time.
 */
const LOOKS_AT_REPLICAS = 3;
const BETWEEN_LOOKS_MS = 300;

export interface DataTestContext {
  readonly client: ClickHouseClient;
  readonly project: Project;
  readonly resolve: Resolve;
  readonly watermark: string;
}

/** Looks for failing rows. Rejects with what the warehouse answered where that cannot be done. */
export async function runDataTest(test: DataTest, context: DataTestContext): Promise<Omit<TestResult, 'seconds'>> {
  const sql = limited(test.compile(context.resolve), test.config.limit);
  let failures = await countFailures(test, sql, context);
  const looks = readsSources(context.project, test) ? LOOKS_AT_REPLICAS : 1;
  for (let look = 1; look < looks && verdictOf(failures, test.config) !== 'pass'; look++) {
    await sleep(BETWEEN_LOOKS_MS);
    failures = Math.min(failures, await countFailures(test, sql, context));
  }
  const status = verdictOf(failures, test.config);
  const rows = status === 'pass' || !test.config.storeFailures ? [] : await failingRows(sql, context);
  return {
    name: test.name,
    kind: test.kind,
    subject: test.subject === null ? '' : subjectName(test.subject),
    column: test.column,
    status,
    severity: test.config.severity,
    failures,
    code: '',
    detail: status === 'pass' ? '' : test.description,
    rows,
  };
}

function limited(sql: string, limit: number | null): string {
  // The line break ends a comment that the SQL may end with.
  return limit === null ? sql : `select * from (${sql}\n) limit ${limit}`;
}

async function countFailures(test: DataTest, sql: string, { client, watermark }: DataTestContext): Promise<number> {
  const result = await client.query({
    query: `select toFloat64(${test.config.failCalc}) as failures from (${sql}\n) as failing`,
    query_params: { watermark },
    clickhouse_settings: READING,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ failures: number | null }>();
  const failures = row?.failures ?? null;
  if (failures !== null) return failures;
  throw new MillraceError(TEST_ERRORS.testErrored, `fail_calc ${test.config.failCalc} gives no number`);
}

async function failingRows(sql: string, { client, watermark }: DataTestContext): Promise<string[]> {
  const result = await client.query({
    query: `select * from (${sql}\n) limit ${KEPT_ROWS}`,
    query_params: { watermark },
    clickhouse_settings: READING,
    format: 'JSONEachRow',
  });
  return (await result.text()).split('\n').filter((line) => line !== '');
}

/** Whoever ends the command ends its queries. */
const READING = {
  cancel_http_readonly_queries_on_client_close: 1,
  output_format_json_quote_64bit_integers: 0,
} as const;
