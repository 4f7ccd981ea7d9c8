import { randomUUID } from 'node:crypto';
import type { Config } from '../../../runtime/config/config.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { wrapError } from '../../clickhouse/classify-error.ts';
import { connect, warehouseLogin } from '../../clickhouse/connect.ts';
import { CLICKHOUSE_ERRORS } from '../../clickhouse/errors.ts';
import { ensureBookkeeping } from '../../load/bookkeeping.ts';
import { readPublished } from '../../published/published.ts';
import { checkContract } from '../contracts/check-contract.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import { relationsAtWatermark } from '../data-tests/relations.ts';
import { runDataTest } from '../data-tests/run-data-test.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { checkFreshness } from '../freshness/check-freshness.ts';
import { allReplicas } from '../maintain/read-replicas.ts';
import type { Engine } from '../maintain/tables.ts';
import { createModelColumns, type ModelColumns } from '../model-columns.ts';
import type { Project, Resolve } from '../project/project.ts';
import { readProject } from '../project/read-project.ts';
import { ensureModelBookkeeping } from '../store/bookkeeping.ts';
import { runUnitTest } from '../unit-tests/run-unit-test.ts';
import { ensureTestBookkeeping, recordRun } from './bookkeeping.ts';
import { type AnyTest, readTests } from './read-tests.ts';
import { runSideBySide } from './run-side-by-side.ts';
import { selectTests } from './select-tests.ts';
import { readStoppedModels } from './stopped-models.ts';
import type { TestResult, TestRun } from './test-result.ts';

export interface RunTestsOptions {
  readonly warehouse: Config['warehouse'];
  /** The folder of models. */
  readonly models: string;
  readonly logger: Logger;
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  /** Only freshness, whatever else is selected. */
  readonly freshnessOnly: boolean;
  /** Tests that are run side by side. */
  readonly threads: number;
  /** Aborted: no further test is begun, and nothing is written down. */
  readonly signal?: AbortSignal;
}

interface Context {
  readonly engine: Engine;
  readonly project: Project;
  readonly columns: ModelColumns;
  readonly resolve: Resolve;
  /** '0' while nothing is published, and nothing needs it. */
  readonly watermark: string;
}

/**
 * Runs a folder's tests against the warehouse, all models at one published watermark, and writes the results down.
 * Throws what reading the folder throws, MR-TEST-004, MR-TEST-005, and what says that the warehouse is away.
 */
export async function runTests(options: RunTestsOptions): Promise<TestRun> {
  const { warehouse, models, logger, freshnessOnly, threads } = options;
  const startedMs = Date.now();
  const project = await readProject(models);
  const all = await readTests(models, project);
  const kinds = freshnessOnly ? all.filter(({ kind }) => kind === 'freshness') : all;
  const tests = selectTests({ ...options, project, tests: kinds });

  const client = await connect({ config: warehouse, role: 'millrace', logger, maxConnections: threads + 1 });
  try {
    const login = warehouseLogin(warehouse, 'millrace');
    const target = { url: login.url.replace(/\/$/, ''), user: login.username, password: login.password };
    await ensureBookkeeping(client);
    await ensureModelBookkeeping(client);
    await ensureTestBookkeeping(client);
    const engine = { client, target };
    const isPublishedRead = tests.some(({ kind }) => kind !== 'unit' && kind !== 'contract');
    const published = isPublishedRead ? await readPublished(client) : null;
    if (isPublishedRead && published === null) {
      throw new MillraceError(TEST_ERRORS.nothingPublished, 'millrace.watermarks is empty');
    }
    const replicas = await allReplicas(client);
    const context: Context = {
      engine,
      project,
      columns: createModelColumns({ engine, project, replicas }),
      resolve: relationsAtWatermark({
        project,
        replicas,
        missing: (table) => new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${table}`),
      }),
      watermark: published?.watermark ?? '0',
    };
    const results = await runSideBySide(tests, threads, (test) => {
      options.signal?.throwIfAborted();
      return runTimed(test, context);
    });
    const run: TestRun = {
      run: randomUUID(),
      watermark: published?.watermark ?? null,
      publishedAt: published?.publishedAt ?? null,
      startedAt: new Date(startedMs).toISOString(),
      seconds: (Date.now() - startedMs) / 1000,
      results,
      stopped: (await readStoppedModels(client)).filter(({ model }) => project.byName.has(model)),
    };
    await recordRun(client, run);
    return run;
  } catch (error) {
    throw wrapError(error, 'running tests');
  } finally {
    await client.close();
  }
}

/** A test that cannot be carried out does not stop the others; a warehouse that is away stops all. */
async function runTimed(test: AnyTest, context: Context): Promise<TestResult> {
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

async function runOne(test: AnyTest, context: Context): Promise<Omit<TestResult, 'seconds'>> {
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
