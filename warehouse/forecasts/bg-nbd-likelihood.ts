import { distinct } from './distinct.ts';
import type { Objective } from './maximise.ts';
import type { PurchaseHistories } from './purchase-history.ts';
import { digamma, logGamma } from './special-functions.ts';

/** Parameters beyond these are no parameters of customers, and their squares leave the numbers. */
const SMALLEST = 1e-12;
const GREATEST = 1e12;

/**
 * Log-likelihood of BG/NBD by the logarithms of r, alpha, a and b, with its gradient. What hangs on one column alone is computed
 * once for each of its values, so that a customer costs one exponential and one logarithm.
 */
export function bgNbdLikelihood(histories: PurchaseHistories): Objective {
  const { customers } = histories;
  const frequencies = distinct(histories.frequency);
  const ages = distinct(histories.age);
  const recencies = distinct(histories.recency);
  const tables = tablesOf(frequencies.values.length);
  const [logAge, perAge] = [new Float64Array(ages.values.length), new Float64Array(ages.values.length)];
  const [logRecency, perRecency] = [
    new Float64Array(recencies.values.length),
    new Float64Array(recencies.values.length),
  ];
  return (at) => {
    const [r, alpha, a, b] = at.map(Math.exp) as [number, number, number, number];
    if (![r, alpha, a, b].every((parameter) => parameter > SMALLEST && parameter < GREATEST)) return null;
    fillTables(tables, frequencies.values, { r, alpha, a, b });
    fillTimes(ages.values, alpha, logAge, perAge);
    fillTimes(recencies.values, alpha, logRecency, perRecency);
    let [value, ofR, ofAlpha, ofA, ofB] = [0, 0, 0, 0, 0];
    for (let i = 0; i < customers.length; i++) {
      const f = frequencies.index[i] as number;
      const age = ages.index[i] as number;
      const number = customers[i] as number;
      const exponent = tables.exponent[f] as number;
      const longAlive = logAge[age] as number;
      const alive = -exponent * longAlive;
      if (tables.x[f] === 0) {
        value += number * ((tables.constant[f] as number) + alive);
        ofR += number * ((tables.ofR[f] as number) - longAlive);
        ofAlpha -= number * exponent * (perAge[age] as number);
        continue;
      }
      const last = recencies.index[i] as number;
      const untilLast = logRecency[last] as number;
      const odds = (tables.leaving[f] as number) - exponent * untilLast - alive;
      const smaller = Math.exp(-Math.abs(odds));
      const either = alive + (odds > 0 ? odds : 0) + Math.log1p(smaller);
      const hasLeft = (odds > 0 ? 1 : smaller) / (1 + smaller);
      const isAlive = 1 - hasLeft;
      value += number * ((tables.constant[f] as number) + either);
      ofR += number * ((tables.ofR[f] as number) - isAlive * longAlive - hasLeft * untilLast);
      ofAlpha -= number * exponent * (isAlive * (perAge[age] as number) + hasLeft * (perRecency[last] as number));
      ofA += number * ((tables.ofA[f] as number) + hasLeft / a);
      ofB += number * ((tables.ofB[f] as number) - hasLeft * (tables.perLeaving[f] as number));
    }
    const all = customers.reduce((sum, number) => sum + number, 0);
    return { value, gradient: [ofR * r, ofAlpha * alpha + all * r, ofA * a, ofB * b] };
  };
}

/** By place of a frequency among those there are. */
interface Tables {
  readonly x: Float64Array;
  readonly exponent: Float64Array;
  readonly constant: Float64Array;
  readonly leaving: Float64Array;
  readonly perLeaving: Float64Array;
  readonly ofR: Float64Array;
  readonly ofA: Float64Array;
  readonly ofB: Float64Array;
}

function tablesOf(length: number): Tables {
  const column = () => new Float64Array(length);
  return {
    x: column(),
    exponent: column(),
    constant: column(),
    leaving: column(),
    perLeaving: column(),
    ofR: column(),
    ofA: column(),
    ofB: column(),
  };
}

function fillTables(
  tables: Tables,
  frequencies: readonly number[],
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
): void {
  const logAlpha = Math.log(alpha);
  const whole = logGamma(a + b) - logGamma(b) - logGamma(r) + r * logAlpha;
  const [slopeR, slopeSum, slopeB] = [digamma(r), digamma(a + b), digamma(b)];
  for (const [i, x] of frequencies.entries()) {
    const later = digamma(a + b + x);
    tables.x[i] = x;
    tables.exponent[i] = r + x;
    tables.constant[i] = whole + logGamma(r + x) + logGamma(b + x) - logGamma(a + b + x);
    tables.ofR[i] = digamma(r + x) - slopeR + logAlpha;
    if (x === 0) continue; // b and a cancel each other
    tables.leaving[i] = Math.log(a) - Math.log(b + x - 1);
    tables.perLeaving[i] = 1 / (b + x - 1);
    tables.ofA[i] = slopeSum - later;
    tables.ofB[i] = slopeSum + digamma(b + x) - slopeB - later;
  }
}

function fillTimes(times: readonly number[], alpha: number, logs: Float64Array, inverses: Float64Array): void {
  for (const [i, time] of times.entries()) {
    logs[i] = Math.log(alpha + time);
    inverses[i] = 1 / (alpha + time);
  }
}
