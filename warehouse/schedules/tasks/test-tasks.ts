import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from '../../models/data-tests/errors.ts';
import { runTests } from '../../models/test-runs/run-tests.ts';
import { countResults } from '../../models/test-runs/test-result.ts';
import type { ScheduledTask } from '../task.ts';
import type { TaskEnvironment } from './task-environment.ts';

/** Side by side: fewer than somebody who waits for them asks for. */
const THREADS = 2;

/** `millrace models freshness`, and `millrace models test` with all the others. What they find is no failure of the task. */
export function testTasks({ warehouse, models }: TaskEnvironment): { freshness: ScheduledTask; tests: ScheduledTask } {
  const task = (name: string, freshnessOnly: boolean): ScheduledTask => ({
    name,
    async run({ logger, signal }) {
      const exclude = freshnessOnly ? [] : ['test_type:freshness'];
      try {
        const options = { warehouse, models, logger, select: [], exclude, freshnessOnly, threads: THREADS, signal };
        const { results } = await runTests(options);
        const { pass, warn, fail, error } = countResults(results);
        return `${pass} passed, ${warn} warned, ${fail} failed, ${error} errors`;
      } catch (error) {
        // Before the first build there is nothing to look at.
        if (!(error instanceof MillraceError) || error.code !== TEST_ERRORS.nothingPublished.code) throw error;
        return error.message;
      }
    },
  });
  return { freshness: task('freshness', true), tests: task('tests', false) };
}
