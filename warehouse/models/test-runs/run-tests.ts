import { randomUUID } from 'node:crypto';
import type { Config } from '../../../runtime/config/config.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { wrapError } from '../../clickhouse/classify-error.ts';
import { connect } from '../../clickhouse/connect.ts';
import { ensureBookkeeping } from '../../load/bookkeeping.ts';
import { readPublished } from '../../published/published.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import { relationsAtWatermark } from '../data-tests/relations.ts';
import { engineOf } from '../engine.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { allReplicas } from '../maintain/read-replicas.ts';
import { createModelColumns } from '../model-columns.ts';
import { readProject } from '../project/read-project.ts';
import { ensureModelBookkeeping } from '../store/bookkeeping.ts';
import { ensureTestBookkeeping, recordRun } from './bookkeeping.ts';
import { readTests } from './read-tests.ts';
import { runSideBySide } from './run-side-by-side.ts';
import { runTest, type TestContext } from './run-test.ts';
import { selectTests } from './select-tests.ts';
import { readStoppedModels } from './stopped-models.ts';
import type { TestRun } from './test-result.ts';

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
    await ensureBookkeeping(client);
    await ensureModelBookkeeping(client);
    await ensureTestBookkeeping(client);
    const engine = engineOf(client, warehouse);
    const isPublishedRead = tests.some(({ kind }) => kind !== 'unit' && kind !== 'contract');
    const published = isPublishedRead ? await readPublished(client) : null;
    if (isPublishedRead && published === null) {
      throw new MillraceError(TEST_ERRORS.nothingPublished, 'millrace.watermarks is empty');
    }
    const replicas = await allReplicas(client);
    const context: TestContext = {
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
      return runTest(test, context);
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
