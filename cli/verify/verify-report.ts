import type { Example, Verification } from '../../warehouse/verify/result.ts';

/** Rows that are named of one table. */
const NAMED = 10;

/** Everything was compared, and is equal or was put right. */
export function isProven(results: readonly Verification[]): boolean {
  return results.every(({ outcome }) => outcome === 'equal' || outcome === 'repaired');
}

/** As it is printed with --json. */
export function resultLine({ startedAtMs, ...result }: Verification): object {
  return { ...result, started_at: new Date(startedAtMs).toISOString() };
}

/** One line, and one more for each row that is named. */
export function resultText(result: Verification): string {
  const { outcome, position, rows, found, differing, repaired, undecided, rejected, examples, notes } = result;
  const parts = [`${nameOf(result)} ${outcome}`];
  if (outcome === 'skipped') {
    parts.push(result.code, result.detail.replace(`${result.code}: `, ''));
  } else {
    parts.push(`${rows} rows${found === rows ? '' : `, ${found} found`} at ${position}`);
    if (differing > 0) parts.push(`${differing} differ${repaired > 0 ? `, ${repaired} repaired` : ''}`);
    if (undecided > 0) parts.push(`${undecided} undecided`);
    if (rejected > 0) parts.push(`${rejected} rejected`);
    if (result.code !== '') parts.push(result.code);
  }
  const named = examples.slice(0, NAMED).map(exampleText);
  const more = differing > named.length && named.length > 0 ? [`    and ${differing - named.length} more`] : [];
  return [parts.join(' · '), ...notes.map((note) => `    ${note}`), ...named, ...more].join('\n');
}

function nameOf({ kind, source, name }: Verification): string {
  return kind === 'model' ? name : `${source}.${name}`;
}

function exampleText({ key, kind, columns }: Example): string {
  const keys = Object.entries(key).map(([name, value]) => `${name} = ${value}`);
  const values = columns.map(({ column, expected, found }) => {
    if (expected === undefined && found === undefined) return column;
    return `${column}: ${shown(expected)} expected, ${shown(found)} found`;
  });
  return `    ${kind} (${keys.join(', ')})${values.length === 0 ? '' : ` ${values.join('; ')}`}`;
}

function shown(value: string | null | undefined): string {
  if (value === undefined) return 'nothing';
  return value === null ? 'NULL' : JSON.stringify(value);
}

export function summaryText(results: readonly Verification[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const rows = results.reduce((sum, result) => sum + result.rows, 0);
  return `${rows} rows compared: ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'nothing'}`;
}
