import { jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import type { ReaderQuery, TextRow } from '../../warehouse-reader.ts';
import type { BreakdownColumn, BreakdownMeasure } from '../breakdown/breakdown.ts';
import { type BreakdownQuestion, breakdownQuery } from '../breakdown/breakdown-query.ts';

/** In the facts' own query there is nothing of it; `withSlowestSteps` puts it there. */
const COLUMNS = ['slowest_service', 'slowest_step', 'slowest_count', 'slowest_ms', 'slowest_p90_ms'] as const;

const measure: BreakdownMeasure = {
  of: COLUMNS,
  schema: {
    type: ['object', 'null'],
    description:
      'The step of a service that took the most time in all these sagas, each since the step before it; of equal ones the first by ' +
      'name. Null without steps.',
    required: ['service', 'step', 'steps', 'total_step_ms', 'p90_step_ms'],
    properties: {
      service: { type: 'string' },
      step: { type: 'string' },
      steps: { type: 'integer', description: 'How often it was taken.' },
      total_step_ms: { type: 'integer', description: 'In all, milliseconds.' },
      p90_step_ms: { type: 'integer', description: '90 % were not longer, interpolated, milliseconds.' },
    },
    additionalProperties: false,
  },
  text: (row) =>
    row.slowest_ms === null || row.slowest_ms === undefined
      ? 'null'
      : objectText([
          ['service', jsonText(row.slowest_service)],
          ['step', jsonText(row.slowest_step)],
          ['steps', numberToken(row.slowest_count ?? null)],
          ['total_step_ms', numberToken(row.slowest_ms)],
          ['p90_step_ms', numberToken(row.slowest_p90_ms ?? null)],
        ]),
};

export const SLOWEST_STEP: { columns: Readonly<Record<string, BreakdownColumn>>; measure: BreakdownMeasure } = {
  columns: Object.fromEntries(COLUMNS.map((name) => [name, { facts: "cast(null, 'Nullable(String)')" }])),
  measure,
};

/** For each row of a breakdown of sagas its slowest step. `question` is that of the steps, by the same dimensions. */
export function slowestStepsQuery(question: BreakdownQuestion): ReaderQuery {
  const { values } = question;
  const measures = ['steps', 'total_step_ms', 'p90_step_ms'];
  const by = [...values.by, 'service', 'step'];
  const { sql, parameters } = breakdownQuery({ ...question, values: { ...values, by, measures } });
  const keys = [...(values.grain === null ? [] : ['period_number']), ...values.by.map((name) => `key_${name}`)];
  return {
    name: 'saga_slowest_steps',
    sql: `
      select *
      from (${sql})
      order by ${[...keys, 'toInt64(total_step_ms) desc', 'key_service', 'key_step'].join(', ')}
      limit 1${keys.length === 0 ? '' : ` by ${keys.join(', ')}`}`,
    // Of the steps' rows nothing may be left out.
    parameters: { ...parameters, max_rows: Number.MAX_SAFE_INTEGER },
  };
}

export function withSlowestSteps(
  rows: readonly TextRow[],
  slowest: readonly TextRow[],
  keyOf: (row: TextRow) => string,
): readonly TextRow[] {
  const byKey = new Map(slowest.map((row) => [keyOf(row), row]));
  return rows.map((row) => {
    const found = byKey.get(keyOf(row));
    if (found === undefined) return row;
    return {
      ...row,
      slowest_service: found.key_service ?? null,
      slowest_step: found.key_step ?? null,
      slowest_count: found.steps ?? null,
      slowest_ms: found.total_step_ms ?? null,
      slowest_p90_ms: found.p90_step_ms ?? null,
    };
  });
}
