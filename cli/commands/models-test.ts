import { type RunTestsOptions, runTests } from '../../warehouse/models/test-runs/run-tests.ts';
import { countResults } from '../../warehouse/models/test-runs/test-result.ts';
import { runDocument, runText } from '../test-report.ts';

/** Runs the tests of the models and prints what they found. False when one failed, or could not be carried out. */
export async function modelsTest(options: RunTestsOptions & { readonly json: boolean }): Promise<boolean> {
  const run = await runTests(options);
  process.stdout.write(options.json ? `${JSON.stringify(runDocument(run))}\n` : runText(run));
  const { fail, error } = countResults(run.results);
  return fail + error === 0;
}
