import { nearest } from '../../../runtime/config/nearest.ts';
import { MillraceError } from '../../../runtime/errors.ts';
import type { ExternalTable } from '../../clickhouse/external-query.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import { type ModelColumn, structureOf } from '../store/model-table.ts';
import type { Fixture } from './unit-test.ts';

/** A fixture as a query sees it. */
export interface FixtureRelation {
  /** Table expression. */
  readonly relation: string;
  /** Sent along with the query; null for SQL. */
  readonly table: ExternalTable | null;
  /** Columns that the fixture names; null for SQL, which names them itself. */
  readonly columns: readonly string[] | null;
}

/**
 * Rows of a fixture with the columns and types of what they stand for. Columns that are left out are NULL, or the type's
 * zero where they cannot be NULL. Throws MR-TEST-001, beginning with `where`, for a column that is not there.
 */
export function fixtureRelation(options: {
  name: string;
  fixture: Fixture;
  columns: readonly ModelColumn[];
  where: string;
}): FixtureRelation {
  const { name, fixture, columns, where } = options;
  if (fixture.format === 'sql') return { relation: `(${fixture.text}\n)`, table: null, columns: null };
  const named = namedColumns(fixture);
  const known = columns.map((column) => column.name);
  for (const column of named) {
    if (known.includes(column)) continue;
    const meant = nearest(column, known);
    const hint = meant === null ? '' : `; did you mean ${meant}?`;
    throw new MillraceError(
      TEST_ERRORS.declarationInvalid,
      `${where}: there is no column ${column}${hint} (there are ${known.join(', ')})`,
    );
  }
  const table = { name, structure: structureOf(columns), ...linesOf(fixture) };
  return { relation: name, table, columns: named };
}

function namedColumns(fixture: Exclude<Fixture, { format: 'sql' }>): string[] {
  if (fixture.format === 'dict') return [...new Set(fixture.rows.flatMap((row) => Object.keys(row)))];
  const [header = ''] = fixture.text.trimStart().split('\n');
  return header
    .split(',')
    .map((column) => column.trim().replaceAll('"', ''))
    .filter((column) => column !== '');
}

function linesOf(fixture: Exclude<Fixture, { format: 'sql' }>): Pick<ExternalTable, 'lines' | 'format'> {
  if (fixture.format === 'csv') {
    const lines = fixture.text.split('\n').map((line) => line.trim());
    return { format: 'CSVWithNames', lines: `${lines.filter((line) => line !== '').join('\n')}\n` };
  }
  return { format: 'JSONEachRow', lines: fixture.rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
}

/** How the server is to read fixtures: a NULL where there can be none is an error, an empty field of a CSV is left out. */
export const FIXTURE_SETTINGS: Readonly<Record<string, string>> = {
  input_format_null_as_default: '0',
  input_format_defaults_for_omitted_fields: '1',
  input_format_csv_empty_as_default: '1',
  input_format_csv_trim_whitespaces: '1',
  date_time_input_format: 'best_effort',
};
