import { choices, texts } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import { breakdownParameters, wrongBreakdownRange } from '../breakdown/parameters.ts';
import { OUTCOMES, SAGA_STEPS, SAGAS } from './saga-breakdowns.ts';

const ALL_MEASURES = [...new Set([...Object.keys(SAGAS.measures), ...Object.keys(SAGA_STEPS.measures)])];

export const SAGAS_PARAMETERS = {
  ...breakdownParameters({
    dimensions: Object.keys(SAGA_STEPS.dimensions),
    measures: ALL_MEASURES,
    day: 'the beginning of sagas',
  }),
  saga_type: texts('Only these types. Several are alternatives.'),
  outcome: choices(OUTCOMES, 'Only sagas with these outcomes. Default: all.'),
  service: texts('Only sagas with a step of these services, and only those steps. Several are alternatives.'),
};

export type SagasValues = ParameterValues<typeof SAGAS_PARAMETERS>;

/** By service or step, rows are about steps; otherwise about whole sagas. */
export function breakdownFor({ by }: Pick<SagasValues, 'by'>): Breakdown {
  return by.includes('service') || by.includes('step') ? SAGA_STEPS : SAGAS;
}

/** Those of the rows' kind, of the ones asked for. */
export function measuresFor(values: SagasValues): readonly string[] {
  const { measures } = breakdownFor(values);
  return Object.keys(measures).filter((name) => values.measures.includes(name));
}

export function wrongSagas(values: SagasValues): readonly ParameterProblem[] {
  const breakdown = breakdownFor(values);
  const allowed = Object.keys(breakdown.measures);
  const foreign = values.measures.filter((name) => !allowed.includes(name));
  // All of them is what is asked for by default.
  const problems: ParameterProblem[] =
    foreign.length === 0 || values.measures.length === ALL_MEASURES.length
      ? []
      : [{ parameter: 'measures', problem: `${foreign.join(', ')}: rows are about ${subject(breakdown)}`, allowed }];
  return [...wrongBreakdownRange(values), ...problems];
}

export function subject(breakdown: Breakdown): string {
  return breakdown === SAGAS ? 'sagas' : 'steps';
}
