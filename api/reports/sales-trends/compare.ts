import { type Parameter, quoteShort } from '../../parameters/parameter.ts';
import { type DayRange, dayOf } from '../calendar.ts';

export const COMPARISONS = ['previous_period', 'previous_year', 'previous_year_weekday'] as const;
export type Comparison = (typeof COMPARISONS)[number] | DayRange;

const RANGE = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

/** What periods are compared with, as text that `comparisonOf` understands; null when absent. */
export function comparison(description: string): Parameter<string | null> {
  return {
    description,
    repeatable: false,
    allowed: [...COMPARISONS, 'FROM..TO, two days as YYYY-MM-DD'],
    schema: {
      type: 'string',
      anyOf: [{ enum: COMPARISONS }, { pattern: '^\\d{4}-\\d{2}-\\d{2}\\.\\.\\d{4}-\\d{2}-\\d{2}$' }],
      examples: ['previous_year', '2025-11-28..2025-12-01'],
    },
    fallback: null,
    read: ([text = '']) => (comparisonOf(text) === null ? { refused: `${quoteShort(text)} is neither` } : text),
  };
}

export function comparisonOf(text: string): Comparison | null {
  const named = COMPARISONS.find((each) => each === text);
  if (named !== undefined) return named;
  const [, first = '', last = ''] = RANGE.exec(text) ?? [];
  const [from, to] = [dayOf(first), dayOf(last)];
  return from === null || to === null || from > to ? null : { from, to };
}
