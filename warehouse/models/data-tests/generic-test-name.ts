import type { TestSubject } from './data-test.ts';

/** The name that dbt gives a generic test, from what it is of and its arguments in the order of their names. */
export function genericTestName(test: string, subject: TestSubject, given: Readonly<Record<string, unknown>>): string {
  const of = 'model' in subject ? `${test}_${subject.model}` : `source_${test}_${subject.source}_${subject.table}`;
  const parts = Object.keys(given)
    .sort()
    .flatMap((key) => valuesOf(given[key]))
    .map((value) => nameOf(value).replaceAll(/[^0-9a-zA-Z_]+/g, '_'));
  return `${of}_${parts.join('__')}`;
}

function valuesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [value];
}

/** As Python prints it. */
function nameOf(value: unknown): string {
  if (value === null) return 'None';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
