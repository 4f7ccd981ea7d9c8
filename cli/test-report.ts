import { countResults, type TestResult, type TestRun } from '../warehouse/models/test-runs/test-result.ts';

/** Failing rows of a test that are listed; the JSON document and millrace.test_failures have more. */
const MAX_LISTED = 5;

/** The document of `models test --json`. */
export function runDocument(run: TestRun): object {
  const counts = countResults(run.results);
  return {
    ok: counts.fail + counts.error === 0,
    run: run.run,
    watermark: run.watermark === null ? null : Number(run.watermark),
    published_at: run.publishedAt,
    started_at: run.startedAt,
    seconds: run.seconds,
    passed: counts.pass,
    warned: counts.warn,
    failed: counts.fail,
    errors: counts.error,
    stopped_models: run.stopped.map(({ watermark, ...model }) => ({ ...model, last_watermark: Number(watermark) })),
    results: run.results.map(({ subject, rows, ...result }) => ({ ...result, model: subject, failing_rows: rows })),
  };
}

/** The same to be read by people: a line for each test, what is wrong below it, and the sum of it. */
export function runText(run: TestRun): string {
  const { results, watermark, publishedAt } = run;
  const width = Math.max(0, ...results.map(({ name }) => Math.min(name.length, MAX_NAME)));
  const counts = countResults(results);
  const at = watermark === null ? '' : `at watermark ${watermark}, published ${publishedAt}\n`;
  const stopped = run.stopped.map(
    ({ model, code, watermark: last }) =>
      `${model} stopped at watermark ${last}: ${code}; it is tested as it was then\n`,
  );
  const number = (count: number, word: string): string => `${count} ${word}`;
  const total = [
    number(counts.pass, 'passed'),
    number(counts.warn, 'warned'),
    number(counts.fail, 'failed'),
    number(counts.error, counts.error === 1 ? 'error' : 'errors'),
  ].join(', ');
  return `${at}${stopped.join('')}${at === '' ? '' : '\n'}${results.map((result) => block(result, width)).join('')}\n${total} in ${run.seconds.toFixed(1)} s\n`;
}

/** Longer names push their own line to the right, not all lines. */
const MAX_NAME = 72;

function block(result: TestResult, width: number): string {
  const { status, name, failures, seconds, detail, code, rows, kind } = result;
  const counted = failures === null || status === 'pass' || kind === 'contract' ? '' : countText(failures, kind);
  const line = [status.toUpperCase().padEnd(5), name.padEnd(width), `${seconds.toFixed(2)} s`, counted].join('  ');
  const shown = rows.slice(0, MAX_LISTED).map((row) => `         ${row}\n`);
  if (rows.length > MAX_LISTED) shown.push(`         ... (see millrace.test_failures)\n`);
  const told = status === 'pass' && kind !== 'freshness' ? '' : detail;
  const about = [code, told].filter((text) => text !== '').join(': ');
  return `${line.trimEnd()}\n${about === '' ? '' : `         ${about}\n`}${shown.join('')}`;
}

function countText(failures: number, kind: TestResult['kind']): string {
  return kind === 'unit' ? `${failures} rows differ` : `${failures} ${failures === 1 ? 'failure' : 'failures'}`;
}
