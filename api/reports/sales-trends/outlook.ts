import { API_ERRORS } from '../../errors.ts';
import { ApiError } from '../../problems/problem.ts';
import { type Anomaly, anomaliesOf } from './anomaly.ts';
import { type Expectation, forecastSeries, type SeriesForecast } from './forecast.ts';
import type { Additive } from './measures.ts';
import type { Period } from './period-axis.ts';

/** Series that are forecast in one report: each is fitted several times. */
export const MAX_SERIES = 50;

/** What cannot be below zero, unless somebody books backwards. */
const NEVER_NEGATIVE: readonly Additive[] = ['gross_revenue', 'discounts', 'refunds', 'tax', 'cost', 'units', 'orders'];

export interface Outlook {
  readonly forecast: SeriesForecast;
  /** Of a period of the range, by its index, or of one that follows; null where none is expected. */
  expectation(index: number): Expectation | null;
}

/** The whole periods of the range that were over: what is forecast follows the last of them. */
export function observedOf(periods: readonly Period[]): { readonly from: number; readonly to: number } {
  const to = periods.findLastIndex(({ isPartial, isOver }) => isOver && !isPartial) + 1;
  // Only the first can be cut at its beginning.
  return { from: periods[0]?.isPartial === true && to > 0 ? 1 : 0, to };
}

export function outlookOf(options: {
  /** Of all periods of the range. */
  values: readonly number[];
  observed: { readonly from: number; readonly to: number };
  ahead: number;
  seasonLength: number;
  of: Additive;
}): Outlook {
  const { values, observed, ahead, seasonLength, of } = options;
  const forecast = forecastSeries(values.slice(observed.from, observed.to), {
    ahead,
    seasonLength,
    canBeNegative: !NEVER_NEGATIVE.includes(of),
  });
  return {
    forecast,
    expectation: (index) => ('refused' in forecast ? null : (forecast.expectations[index - observed.to] ?? null)),
  };
}

/** Of each period of the range; what was not over, or is cut, is not judged. */
export function anomaliesWithin(
  values: readonly number[],
  observed: { readonly from: number; readonly to: number },
  seasonLength: number,
): (Anomaly | null)[] {
  const found = anomaliesOf(values.slice(observed.from, observed.to), seasonLength);
  return values.map((_, index) => found[index - observed.from] ?? null);
}

export function refuseSeriesBeyond(series: number): void {
  if (series <= MAX_SERIES) return;
  const detail = `a forecast of ${series} series; the limit is ${MAX_SERIES}, and top makes them fewer`;
  throw new ApiError(API_ERRORS.reportTooLarge, detail);
}
