import type { Spending } from '../forecasts/gamma-gamma.ts';
import type { ObservedHistories } from '../forecasts/read-histories.ts';
import { createRandom } from './random.ts';

const DAYS_PER_WEEK = 7;
/** After it, purchases count as later ones. */
const LATER_DAYS = 91;

/** What the customers are made with, by week: of BG/NBD and Gamma-Gamma. */
export const BUYERS = { r: 0.6, alpha: 60 / DAYS_PER_WEEK, a: 0.7, b: 2.5, p: 6.25, q: 3.75, v: 15.4 } as const;

/** Customers who buy on days as the models say, known for up to two years, and for 13 weeks more. Groups of those who are alike. */
export function simulateBuyers({ customers, seed }: { customers: number; seed: number }): {
  histories: ObservedHistories;
  spending: Spending;
} {
  const { next, below } = createRandom(seed);
  const groups = new Map<number, [number, number, number, number, number]>();
  const frequencies: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < customers; i++) {
    const days = 7 + below(720);
    const rate = gamma(BUYERS.r, next) / (BUYERS.alpha * DAYS_PER_WEEK);
    const x = gamma(BUYERS.a, next);
    const leaves = x / (x + gamma(BUYERS.b, next));
    let [at, frequency, last, later] = [0, 0, 0, 0];
    for (;;) {
      at += Math.max(1, Math.ceil(-Math.log(1 - next()) / rate));
      if (at > days + LATER_DAYS) break;
      if (at > days) later++;
      else [frequency, last] = [frequency + 1, at];
      if (next() < leaves) break;
    }
    const key = ((frequency * 1_000 + last) * 1_000 + days) * 200 + later;
    const group = groups.get(key);
    if (group !== undefined) group[4]++;
    else groups.set(key, [frequency, last / DAYS_PER_WEEK, days / DAYS_PER_WEEK, later, 1]);
    if (frequency === 0) continue;
    frequencies.push(frequency);
    values.push((BUYERS.v * gamma(BUYERS.p * frequency, next)) / gamma(BUYERS.q, next) / frequency);
  }
  const all = [...groups.values()];
  const column = (i: 0 | 1 | 2 | 3 | 4) => Float64Array.from(all, (group) => group[i]);
  return {
    histories: {
      frequency: column(0),
      recency: column(1),
      age: column(2),
      laterPurchases: column(3),
      customers: column(4),
    },
    spending: { frequency: Float64Array.from(frequencies), meanValue: Float64Array.from(values) },
  };
}

/** Marsaglia and Tsang's. */
export function gamma(shape: number, next: () => number): number {
  if (shape < 1) return gamma(shape + 1, next) * (1 - next()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - next()) < 0.5 * normal * normal + d - d * v + d * Math.log(v)) return d * v;
  }
}
