import { wrapError } from '../../clickhouse/classify-error.ts';
import { CLICKHOUSE_ERRORS } from '../../clickhouse/errors.ts';
import { checkContract } from '../contracts/check-contract.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import { runDataTest } from '../data-tests/run-data-test.ts';
import { checkFreshness } from '../freshness/check-freshness.ts';
import type { Engine } from '../maintain/tables.ts';
import type { ModelColumns } from '../model-columns.ts';
import type { Project, Resolve } from '../project/project.ts';
import { runUnitTest } from '../unit-tests/run-unit-test.ts';
import type { AnyTest } from './read-tests.ts';
import type { TestResult } from './test-result.ts';

/** What a test is run against. */
export interface TestContext {
  readonly engine: Engine;
  readonly project: Project;
  readonly columns: ModelColumns;
  readonly resolve: Resolve;
  /** '0' while nothing is published, and nothing needs it. */
  readonly watermark: string;
}

/** A test that cannot be carried out does not stop the others; a warehouse that is away stops all. */
export async function runTest(test: AnyTest, context: TestContext): Promise<TestResult> {
  const startedMs = performance.now();
  const seconds = () => Math.round(performance.now() - startedMs) / 1000;
  try {
    return { ...(await runOne(test, context)), seconds: seconds() };
  } catch (error) {
    const wrapped = wrapError(error, test.name);
    if (wrapped.code === CLICKHOUSE_ERRORS.unreachable.code) throw wrapped;
    const cause = wrapped.cause instanceof Error ? wrapped.cause.message : wrapped.message;
    return {
      name: test.name,
      kind: test.kind,
      subject: subjectOf(test),
      column: null,
      status: 'error',
      severity: 'error',
      failures: null,
      code: wrapped.cause === undefined ? wrapped.code : TEST_ERRORS.testErrored.code,
      detail: cause.slice(0, MAX_DETAIL),
      seconds: seconds(),
      rows: [],
    };
  }
}

/** Enough of what the server says. */
const MAX_DETAIL = 1_000;

async function runOne(test: AnyTest, context: TestContext): Promise<Omit<TestResult, 'seconds'>> {
  const { engine, columns } = context;
  switch (test.kind) {
    case 'unit':
      return runUnitTest(test.of, context);
    case 'freshness':
      return checkFreshness(test.of, { ...context, client: engine.client });
    case 'contract':
      return contractResult(test.name, test.of.model, await checkContract(test.of, engine, columns));
    default:
      return runDataTest(test.of, { ...context, client: engine.client });
  }
}

function contractResult(name: string, model: string, faults: readonly string[]): Omit<TestResult, 'seconds'> {
  return {
    name,
    kind: 'contract',
    subject: model,
    column: null,
    status: faults.length === 0 ? 'pass' : 'fail',
    severity: 'error',
    failures: faults.length,
    code: faults.length === 0 ? '' : TEST_ERRORS.contractBroken.code,
    detail: faults.join('; '),
    rows: [],
  };
}

function subjectOf(test: AnyTest): string {
  return test.kind === 'freshness' ? (test.sources[0] ?? '') : (test.models[0] ?? '');
}
