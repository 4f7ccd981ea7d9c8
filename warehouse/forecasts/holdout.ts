import type { ObservedDays, ObservedHistories } from './read-histories.ts';

/** Of less nothing can be told. */
const LEAST_DAYS = 14;
const MOST_DAYS = 90;
/** Of what was observed, kept for the test. */
const SHARE = 1 / 4;

/** Which days test a fit. Days since 1970; the first behind `calibrationEnd` is the first of them. */
export interface HoldoutPeriod {
  readonly calibrationEnd: number;
  readonly end: number;
}

/**
 * A fit until some day is tested by what was observed behind it; one until the last day by a fit of its own, until a quarter of the
 * time before (90 days at the most). Null where that is too short.
 */
export function holdoutPeriod({ first, last }: ObservedDays, end: number): HoldoutPeriod | null {
  if (last - end >= LEAST_DAYS) return { calibrationEnd: end, end: last };
  const days = Math.min(MOST_DAYS, Math.floor((end - first + 1) * SHARE));
  return days < LEAST_DAYS ? null : { calibrationEnd: end - days, end };
}

/** What a fit said before, against what came. */
export interface HoldoutError {
  readonly customers: number;
  /** Mean of |predicted - actual| over customers, purchases. */
  readonly meanAbsoluteError: number;
  readonly predictedPurchases: number;
  readonly actualPurchases: number;
}

/** `predict`: purchases of a customer in the period. Null where there is no customer. */
export function holdoutError(
  histories: ObservedHistories,
  predict: (frequency: number, recency: number, age: number) => number,
): HoldoutError | null {
  const { frequency, recency, age, customers, laterPurchases } = histories;
  let [all, errors, predicted, actual] = [0, 0, 0, 0];
  for (let i = 0; i < customers.length; i++) {
    const number = customers[i] as number;
    const later = laterPurchases[i] as number;
    const expected = predict(frequency[i] as number, recency[i] as number, age[i] as number);
    all += number;
    errors += number * Math.abs(expected - later);
    predicted += number * expected;
    actual += number * later;
  }
  if (all === 0) return null;
  return {
    customers: all,
    meanAbsoluteError: errors / all,
    predictedPurchases: predicted,
    actualPurchases: actual,
  };
}
