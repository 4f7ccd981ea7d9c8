/** Of units a day. */
export interface DemandStatistics {
  /** Null without a day. */
  readonly mean: number | null;
  /** Of the sample (n - 1); null with fewer than two days. */
  readonly deviation: number | null;
  /** Deviation divided by mean; null without either or without demand. */
  readonly variation: number | null;
}

/** Two passes, so that a large mean does not swallow a small deviation. */
export function demandStatistics(demand: readonly number[]): DemandStatistics {
  const days = demand.length;
  if (days === 0) return { mean: null, deviation: null, variation: null };
  const mean = demand.reduce((sum, units) => sum + units, 0) / days;
  if (days === 1) return { mean, deviation: null, variation: null };
  const squares = demand.reduce((sum, units) => sum + (units - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (days - 1));
  return { mean, deviation, variation: mean === 0 ? null : deviation / mean };
}
