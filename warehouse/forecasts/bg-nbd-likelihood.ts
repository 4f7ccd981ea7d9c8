import { distinct } from './distinct.ts';
import type { Objective } from './maximise.ts';
import { mostRepeatsOf, type PurchaseHistories } from './purchase-history.ts';
import { sumsBelow } from './rising.ts';

/**
 * Log-likelihood of BG/NBD by the logarithms of r, alpha, a and b, with its gradient. What hangs on one column alone is computed
 * once for each of its values, so that a customer costs one exponential and one logarithm. Nothing large is taken from anything
 * large: of customers who are alike the likelihood grows with parameters of any size, by less and less.
 */
export function bgNbdLikelihood(histories: PurchaseHistories): Objective {
  const { customers } = histories;
  const frequencies = distinct(histories.frequency);
  const ages = distinct(histories.age);
  const recencies = distinct(histories.recency);
  const tables = tablesOf(frequencies.values.length);
  const most = mostRepeatsOf(histories);
  const [logAge, ofAge] = [new Float64Array(ages.values.length), new Float64Array(ages.values.length)];
  const [logRecency, ofRecency] = [
    new Float64Array(recencies.values.length),
    new Float64Array(recencies.values.length),
  ];
  return (at) => {
    const [r, alpha, a, b] = at.map(Math.exp) as [number, number, number, number];
    fillTables(tables, frequencies.values, most, { r, alpha, a, b });
    fillTimes(ages.values, alpha, logAge, ofAge);
    fillTimes(recencies.values, alpha, logRecency, ofRecency);
    let [value, ofR, ofAlpha, ofA, ofB] = [0, 0, 0, 0, 0];
    for (let i = 0; i < customers.length; i++) {
      const f = frequencies.index[i] as number;
      const age = ages.index[i] as number;
      const number = customers[i] as number;
      const x = tables.x[f] as number;
      const exponent = tables.exponent[f] as number;
      const longAlive = logAge[age] as number;
      if (x === 0) {
        value -= number * exponent * longAlive;
        ofR -= number * longAlive;
        ofAlpha += number * exponent * (ofAge[age] as number);
        continue;
      }
      const last = recencies.index[i] as number;
      const untilLast = logRecency[last] as number;
      const odds = (tables.leaving[f] as number) + exponent * (longAlive - untilLast);
      const smaller = Math.exp(-Math.abs(odds));
      const either = (odds > 0 ? odds : 0) + Math.log1p(smaller) - exponent * longAlive;
      const hasLeft = (odds > 0 ? 1 : smaller) / (1 + smaller);
      const isAlive = 1 - hasLeft;
      value += number * ((tables.constant[f] as number) + either);
      ofR += number * ((tables.ofR[f] as number) - isAlive * longAlive - hasLeft * untilLast);
      ofAlpha += number * (exponent * (isAlive * (ofAge[age] as number) + hasLeft * (ofRecency[last] as number)) - x);
      ofA += number * ((tables.ofA[f] as number) + hasLeft);
      ofB += number * ((tables.ofB[f] as number) - hasLeft * (tables.ofLeaving[f] as number));
    }
    return { value, gradient: [ofR * r, ofAlpha, ofA, ofB] };
  };
}

/** By place of a frequency among those there are; slopes by the logarithm of a parameter but that of r. */
interface Tables {
  readonly x: Float64Array;
  readonly exponent: Float64Array;
  readonly constant: Float64Array;
  readonly leaving: Float64Array;
  readonly ofLeaving: Float64Array;
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
    ofLeaving: column(),
    ofR: column(),
    ofA: column(),
    ofB: column(),
  };
}

function fillTables(
  tables: Tables,
  frequencies: readonly number[],
  most: number,
  { r, alpha, a, b }: { r: number; alpha: number; a: number; b: number },
): void {
  const constant = sumsBelow(most, (k) => Math.log((r + k) / alpha) + Math.log1p(-a / (a + b + k)));
  const ofR = sumsBelow(most, (k) => 1 / (r + k));
  const ofA = sumsBelow(most, (k) => -a / (a + b + k));
  const ofB = sumsBelow(most, (k) => (b / (b + k)) * (a / (a + b + k)));
  for (const [i, x] of frequencies.entries()) {
    tables.x[i] = x;
    tables.exponent[i] = r + x;
    if (x === 0) continue; // All sums are 0, and nobody has left.
    tables.constant[i] = constant[x] as number;
    tables.leaving[i] = Math.log(a) - Math.log(b + x - 1);
    tables.ofLeaving[i] = b / (b + x - 1);
    tables.ofR[i] = ofR[x] as number;
    tables.ofA[i] = ofA[x] as number;
    tables.ofB[i] = ofB[x] as number;
  }
}

/** log(1 + time / alpha), and by how much less it is for more of log(alpha). */
function fillTimes(times: readonly number[], alpha: number, logs: Float64Array, slopes: Float64Array): void {
  for (const [i, time] of times.entries()) {
    logs[i] = Math.log1p(time / alpha);
    slopes[i] = time / (alpha + time);
  }
}
