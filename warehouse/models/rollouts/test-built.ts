import { randomUUID } from 'node:crypto';
import { MillraceError } from '../../../runtime/errors.ts';
import { modelAt } from '../../published/published.ts';
import { relationsAtWatermark } from '../data-tests/relations.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { allReplicas } from '../maintain/read-replicas.ts';
import type { Engine } from '../maintain/tables.ts';
import { createModelColumns } from '../model-columns.ts';
import type { Project } from '../project/project.ts';
import { selectAt } from '../store/model-views.ts';
import { ensureTestBookkeeping, recordRun } from '../test-runs/bookkeeping.ts';
import type { AnyTest } from '../test-runs/read-tests.ts';
import { runSideBySide } from '../test-runs/run-side-by-side.ts';
import { runTest } from '../test-runs/run-test.ts';
import type { TestResult } from '../test-runs/test-result.ts';
import type { BuiltTables } from '../versions/check-built.ts';
import { ROLLOUT_ERRORS } from './errors.ts';
import type { OpenedFolder } from './opened-folder.ts';

/** What is built goes on to be built meanwhile: the machine is not theirs alone. */
const THREADS = 2;
/** Names in a message. */
const MOST_NAMES = 5;

/**
 * Runs tests of severity `error` over tables that were built and that nobody reads yet, all at one watermark, and writes the
 * results down as `models test` does. Answers MR-ROLL-002 with those that failed, or null.
 */
export async function testBuilt(options: {
  engine: Engine;
  folder: OpenedFolder;
  tests: readonly AnyTest[];
  built: BuiltTables;
}): Promise<MillraceError | null> {
  const { engine, folder, tests, built } = options;
  if (tests.length === 0) return null;
  const { project } = folder;
  const startedMs = Date.now();
  const replicas = await allReplicas(engine.client);
  const resolve = relationsAtWatermark({
    project,
    replicas,
    missing: (table) => new MillraceError(MODEL_ERRORS.sourceTableMissing, `not replicated: ${table}`),
    at: (model) => {
      const table = built.tables.get(model);
      if (table === undefined) return modelAt(model);
      return `(${selectAt(table, { abortedBatches: built.abortedBatches, lastWatermark: null })})`;
    },
  });
  const columns = createModelColumns({ engine, project, replicas });
  const context = { engine, project, columns, resolve, watermark: built.watermark };
  await ensureTestBookkeeping(engine.client);
  const results = await runSideBySide(tests, THREADS, (test) => runTest(test, context));
  await recordRun(engine.client, {
    run: randomUUID(),
    watermark: built.watermark,
    publishedAt: null,
    startedAt: new Date(startedMs).toISOString(),
    seconds: (Date.now() - startedMs) / 1000,
    results,
    stopped: [],
  });
  const failed = results.filter(({ status }) => status === 'fail' || status === 'error');
  return failed.length === 0 ? null : new MillraceError(ROLLOUT_ERRORS.testsFailed, failedText(failed));
}

function failedText(failed: readonly TestResult[]): string {
  const named = failed.slice(0, MOST_NAMES).map(({ name, status, failures, code, detail }) => {
    if (status === 'error') return `${name} (${code}: ${detail})`;
    return failures === null ? `${name} (${detail})` : `${name} (${failures} rows)`;
  });
  const more = failed.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Data tests whose failing keeps readers from these models: of them, or of what reads them, through views too. */
export function dataTestsOf(folder: OpenedFolder, models: ReadonlySet<string>): AnyTest[] {
  return folder.tests.filter(
    (test) =>
      (test.kind === 'generic' || test.kind === 'singular') &&
      test.of.config.severity === 'error' &&
      test.models.some((model) => isOver(folder.project, model, models)) &&
      !test.models.some((model) => isOverSnapshot(folder.project, model)),
  );
}

export function unitTestsOf(folder: OpenedFolder, models: ReadonlySet<string>): AnyTest[] {
  return folder.tests.filter((test) => test.kind === 'unit' && test.models.some((model) => models.has(model)));
}

/** A snapshot takes over its model when readers see that: before, it is of the former one. */
function isOverSnapshot(project: Project, name: string): boolean {
  const model = project.byName.get(name);
  if (model?.materialized === 'view') return model.refs.some((ref) => isOverSnapshot(project, ref));
  return model?.materialized === 'snapshot';
}

function isOver(project: Project, name: string, models: ReadonlySet<string>): boolean {
  if (models.has(name)) return true;
  const model = project.byName.get(name);
  return model?.materialized === 'view' && model.refs.some((ref) => isOver(project, ref, models));
}
