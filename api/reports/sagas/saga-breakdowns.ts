import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { Breakdown, BreakdownDimension, BreakdownMeasure } from '../breakdown/breakdown.ts';
import { count, percentileColumns, percentiles, ratio, shareOfPeriod } from '../breakdown/measures.ts';
import { named } from '../breakdown/named.ts';
import { SLOWEST_STEP } from './slowest-step.ts';

export const OUTCOMES = ['running', 'compensating', 'completed', 'compensated', 'failed', 'unknown'] as const;

export const SAGA_TYPE = named('f.saga_type');

const COMMON_DIMENSIONS = {
  saga_type: {
    key: SAGA_TYPE,
    fields: [{ name: 'saga_type', kind: 'text', sql: SAGA_TYPE, description: 'what the saga does' }],
  },
  outcome: {
    key: 'f.outcome',
    fields: [{ name: 'outcome', kind: 'text', sql: 'f.outcome', description: `of the saga: ${OUTCOMES.join(', ')}` }],
  },
} as const satisfies Record<string, BreakdownDimension>;

/** Rows about whole sagas: counted from the cube, durations in percentiles and the slowest step from the facts. */
export const SAGAS: Breakdown = {
  name: 'sagas',
  date: 'started_date',
  relation: { cube: partsAt('saga_outcome_cube'), facts: modelAt('saga_fact') },
  occursInCube: 'sum(f.sagas) != 0',
  dimensions: COMMON_DIMENSIONS,
  columns: {
    sagas: { cube: 'toString(sum(f.sagas))', facts: 'toString(count())' },
    finished: { cube: 'toString(sum(f.finished_sagas))', facts: 'toString(countIf(f.finished_at is not null))' },
    ...Object.fromEntries(
      OUTCOMES.map((outcome) => [
        outcome,
        {
          cube: `toString(sumIf(f.sagas, f.outcome = '${outcome}'))`,
          facts: `toString(countIf(f.outcome = '${outcome}'))`,
        },
      ]),
    ),
    steps: { cube: 'toString(sum(f.steps))', facts: 'toString(sum(f.step_count))' },
    failed_steps: { cube: 'toString(sum(f.failed_steps))', facts: 'toString(sum(f.failed_steps))' },
    compensations: { cube: 'toString(sum(f.compensations))', facts: 'toString(sum(f.compensations))' },
    compensating_sagas: { facts: 'toString(countIf(f.compensations > 0))' },
    duration_ms: { cube: 'toString(sum(f.duration_ms))', facts: 'toString(sum(ifNull(f.duration_ms, 0)))' },
    ...percentileColumns('duration_ms', 'f.duration_ms', 'f.duration_ms is not null'),
    ...SLOWEST_STEP.columns,
  },
  measures: {
    sagas: count('sagas', 'Sagas; by service or step: those with such a step'),
    share: shareOfPeriod('sagas', 'Share of the sagas'),
    finished: count('finished', 'Sagas that have ended'),
    ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(outcome, `Sagas whose outcome is ${outcome}`)])),
    completion_rate: ratio({ of: 'completed', by: 'finished', description: 'completed divided by finished' }),
    steps: count('steps', 'Steps recorded'),
    failed_steps: count('failed_steps', 'Steps that failed'),
    compensations: count('compensations', 'Steps that took another back'),
    sagas_with_compensations: count('compensating_sagas', 'Sagas with at least one compensation'),
    average_duration_ms: ratio({
      of: 'duration_ms',
      by: 'finished',
      scale: 0,
      description: 'Milliseconds from start to end, mean of those that have ended',
    }),
    ...percentiles('duration_ms', 'From start to end of those that have ended'),
    slowest_step: SLOWEST_STEP.measure,
  },
};

export const SERVICE = named('f.service');

const STEP_MEASURES: Readonly<Record<string, BreakdownMeasure>> = {
  sagas: SAGAS.measures.sagas as BreakdownMeasure,
  steps: SAGAS.measures.steps as BreakdownMeasure,
  failed_steps: SAGAS.measures.failed_steps as BreakdownMeasure,
  compensations: SAGAS.measures.compensations as BreakdownMeasure,
  failure_rate: ratio({
    of: 'failed_steps',
    by: 'steps',
    description: 'by service or step: failed_steps divided by steps',
  }),
  total_step_ms: count(
    'total_step_ms',
    'by service or step: time of the steps, each since the step before it in its saga, milliseconds',
  ),
  share_of_time: shareOfPeriod('total_step_ms', 'by service or step: share of the time of steps'),
  average_step_ms: ratio({
    of: 'total_step_ms',
    by: 'steps',
    scale: 0,
    description: 'by service or step: mean milliseconds of a step',
  }),
  ...percentiles('step_ms', 'by service or step: time of a step'),
};

/** Rows about the steps of sagas. */
export const SAGA_STEPS: Breakdown = {
  name: 'saga_steps',
  date: 'started_date',
  relation: {
    facts: `(
        select s.correlation_id as correlation_id, s.started_date as started_date, s.saga_type as saga_type,
          s.outcome as outcome, t.service as service, t.step as step, t.outcome as step_outcome, t.step_ms as step_ms
        from ${modelAt('saga_fact')} as s
        array join s.steps as t
      )`,
  },
  dimensions: {
    ...COMMON_DIMENSIONS,
    service: {
      key: SERVICE,
      fields: [{ name: 'service', kind: 'text', sql: SERVICE, description: 'that took the step' }],
    },
    step: {
      key: named('f.step'),
      fields: [{ name: 'step', kind: 'text', sql: named('f.step'), description: 'type of the event that records it' }],
    },
  },
  columns: {
    sagas: { facts: 'toString(uniqExact(f.correlation_id))' },
    steps: { facts: 'toString(count())' },
    failed_steps: { facts: `toString(countIf(f.step_outcome = 'failed'))` },
    compensations: { facts: `toString(countIf(f.step_outcome = 'compensated'))` },
    total_step_ms: { facts: 'toString(sum(f.step_ms))' },
    ...percentileColumns('step_ms', 'f.step_ms', 'true'),
  },
  measures: STEP_MEASURES,
};
