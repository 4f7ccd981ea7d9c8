import {
  bestSmoothing,
  canSmooth,
  deviation,
  expected,
  SEASONALITIES,
  type Seasonality,
  type Smoothed,
} from './holt-winters.ts';

export interface Expectation {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** What is told of how a forecast was made. */
export interface ForecastMethod {
  readonly method: Seasonality;
  /** Periods of a season; null without one. */
  readonly seasonLength: number | null;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number | null;
  readonly damping: number;
  /** Periods that it was fitted to. */
  readonly fittedPeriods: number;
  readonly backtest: Backtest;
}

/** Error over the last periods, which were forecast from those before them. */
export interface Backtest {
  readonly periods: number;
  readonly meanAbsoluteError: number;
  /** That error by the mean of what there was; null where that is 0. */
  readonly relativeError: number | null;
  /** That error by the one of taking the period of a season ago (or the last one) again; null where that has none. */
  readonly scaledError: number | null;
}

export type SeriesForecast =
  | { readonly expectations: readonly Expectation[]; readonly made: ForecastMethod }
  | { readonly refused: string };

export const MIN_PERIODS = 8;
/** Periods of a backtest, if the series is long enough for them. */
const LEAST_HELD = 6;
/** Longer histories say little more and cost more. */
const MAX_PERIODS = 1_500;
/** Of the normal distribution, for an interval of 95 %. */
const Z_95 = 1.959964;

/**
 * Continues a series by the kind of season that would have foretold its own end best. Unless `canBeNegative`, never below zero,
 * if it never was.
 */
export function forecastSeries(
  history: readonly number[],
  options: { ahead: number; seasonLength: number; canBeNegative: boolean },
): SeriesForecast {
  const values = history.slice(-MAX_PERIODS);
  if (values.length < MIN_PERIODS) {
    return { refused: `${values.length} whole periods; a forecast takes at least ${MIN_PERIODS}` };
  }
  const { ahead, seasonLength } = options;
  // What is chosen by two periods is chosen by chance.
  const held = Math.max(
    1,
    Math.min(Math.max(ahead, LEAST_HELD), Math.floor(values.length / 4), 2 * Math.max(seasonLength, 6)),
  );
  const [before, after] = [values.slice(0, -held), values.slice(-held)];
  let chosen: { seasonality: Seasonality; error: number } = { seasonality: 'none', error: Number.POSITIVE_INFINITY };
  for (const seasonality of SEASONALITIES) {
    if (!canSmooth(before, seasonality, seasonLength)) continue;
    const smoothed = bestSmoothing(before, seasonality, seasonLength);
    const error = mean(after.map((value, index) => Math.abs(value - expected(smoothed, index + 1))));
    // A season has to be worth it.
    if (error < chosen.error * 0.999) chosen = { seasonality, error };
  }
  const { seasonality, error } = chosen;
  const smoothed = bestSmoothing(values, seasonality, seasonLength);
  const lowest = options.canBeNegative || values.some((value) => value < 0) ? Number.NEGATIVE_INFINITY : 0;
  const expectations = Array.from({ length: ahead }, (_, index): Expectation => {
    const [value, width] = [expected(smoothed, index + 1), Z_95 * deviation(smoothed, index + 1)];
    const atLeast = (each: number) => Math.max(each, lowest);
    return { value: atLeast(value), lower: atLeast(value - width), upper: atLeast(value + width) };
  });
  return { expectations, made: { ...described(smoothed), fittedPeriods: values.length, backtest: backtestOf() } };

  function backtestOf(): Backtest {
    const size = mean(after.map(Math.abs));
    const lag = before.length >= seasonLength ? Math.max(seasonLength, 1) : 1;
    const naive = mean(
      after.map((value, index) => Math.abs(value - (before[before.length - lag + (index % lag)] as number))),
    );
    return {
      periods: held,
      meanAbsoluteError: error,
      relativeError: size > 0 ? error / size : null,
      scaledError: naive > 0 ? error / naive : null,
    };
  }
}

function described({ smoothing }: Smoothed): Omit<ForecastMethod, 'fittedPeriods' | 'backtest'> {
  const { seasonality, seasonLength, alpha, beta, gamma, damping } = smoothing;
  const isSeasonal = seasonality !== 'none';
  return {
    method: seasonality,
    seasonLength: isSeasonal ? seasonLength : null,
    alpha,
    beta,
    gamma: isSeasonal ? gamma : null,
    damping,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
