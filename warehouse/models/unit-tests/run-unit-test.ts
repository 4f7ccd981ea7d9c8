import { MillraceError } from '../../../runtime/errors.ts';
import { type ExternalTable, queryWithTables } from '../../clickhouse/external-query.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import type { Engine } from '../maintain/tables.ts';
import type { ModelColumns } from '../model-columns.ts';
import { externalName } from '../plan.ts';
import { sourceKey } from '../project/project.ts';
import type { ModelColumn } from '../store/model-table.ts';
import type { TestResult } from '../test-runs/test-result.ts';
import { FIXTURE_SETTINGS, fixtureRelation } from './fixture-relation.ts';
import type { Fixture, UnitTest } from './unit-test.ts';

/** Rows that are shown of one that fails. */
const SHOWN_ROWS = 100;

/** Runs a model's SQL in the warehouse, over the given rows alone. Rejects where that cannot be done. */
export async function runUnitTest(
  test: UnitTest,
  { engine, columns }: { engine: Engine; columns: ModelColumns },
): Promise<Omit<TestResult, 'seconds'>> {
  const where = `${test.file}: unit test ${test.name}`;
  const tables: ExternalTable[] = [];
  const relationOf = (name: string, fixture: Fixture, own: readonly ModelColumn[], what: string) => {
    const relation = fixtureRelation({ name, fixture, columns: own, where: `${where}: ${what}` });
    if (relation.table !== null) tables.push(relation.table);
    return relation;
  };
  const relations = new Map<string, string>();
  for (const [input, fixture] of test.given) {
    const { relation } = relationOf(externalName(input), fixture, await columns.of(input), input);
    relations.set(input, relation);
  }
  const actual = test.model.compile(
    {
      ref: (model) => relations.get(model) as string,
      source: (source, table) => relations.get(sourceKey({ source, table })) as string,
    },
    test.vars,
  );
  const given = await columns.of(test.model.name);
  const expected = relationOf('expected_rows', test.expect, given, 'expect');
  checkRowsAlike(test.expect, `${where}: expect`);
  const compared = expected.columns === null || expected.columns.length === 0 ? namesOf(given) : expected.columns;
  const body = await queryWithTables(engine.target, {
    query: differenceSql(actual, expected.relation, compared),
    tables,
    settings: { ...FIXTURE_SETTINGS, output_format_json_quote_64bit_integers: '0' },
  });
  const rows = body.split('\n').filter((line) => line !== '');
  return {
    name: test.name,
    kind: 'unit',
    subject: test.model.name,
    column: null,
    status: rows.length === 0 ? 'pass' : 'fail',
    severity: 'error',
    failures: rows.length,
    code: '',
    detail: rows.length === 0 ? '' : test.description,
    rows,
  };
}

/** Rows of one side that the other has not, or not as often; `_side` tells which. */
function differenceSql(actual: string, expected: string, columns: readonly string[]): string {
  const list = columns.map(quoteIdentifier).join(', ');
  const given = `select ${list} from (${actual}\n)`;
  const wanted = `select ${list} from ${expected}`;
  return `
    select _side, ${list} from (
      select 'expected, not given' as _side, ${list} from ((${wanted}) except all (${given}))
      union all
      select 'given, not expected' as _side, ${list} from ((${given}) except all (${wanted}))
    )
    order by all
    limit ${SHOWN_ROWS}
    format JSONEachRow`;
}

/** A column that one row leaves out would be compared with something that nobody wrote. */
function checkRowsAlike(fixture: Fixture, where: string): void {
  if (fixture.format !== 'dict') return;
  const all = new Set(fixture.rows.flatMap((row) => Object.keys(row)));
  for (const [i, row] of fixture.rows.entries()) {
    const missing = [...all].filter((column) => !(column in row));
    if (missing.length === 0) continue;
    throw new MillraceError(
      TEST_ERRORS.declarationInvalid,
      `${where}: row ${i + 1} has no ${missing.join(', ')}, which others have; every row names the columns that are compared`,
    );
  }
}

function namesOf(columns: readonly ModelColumn[]): string[] {
  return columns.map(({ name }) => name);
}
