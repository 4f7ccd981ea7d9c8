import { Random } from '../random.ts';

/** How somebody buys, for as long as they do: what the models of customers' future purchases take for granted. */
export interface Habits {
  /** Purchases in a time, compared with those of other people; 1 on average. */
  readonly pace: number;
  /** From the first visit to the last one. */
  readonly staysMs: number;
  /** Things in a basket, compared with those of other people; about 1 on average. */
  readonly basket: number;
}

const DAY_MS = 86_400_000;
/** People leave by chance, some sooner than others: half of them within a year or so. */
const LEAVING_MS = 800 * DAY_MS;

/** Everybody's own, and the same in the past and in live traffic. */
export function habitsOf(customerId: number): Habits {
  const random = new Random(customerId, 'habits');
  return {
    pace: gamma(random, 2) / 2,
    staysMs: (LEAVING_MS * gamma(random, 1)) / gamma(random, 2),
    basket: 3 / gamma(random, 4),
  };
}

/** A gamma variate of an integer shape and scale 1. */
function gamma(random: Random, shape: number): number {
  let sum = 0;
  for (let left = shape; left > 0; left--) sum -= Math.log(1 - random.unit());
  return Math.max(sum, 1e-3);
}
