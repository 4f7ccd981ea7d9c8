/** A period that is far from what its surroundings and the season let expect. */
export interface Anomaly {
  readonly expected: number;
  /** Modified z-score: how many robust deviations it is off. */
  readonly score: number;
}

/** Iglewicz and Hoaglin's (How to Detect and Handle Outliers, 1993). */
export const THRESHOLD = 3.5;
export const RULE =
  'the value less the trend, the median of the other periods around it and the median of its place in the season (from three seasons ' +
  'on); modified z-score, 0.6745 times the distance from the median by the median absolute deviation, beyond 3.5';

/** With fewer there is nothing to stand out from. */
export const MIN_PERIODS = 8;
const MIN_SEASONS = 3;

/** For each value whether it stands out; all null for a series that is too short. */
export function anomaliesOf(values: readonly number[], seasonLength: number): (Anomaly | null)[] {
  if (values.length < MIN_PERIODS) return values.map(() => null);
  const isSeasonal = seasonLength > 1 && values.length >= MIN_SEASONS * seasonLength;
  const reach = Math.max(3, isSeasonal ? Math.floor(seasonLength / 2) : 3);
  const slope = slopeOf(values, isSeasonal ? seasonLength : 1);
  const level = values.map((value, index) => value - slope * index);
  // Without the period itself: one that is the median of its surroundings would seem to be off by nothing.
  const off = level.map((value, index) => {
    const from = Math.max(0, Math.min(index - reach, values.length - 2 * reach - 1));
    const others = level.slice(from, from + 2 * reach + 1);
    others.splice(index - from, 1);
    return value - median(others);
  });
  const season = Array.from({ length: isSeasonal ? seasonLength : 1 }, (_, place) =>
    isSeasonal ? median(off.filter((_, index) => index % seasonLength === place)) : 0,
  );
  const rest = off.map((each, index) => each - (season[index % season.length] as number));
  const middle = median(rest);
  const distances = rest.map((each) => Math.abs(each - middle));
  // Where more than half are the same, the mean distance stands in for the median one.
  const medianDistance = median(distances) / 0.6745;
  const size = medianDistance > 0 ? medianDistance : 1.253314 * mean(distances);
  // What is as good as nothing is rounding.
  const least = 1e-9 * Math.max(1, ...values.map(Math.abs));
  return values.map((value, index) => {
    const distance = (rest[index] as number) - middle;
    if (size <= least) return null;
    const score = distance / size;
    return Math.abs(score) > THRESHOLD ? { expected: value - distance, score } : null;
  });
}

/** The median of what half of the series rises to the other half: a few values that stand out do not bend it. */
function slopeOf(values: readonly number[], seasonLength: number): number {
  const apart = Math.max(1, Math.floor(values.length / 2 / seasonLength)) * seasonLength;
  return median(values.slice(apart).map((value, index) => (value - (values[index] as number)) / apart));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
