import type { Objective } from './maximise.ts';
import type { ParetoNbd } from './pareto-nbd.ts';
import { mostRepeatsOf, type PurchaseHistories } from './purchase-history.ts';
import { gaussLegendre } from './quadrature.ts';
import { sumsBelow } from './rising.ts';

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
  const smaller = Math.min(alpha, beta) + recency;
  const [fromA, fromB] = [alpha + recency, beta + recency];
  const fallen = (length: number) => {
    const time = smaller * Math.expm1(length);
    return (r + x) * Math.log1p(time / fromA) + (s + 1) * Math.log1p(time / fromB) - length;
  };
  const all = age - recency;
  let length = Math.log1p(all / smaller);
  while (fallen(length) > TOO_MUCH && fallen(length / 2) > ENOUGH) length /= 2;
  const [endA, endB] = [Math.log1p(all / fromA), Math.log1p(all / fromB)];
  let sum = 0;
  for (let i = 0; i < NODES.length; i++) {
    const along = (length * (1 + (NODES[i] as number))) / 2;
    const time = smaller * Math.expm1(along);
    const [logA, logB] = [Math.log1p(time / fromA), Math.log1p(time / fromB)];
    const part = (WEIGHTS[i] as number) * Math.exp(along - (r + x) * logA - (s + 1) * logB);
    sum += part;
    if (slopes === undefined) continue;
    const left = all - time;
    slopes[0] = (slopes[0] as number) + part * (endA - logA);
    slopes[1] = (slopes[1] as number) - (part * left) / (fromA + time);
    slopes[2] = (slopes[2] as number) + part * (endB - logB);
    slopes[3] = (slopes[3] as number) - (part * (1 + (s * left) / (beta + age))) / (fromB + time);
  }
  if (slopes !== undefined) {
    slopes[0] = (slopes[0] as number) / sum;
    slopes[1] = ((slopes[1] as number) / sum) * ((r + x) / (alpha + age));
    slopes[2] = (slopes[2] as number) / sum + 1 / s;
    slopes[3] = (slopes[3] as number) / sum;
  }
  return Math.log((((s * sum * length) / 2) * smaller) / fromB) + (r + x) * endA + s * endB;
}

/**
 * Log-likelihood of Pareto/NBD by the logarithms of r, alpha, s and beta, with its gradient. As for BG/NBD, nothing large is taken from
 * anything large.
 */
export function paretoNbdLikelihood(histories: PurchaseHistories): Objective {
  const { frequency, recency, age, customers } = histories;
  const slopes = new Float64Array(4);
  const most = mostRepeatsOf(histories);
  return (at) => {
    const [r, alpha, s, beta] = at.map(Math.exp) as [number, number, number, number];
    const model = { r, alpha, s, beta };
    const constants = sumsBelow(most, (k) => Math.log((r + k) / alpha));
    const slopesOfR = sumsBelow(most, (k) => 1 / (r + k));
    let [value, ofR, ofAlpha, ofS, ofBeta] = [0, 0, 0, 0, 0];
    for (let i = 0; i < customers.length; i++) {
      const history = { x: frequency[i] as number, recency: recency[i] as number, age: age[i] as number };
      const { x } = history;
      const number = customers[i] as number;
      const odds = oddsLeft(model, history, slopes);
      const small = Math.exp(-Math.abs(odds));
      const hasLeft = (odds > 0 ? 1 : small) / (1 + small);
      const [endA, endB] = [Math.log1p(history.age / alpha), Math.log1p(history.age / beta)];
      const [partA, partB] = [history.age / (alpha + history.age), history.age / (beta + history.age)];
      value +=
        number * ((constants[x] as number) - (r + x) * endA - s * endB + (odds > 0 ? odds : 0) + Math.log1p(small));
      ofR += number * ((slopesOfR[x] as number) - endA + hasLeft * (slopes[0] as number));
      ofAlpha += number * ((r + x) * partA - x + hasLeft * (slopes[1] as number) * alpha);
      ofS += number * (hasLeft * (slopes[2] as number) - endB);
      ofBeta += number * (s * partB + hasLeft * (slopes[3] as number) * beta);
    }
    return { value, gradient: [ofR * r, ofAlpha, ofS * s, ofBeta] };
  };
}
