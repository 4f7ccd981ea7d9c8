import { expect, test } from 'vitest';
import type { TestResult } from '../warehouse/models/test-runs/test-result.ts';
import { runDocument, runText } from './test-report.ts';

const result = (name: string, rest: Partial<TestResult>): TestResult => ({
  name,
  kind: 'generic',
  subject: 'sales_fact',
  column: null,
  status: 'pass',
  severity: 'error',
  failures: 0,
  code: '',
  detail: '',
  seconds: 0.014,
  rows: [],
  ...rest,
});
const run = {
  run: '6f3f1c9e-0000-4000-8000-000000000000',
  watermark: '42',
  publishedAt: '2026-11-22T08:00:00.000000Z',
  startedAt: '2026-11-22T08:00:01.000Z',
  seconds: 1.26,
  stopped: [{ model: 'sales_fact', watermark: '40', code: 'MR-MODEL-004' }],
  results: [
    result('unique_sales_fact_id', {}),
    result('cube_equals_facts', {
      status: 'fail',
      failures: 7,
      detail: 'Sums are kept.',
      rows: Array(7).fill('{"a":1}'),
    }),
    result('fresh', { kind: 'freshness', failures: null, detail: '3 s old' }),
    result('broken', { status: 'error', failures: null, code: 'MR-TEST-003', detail: 'no such column' }),
  ],
};

test('tells each test in a line, what is wrong below it, and the sum', () => {
  expect(runText(run)).toBe(`at watermark 42, published 2026-11-22T08:00:00.000000Z
sales_fact stopped at watermark 40: MR-MODEL-004; it is tested as it was then

PASS   unique_sales_fact_id  0.01 s
FAIL   cube_equals_facts     0.01 s  7 failures
         Sums are kept.
         {"a":1}
         {"a":1}
         {"a":1}
         {"a":1}
         {"a":1}
         ... (see millrace.test_failures)
PASS   fresh                 0.01 s
         3 s old
ERROR  broken                0.01 s
         MR-TEST-003: no such column

2 passed, 0 warned, 1 failed, 1 error in 1.3 s
`);
});

test('the document says the same, with every failing row as it was given', () => {
  expect(runDocument(run)).toMatchObject({
    ok: false,
    watermark: 42,
    passed: 2,
    failed: 1,
    errors: 1,
    stopped_models: [{ model: 'sales_fact', last_watermark: 40 }],
    results: [
      { name: 'unique_sales_fact_id', model: 'sales_fact' },
      { failing_rows: Array(7).fill('{"a":1}') },
      {},
      {},
    ],
  });
});
