import type { ClickHouseClient } from '@clickhouse/client';
import type { Client } from 'pg';
import { quoteIdentifier } from '../../../warehouse/clickhouse/quote.ts';

/** What one table of the star schema should hold, as Postgres computes it from a service's own tables. */
export interface Check {
  readonly model: string;
  /** What is read of it where that is not the whole table: SQL over `marts`. */
  readonly from?: string;
  /** Columns that are compared, in the order in which the SQL gives them. */
  readonly columns: readonly string[];
  readonly postgres: string;
}

/** Keeps every value as the text that Postgres sends. */
const AS_TEXT = { getTypeParser: () => (value: string) => value } as never;

/** Compares a table at the published watermark with its check. Answers the differences, at most 10. */
export async function checkDifferences(
  check: Check,
  options: { postgres: Client; client: ClickHouseClient },
): Promise<string[]> {
  const { model, from = `marts.${quoteIdentifier(check.model)}`, columns, postgres: text } = check;
  const expected = await options.postgres.query<(string | null)[]>({ text, rowMode: 'array', types: AS_TEXT });
  const result = await options.client.query({
    query: `select [${columns.map((column) => `toString(${quoteIdentifier(column)})`).join(', ')}] as row
      from ${from}`,
    format: 'JSONEachRow',
  });
  const actual = await result.json<{ row: (string | null)[] }>();
  const counts = new Map<string, number>();
  for (const row of expected.rows) add(counts, row, 1);
  for (const { row } of actual) add(counts, row, -1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .slice(0, 10)
    .map(([row, count]) => `${model}: ${count > 0 ? 'missing' : 'wrong'}: ${row}`);
}

function add(counts: Map<string, number>, row: readonly (string | null)[], sign: number): void {
  const text = JSON.stringify(row.map(plain));
  counts.set(text, (counts.get(text) ?? 0) + sign);
}

/** A value in the one form that both sides can be brought to. */
function plain(value: string | null): string | null {
  if (value === null) return null;
  if (/^-?\d+\.\d+$/.test(value)) return value.replace(/\.?0+$/, '');
  const [, second, fraction = ''] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/.exec(value) ?? [];
  return second === undefined ? value : `${second}.${fraction.padEnd(6, '0')}`;
}
