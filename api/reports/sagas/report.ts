import type { BreakdownFilter } from '../breakdown/breakdown.ts';
import { breakdownAnswer } from '../breakdown/breakdown-answer.ts';
import { type BreakdownQuestion, breakdownQuery, rowKey } from '../breakdown/breakdown-query.ts';
import { BREAKDOWN_META, breakdownRowSchema } from '../breakdown/breakdown-schema.ts';
import { isOneOf } from '../breakdown/named.ts';
import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report, ReportData, ReportQuestion } from '../report.ts';
import { breakdownFor, measuresFor, SAGAS_PARAMETERS, type SagasValues, subject, wrongSagas } from './parameters.ts';
import { OUTCOMES, SAGA_STEPS, SAGA_TYPE, SAGAS, SERVICE } from './saga-breakdowns.ts';
import { slowestStepsQuery, withSlowestSteps } from './slowest-step.ts';

function filtersOf(values: SagasValues, isOfSteps: boolean): readonly BreakdownFilter[] {
  const onSagas = [
    ...isOneOf('types', SAGA_TYPE, values.saga_type),
    ...(values.outcome.length < OUTCOMES.length ? isOneOf('outcomes', 'f.outcome', values.outcome) : []),
  ].map((sql) => ({ sql }));
  if (values.service.length === 0) return onSagas;
  if (isOfSteps) return [...onSagas, ...isOneOf('services', SERVICE, values.service).map((sql) => ({ sql }))];
  return [...onSagas, { sql: 'hasAny({services:Array(String)}, f.steps.service)', onlyFacts: true }];
}

async function computeSagas(question: ReportQuestion<typeof SAGAS_PARAMETERS>): Promise<ReportData> {
  const { watermark, reader, settings } = question;
  const { maxRows } = settings;
  const breakdown = breakdownFor(question.values);
  const values = { ...question.values, measures: measuresFor(question.values) };
  const asked: BreakdownQuestion = {
    breakdown,
    values,
    filters: filtersOf(values, breakdown === SAGA_STEPS),
    parameters: { types: values.saga_type, outcomes: values.outcome, services: values.service },
    watermark,
    maxRows: maxRows + 1,
  };
  const ofSteps = { ...asked, breakdown: SAGA_STEPS, filters: filtersOf(values, true) };
  const [rows, slowest] = await Promise.all([
    reader.rows(breakdownQuery(asked)),
    values.measures.includes('slowest_step') ? reader.rows(slowestStepsQuery(ofSteps)) : [],
  ]);
  const complete = withSlowestSteps(rows, slowest, (row) => rowKey(breakdown, values, row));
  const { meta, ...answer } = breakdownAnswer({ breakdown, values, rows: complete, maxRows });
  return { ...answer, meta: { ...meta, rows_are: subject(breakdown) } };
}

export const sagas: Report<typeof SAGAS_PARAMETERS> = {
  path: '/v1/reports/sagas',
  name: 'sagas',
  summary: 'How sagas end, how long they take, and which steps take the time',
  description:
    'Sagas by the day on which they began. By `service` or `step` rows are about the steps of sagas instead (`meta.rows_are`), with ' +
    'measures of their own. A row for each combination that occurs.',
  parameters: SAGAS_PARAMETERS,
  alsoWrong: wrongSagas,
  rowSchema: breakdownRowSchema(SAGA_STEPS, SAGAS),
  metaProperties: {
    ...BREAKDOWN_META,
    rows_are: { enum: ['sagas', 'steps'], description: 'What rows count.' },
  },
  example: {
    data: [
      {
        saga_type: 'order',
        sagas: 800,
        share: 0.8,
        finished: 780,
        running: 18,
        compensating: 2,
        completed: 720,
        compensated: 40,
        failed: 20,
        unknown: 0,
        completion_rate: 0.9231,
        steps: 7021,
        failed_steps: 61,
        compensations: 88,
        sagas_with_compensations: 42,
        average_duration_ms: 91244,
        p50_duration_ms: 80120,
        p90_duration_ms: 150031,
        p99_duration_ms: 240990,
        slowest_step: {
          service: 'inventory',
          step: 'stock_shipped',
          steps: 730,
          total_step_ms: 40112000,
          p90_step_ms: 99020,
        },
      },
    ],
    meta: {
      report: 'sagas',
      ...META_EXAMPLE,
      rows: 1,
      grain: null,
      range: { from: null, to: null, bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: [],
      rows_are: 'sagas',
      parameters: { from: null, to: null, grain: null, by: ['saga_type'] },
    },
  },
  problemStatuses: [422],
  compute: computeSagas,
};
