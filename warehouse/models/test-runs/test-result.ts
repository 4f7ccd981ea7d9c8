export type TestKind = 'generic' | 'singular' | 'unit' | 'contract' | 'freshness';

/** `fail`: the data is not as it should be. `error`: it could not be looked at. */
export type TestStatus = 'pass' | 'warn' | 'fail' | 'error';

export interface TestResult {
  readonly name: string;
  readonly kind: TestKind;
  /** Model, or `source.table`; empty for a singular test. */
  readonly subject: string;
  readonly column: string | null;
  readonly status: TestStatus;
  readonly severity: 'error' | 'warn';
  /** Null where nothing is counted. */
  readonly failures: number | null;
  /** Of an error; else empty. */
  readonly code: string;
  /** What is wrong, in words; empty when nothing is. */
  readonly detail: string;
  readonly seconds: number;
  /** Some failing rows, each as JSON: a text, so that no number is rounded. */
  readonly rows: readonly string[];
}

/** All results of one run. */
export interface TestRun {
  /** UUID. */
  readonly run: string;
  /** What the models were read at; null when only unit tests or contracts were run. */
  readonly watermark: string | null;
  readonly publishedAt: string | null;
  readonly startedAt: string;
  readonly seconds: number;
  readonly results: readonly TestResult[];
  /** Models that were looked at as they stood when they failed. */
  readonly stopped: readonly StoppedModel[];
}

export interface StoppedModel {
  readonly model: string;
  /** The last that it reached. */
  readonly watermark: string;
  readonly code: string;
}

/** How many results there are of each status. */
export function countResults(results: readonly TestResult[]): Record<TestStatus, number> {
  const counts = { pass: 0, warn: 0, fail: 0, error: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}
