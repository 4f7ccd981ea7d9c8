import { bgNbdLikelihood } from './bg-nbd-likelihood.ts';
import { assertHistory, assertHorizon, type Customer } from './customer.ts';
import { maximiseFrom } from './maximise.ts';
import { customersOf, meanAgeOf, type PurchaseHistories } from './purchase-history.ts';

/**
 * The BG/NBD model of repeat buying (Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24,
 * 2005): purchases at a rate that differs between customers by a gamma distribution (r, alpha), and after each of them the
 * customer leaves with a chance that differs by a beta distribution (a, b). Everything is computed in logarithms, so that
 * extreme customers stay finite.
 */
export interface BgNbd {
  readonly r: number;
  /** In the unit of time of the histories. */
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

export interface BgNbdFit extends BgNbd {
  readonly logLikelihood: number;
  readonly customers: number;
  readonly iterations: number;
  readonly isConverged: boolean;
  /** Of the logarithms of r, alpha, a and b; null where the data do not tell the parameters apart. */
  readonly standardErrors: readonly number[] | null;
}

/** Of a series. Few are needed unless the horizon is many times the age. */
const MAX_TERMS = 1_000_000;

/**
 * The greatest likelihood; from another start where one leads nowhere. With `near`, parameters that are about right, it is found sooner,
 * and without standard errors. Precondition: there is a customer.
 */
export function fitBgNbd(histories: PurchaseHistories, near?: BgNbd): BgNbdFit {
  const likelihood = bgNbdLikelihood(histories);
  const meanAge = meanAgeOf(histories);
  const starts = [
    ...(near === undefined ? [] : [[near.r, near.alpha, near.a, near.b]]),
    [0.25, Math.max(meanAge / 10, 1e-3), 0.8, 2.5],
    [1, Math.max(meanAge, 1e-3), 1, 1],
    [0.05, Math.max(meanAge / 2, 1e-3), 0.3, 5],
  ].map((start) => start.map(Math.log));
  const { at, value, iterations, isConverged, standardErrors } = maximiseFrom(likelihood, starts, near === undefined);
  const [r, alpha, a, b] = at.map(Math.exp) as [number, number, number, number];
  return {
    r,
    alpha,
    a,
    b,
    logLikelihood: value,
    customers: customersOf(histories),
    iterations,
    isConverged,
    standardErrors,
  };
}

/** The chance, 0 to 1, that a customer will buy again. Throws RangeError for what is no history. */
export function probabilityAlive(model: BgNbd, customer: Customer): number {
  assertHistory(customer);
  const odds = logOddsLeft(model, customer);
  return odds > 0 ? Math.exp(-odds) / (1 + Math.exp(-odds)) : 1 / (1 + Math.exp(odds));
}

/**
 * Purchases to be expected of a customer in a time from now on (equation 10 of the paper). Throws RangeError for what is
 * no history, and for a horizon below 0.
 */
export function expectedPurchases(model: BgNbd, customer: Customer, horizon: number): number {
  return purchasesIfAlive(model, customer, horizon) * probabilityAlive(model, customer);
}

/**
 * The same of a customer who is alive: it hangs on frequency and age alone, so that one answer serves many customers. Throws
 * RangeError for a horizon below 0.
 */
export function purchasesIfAlive(
  model: BgNbd,
  { frequency: x, age }: Pick<Customer, 'frequency' | 'age'>,
  horizon: number,
): number {
  assertHorizon(horizon);
  if (horizon === 0) return 0;
  const { r, alpha, a, b } = model;
  const z = horizon / (alpha + age + horizon);
  const form = { e: a - 1, c: a + b + x - 1, z, remaining: Math.log1p(-z) };
  const isSmall = a - 1 > r + x;
  const growth = isSmall ? growthOfSeries({ ...form, first: r + x, second: b + x }) : growthOfEuler(form, r + x);
  return Math.max(0, growth);
}

interface Form {
  /** a - 1 */
  readonly e: number;
  readonly c: number;
  readonly z: number;
  /** log(1 - z) */
  readonly remaining: number;
}

/** c / e (1 - (1 - z)^first 2F1(first, second; c; z)), the series as it stands: its terms fall off, as c > first + second. */
function growthOfSeries({ e, c, z, remaining, first, second }: Form & { first: number; second: number }): number {
  let [term, sum, logScale] = [1, 1, 0];
  for (let k = 0; k < MAX_TERMS; k++) {
    term *= ((first + k) * (second + k) * z) / ((c + k) * (k + 1));
    sum += term;
    if (sum > 1e200) {
      logScale += Math.log(sum);
      term /= sum;
      sum = 1;
    }
    if (term <= 1e-16 * sum) break;
  }
  return (-c * Math.expm1(Math.log(sum) + logScale + first * remaining)) / e;
}

/**
 * The same after Euler's transformation, c / e (1 - (1 - z)^e 2F1(c - first, e; c; z)): for all others the one that falls
 * off. Both brackets are divided by e term by term, so that there is no pole where a is 1.
 */
function growthOfEuler({ e, c, z, remaining }: Form, exponent: number): number {
  const first = c - exponent;
  let term = (first * z) / c;
  let rest = term;
  for (let k = 1; k < MAX_TERMS; k++) {
    term *= ((first + k) * (e + k) * z) / ((c + k) * (k + 1));
    rest += term;
    if (Math.abs(term) <= 1e-16 * Math.abs(rest)) break;
  }
  const shrunk = Math.abs(e) < 1e-12 ? remaining : Math.expm1(e * remaining) / e;
  return c * (-shrunk - Math.exp(e * remaining) * rest);
}

/** Logarithm of the odds that the customer has left. */
function logOddsLeft({ r, alpha, a, b }: BgNbd, { frequency: x, recency, age }: Customer): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return Math.log(a) - Math.log(b + x - 1) + (r + x) * (Math.log(alpha + age) - Math.log(alpha + recency));
}
