import { decimalText, divided, unitsOf } from '../decimal.ts';
import { quotient } from '../measures.ts';
import type { Cell } from './level.ts';
import { type Additive, placesOf, type Raw, shownPlaces, type TrendMeasure } from './measures.ts';

/** What a row's measures are computed of. */
export interface Counted {
  readonly cell: Cell | undefined;
  /** Of everything in the period. */
  readonly total: Cell | undefined;
  /** In the smallest places of the measure `of`. */
  readonly yearToDate: bigint;
  readonly ofMovingPeriods: bigint;
}

const RATE_PLACES = 4;

/** A measure as it is shown: exact text; null where there is nothing to divide by. */
export function shown(
  measure: TrendMeasure,
  { cell, total, yearToDate, ofMovingPeriods }: Counted,
  { of, movingPeriods }: { of: Additive; movingPeriods: number },
): string | null {
  switch (measure) {
    case 'average_order_value':
      return quotient(textOf(cell, 'net_revenue'), textOf(cell, 'orders'));
    case 'return_rate':
      return share(textOf(cell, 'refunds'), textOf(cell, 'gross_revenue'), 2);
    case 'contribution':
      return share(textOf(cell, of), textOf(total, of), placesOf(of));
    case 'year_to_date':
      return decimalText(yearToDate, placesOf(of));
    case 'moving_average':
      return decimalText(divided(ofMovingPeriods * 10n ** BigInt(2 - placesOf(of)), BigInt(movingPeriods)), 2);
    default:
      return textOf(cell, measure);
  }
}

/** What came on top, and its share of what was before; null where one of them is not known, or nothing was before. */
export function changeOf(
  measure: TrendMeasure,
  now: string | null,
  before: string | null,
  of: Additive,
): { readonly difference: string | null; readonly ratio: string | null } {
  if (now === null || before === null) return { difference: null, ratio: null };
  const places = shownPlaces(measure, of);
  const was = unitsOf(before, places);
  const difference = unitsOf(now, places) - was;
  const ratio = was === 0n ? null : divided(difference * 10n ** BigInt(RATE_PLACES), was < 0n ? -was : was);
  return {
    difference: decimalText(difference, places),
    ratio: ratio === null ? null : decimalText(ratio, RATE_PLACES),
  };
}

function share(part: string, whole: string, places: number): string | null {
  const by = unitsOf(whole, places);
  if (by === 0n) return null;
  return decimalText(divided(unitsOf(part, places) * 10n ** BigInt(RATE_PLACES), by), RATE_PLACES);
}

export function textOf(cell: Cell | undefined, measure: Raw): string {
  return cell?.[measure] ?? (placesOf(measure) === 0 ? '0' : '0.00');
}
