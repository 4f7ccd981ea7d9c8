import type { Objective } from './maximise.ts';
import type { ParetoNbd } from './pareto-nbd.ts';
import type { PurchaseHistories } from './purchase-history.ts';
import { gaussLegendre } from './quadrature.ts';
import { digamma, logGamma } from './special-functions.ts';

const SMALLEST = 1e-10;
const GREATEST = 1e10;

const { nodes: NODES, weights: WEIGHTS } = gaussLegendre(32);
/** What the integrand has fallen by, in logarithms, where the rest does not count any more; and where nodes get too far apart. */
const ENOUGH = 45;
const TOO_MUCH = 90;

/** A customer: repeat purchases, and the times of the last one and of today since the first. */
interface History {
  readonly x: number;
  readonly recency: number;
  readonly age: number;
}

/**
 * The chance that the customer left before today against that of being alive, in logarithms, with its slopes by r, alpha, s, beta:
 *
 *   s * integral from the last purchase to today of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy,
 *   against (alpha + age)^-(r + x) (beta + age)^-s
 *
 * The literature has a difference of two hypergeometric functions for the integral, which cancel each other where customers bought
 * much or lately, and whose series end late where alpha and beta are far apart. Integrated over the logarithm of time everything is
 * positive and smooth: 32 nodes give 12 digits.
 */
export function oddsLeft(
  { r, alpha, s, beta }: ParetoNbd,
  { x, recency, age }: History,
  slopes?: Float64Array,
): number {
  slopes?.fill(0);
  if (!(age > recency)) return Number.NEGATIVE_INFINITY;
  const smaller = Math.min(alpha, beta);
  const begin = Math.log(smaller + recency);
  const [atA, atB] = [Math.log(alpha + recency), Math.log(beta + recency)];
  const fallen = (length: number) => {
    const y = Math.exp(begin + length) - smaller;
    return (r + x) * (Math.log(alpha + y) - atA) + (s + 1) * (Math.log(beta + y) - atB) - length;
  };
  let length = Math.log1p((age - recency) / (smaller + recency));
  while (fallen(length) > TOO_MUCH && fallen(length / 2) > ENOUGH) length /= 2;
  let sum = 0;
  for (let i = 0; i < NODES.length; i++) {
    const along = (length * (1 + (NODES[i] as number))) / 2;
    const y = Math.exp(begin + along) - smaller;
    const [logA, logB] = [Math.log(alpha + y), Math.log(beta + y)];
    const part = (WEIGHTS[i] as number) * Math.exp(along - (r + x) * (logA - atA) - (s + 1) * (logB - atB));
    sum += part;
    if (slopes === undefined) continue;
    slopes[0] = (slopes[0] as number) - part * logA;
    slopes[1] = (slopes[1] as number) - (part * (r + x)) / (alpha + y);
    slopes[2] = (slopes[2] as number) - part * logB;
    slopes[3] = (slopes[3] as number) - (part * (s + 1)) / (beta + y);
  }
  const [endA, endB] = [Math.log(alpha + age), Math.log(beta + age)];
  if (slopes !== undefined) {
    slopes[0] = (slopes[0] as number) / sum + endA;
    slopes[1] = (slopes[1] as number) / sum + (r + x) / (alpha + age);
    slopes[2] = (slopes[2] as number) / sum + endB + 1 / s;
    slopes[3] = (slopes[3] as number) / sum + s / (beta + age);
  }
  return Math.log((s * sum * length) / 2) + begin - (r + x) * (atA - endA) - (s + 1) * atB + s * endB;
}

/** Log-likelihood of Pareto/NBD by the logarithms of r, alpha, s and beta, with its gradient. */
export function paretoNbdLikelihood({ frequency, recency, age, customers }: PurchaseHistories): Objective {
  const slopes = new Float64Array(4);
  return (at) => {
    const [r, alpha, s, beta] = at.map(Math.exp) as [number, number, number, number];
    if (![r, alpha, s, beta].every((parameter) => parameter > SMALLEST && parameter < GREATEST)) return null;
    const model = { r, alpha, s, beta };
    const [logAlpha, logBeta] = [Math.log(alpha), Math.log(beta)];
    const constants = new Map<number, { value: number; slope: number }>();
    const constantOf = (x: number) => {
      const value = logGamma(r + x) - logGamma(r) + r * logAlpha + s * logBeta;
      const constant = { value, slope: digamma(r + x) - digamma(r) + logAlpha };
      constants.set(x, constant);
      return constant;
    };
    let [value, ofR, ofAlpha, ofS, ofBeta] = [0, 0, 0, 0, 0];
    for (let i = 0; i < customers.length; i++) {
      const history = { x: frequency[i] as number, recency: recency[i] as number, age: age[i] as number };
      const { x } = history;
      const number = customers[i] as number;
      const constant = constants.get(x) ?? constantOf(x);
      const odds = oddsLeft(model, history, slopes);
      const small = Math.exp(-Math.abs(odds));
      const hasLeft = (odds > 0 ? 1 : small) / (1 + small);
      const [endA, endB] = [Math.log(alpha + history.age), Math.log(beta + history.age)];
      value += number * (constant.value - (r + x) * endA - s * endB + (odds > 0 ? odds : 0) + Math.log1p(small));
      ofR += number * (constant.slope - endA + hasLeft * (slopes[0] as number));
      ofAlpha += number * (r / alpha - (r + x) / (alpha + history.age) + hasLeft * (slopes[1] as number));
      ofS += number * (logBeta - endB + hasLeft * (slopes[2] as number));
      ofBeta += number * (s / beta - s / (beta + history.age) + hasLeft * (slopes[3] as number));
    }
    return { value, gradient: [ofR * r, ofAlpha * alpha, ofS * s, ofBeta * beta] };
  };
}
