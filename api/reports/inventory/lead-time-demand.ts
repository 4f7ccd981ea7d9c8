import type { DemandStatistics } from './demand-statistics.ts';
import { normalProbability } from './normal-distribution.ts';

/** What is known of the demand between an order and its arrival. Units; null where the demand says too little. */
export interface LeadTimeDemand {
  readonly safetyStock: number | null;
  /** Expected demand and safety stock. */
  readonly reorderPoint: number | null;
  /** Probability that demand is more than what is available. */
  readonly stockOutRisk: number | null;
}

export const UNKNOWN_DEMAND: LeadTimeDemand = { safetyStock: null, reorderPoint: null, stockOutRisk: null };

/**
 * Demand of the lead time as a normal distribution: mean m L, variance L s^2 + m^2 s_L^2 for a daily demand of mean m and
 * deviation s and a lead time of mean L and deviation s_L (Silver, Pyke, Thomas, "Inventory and Production Management in
 * Supply Chains", 4th ed., section 6.10: demand and lead time vary independently). `factor` is the normal quantile of the service
 * level, the probability that there is no stock-out in a cycle.
 */
export function normalLeadTimeDemand(options: {
  statistics: DemandStatistics;
  leadTimeDays: number;
  leadTimeDeviationDays: number;
  factor: number;
  available: number;
}): LeadTimeDemand {
  const { statistics, leadTimeDays, leadTimeDeviationDays, factor, available } = options;
  const { mean, deviation } = statistics;
  if (mean === null || deviation === null) return UNKNOWN_DEMAND;
  const expected = mean * leadTimeDays;
  const spread = Math.sqrt(leadTimeDays * deviation ** 2 + (mean * leadTimeDeviationDays) ** 2);
  const certain = available < expected ? 1 : 0;
  return {
    safetyStock: factor * spread,
    reorderPoint: expected + factor * spread,
    stockOutRisk: spread === 0 ? certain : normalProbability((expected - available) / spread),
  };
}

/**
 * Demand of the lead time as it was: of each run of so many days with stock. The reorder point is the smallest of these sums that
 * is not passed in the service level's share of them. Nothing is said of fewer days than one lead time.
 */
export function empiricalLeadTimeDemand(options: {
  demand: readonly number[];
  leadTimeDays: number;
  serviceLevel: number;
  available: number;
}): LeadTimeDemand {
  const { demand, leadTimeDays, serviceLevel, available } = options;
  const sums = runningSums(demand, leadTimeDays);
  if (sums.length === 0) return UNKNOWN_DEMAND;
  const sorted = sums.toSorted((left, right) => left - right);
  // A level such as 0.95 of 20 sums must not become the 20th through its binary fraction.
  const rank = Math.max(1, Math.ceil(serviceLevel * sorted.length - 1e-9));
  const reorderPoint = sorted[rank - 1] ?? 0;
  const expected = (demand.reduce((sum, units) => sum + units, 0) / demand.length) * leadTimeDays;
  return {
    safetyStock: reorderPoint - expected,
    reorderPoint,
    stockOutRisk: sums.filter((sum) => sum > available).length / sums.length,
  };
}

function runningSums(demand: readonly number[], days: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const [index, units] of demand.entries()) {
    sum += units - (demand[index - days] ?? 0);
    if (index >= days - 1) sums.push(sum);
  }
  return sums;
}
