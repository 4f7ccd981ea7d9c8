import { choice, choices, date } from '../../parameters/parameter.ts';
import type { ParameterProblem } from '../../problems/problem.ts';
import { GRAINS, type Grain } from '../calendar.ts';

export interface BreakdownValues {
  readonly from: string | null;
  readonly to: string | null;
  readonly grain: Grain | null;
  readonly by: readonly string[];
  readonly measures: readonly string[];
}

/** What every breakdown can be asked. `day` says which day is meant. */
export function breakdownParameters<const D extends string, const M extends string>(options: {
  dimensions: readonly D[];
  measures: readonly M[];
  day: string;
}) {
  const { dimensions, measures, day } = options;
  return {
    from: date(`First day of the range, of ${day} (UTC). Default: from the beginning.`, '2026-01-01'),
    to: date(`Last day of the range (UTC); it is part of it. Default: to the end.`, '2026-06-30'),
    grain: choice(
      GRAINS,
      null,
      'A row for each period of this length. Weeks begin on Monday. Default: the range as a whole.',
    ),
    by: {
      ...choices(
        dimensions,
        'A row for each combination of these that occurs; comma-separated or repeated. Default: none.',
      ),
      fallback: [] as readonly D[],
    },
    measures: choices(measures, 'Only these measures; comma-separated or repeated. Default: all.'),
  };
}

export function wrongBreakdownRange({ from, to }: Pick<BreakdownValues, 'from' | 'to'>): readonly ParameterProblem[] {
  if (from === null || to === null || from <= to) return [];
  return [{ parameter: 'to', problem: `${to} is before from (${from})`, allowed: 'a day not before from' }];
}
