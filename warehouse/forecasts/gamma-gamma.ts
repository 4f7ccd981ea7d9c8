import { distinct } from './distinct.ts';
import { maximiseFrom } from './maximise.ts';
import { digamma, logGamma } from './special-functions.ts';

/**
 * The Gamma-Gamma model of spending (Fader and Hardie, "The Gamma-Gamma Model of Monetary Value", 2013): a customer's
 * purchases are worth more or less by a gamma distribution of shape p, whose scale differs between customers by a gamma
 * distribution (q, v). It takes for granted that how much is spent has nothing to do with how often.
 */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  /** In the unit of the values. */
  readonly v: number;
}

export interface GammaGammaFit extends GammaGamma {
  readonly logLikelihood: number;
  /** With a repeat purchase of some value: only these tell anything. */
  readonly customers: number;
  readonly iterations: number;
  readonly isConverged: boolean;
  /** Of the logarithms of p, q and v; null where the data do not tell the parameters apart. */
  readonly standardErrors: readonly number[] | null;
  /** Correlation of frequency and mean value, -1 to 1: what the model takes for zero. */
  readonly correlation: number;
}

/** Repeat purchases of customers, a column each; mean values above 0. */
export interface Spending {
  readonly frequency: Float64Array;
  readonly meanValue: Float64Array;
}

/** Leaves out who has not bought again, or paid nothing for it. */
export function spendingOf(customers: Iterable<{ frequency: number; meanValue: number }>): Spending {
  const frequency: number[] = [];
  const meanValue: number[] = [];
  for (const customer of customers) {
    if (!(customer.frequency > 0 && customer.meanValue > 0 && Number.isFinite(customer.meanValue))) continue;
    frequency.push(customer.frequency);
    meanValue.push(customer.meanValue);
  }
  return { frequency: Float64Array.from(frequency), meanValue: Float64Array.from(meanValue) };
}

/** The greatest likelihood. Throws RangeError when nobody has bought again. */
export function fitGammaGamma(spending: Spending): GammaGammaFit {
  const { frequency, meanValue } = spending;
  if (frequency.length === 0) throw new RangeError('no customer has bought again');
  const likelihood = createLikelihood(spending);
  const mean = meanValue.reduce((sum, value) => sum + value, 0) / meanValue.length;
  const starts = [
    [6, 4, mean / 2],
    [1, 2, mean],
    [20, 10, mean],
  ].map((start) => start.map(Math.log));
  const { at, value, iterations, isConverged, standardErrors } = maximiseFrom(likelihood, starts);
  const [p, q, v] = at.map(Math.exp) as [number, number, number];
  const correlation = correlationOf(frequency, meanValue);
  const customers = frequency.length;
  return { p, q, v, logLikelihood: value, customers, iterations, isConverged, standardErrors, correlation };
}

/** Of the logarithms of p, q and v. */
function createLikelihood({ frequency, meanValue }: Spending) {
  const frequencies = distinct(frequency);
  return (at: readonly number[]) => {
    const [p, q, v] = at.map(Math.exp) as [number, number, number];
    const logV = Math.log(v);
    const [ofQ, slopeOfQ] = [logGamma(q), digamma(q)];
    const byFrequency = frequencies.values.map((x) => ({
      constant: logGamma(p * x + q) - logGamma(p * x) - ofQ + q * logV + p * x * Math.log(x),
      p: x * (digamma(p * x + q) - digamma(p * x) + Math.log(x)),
      q: digamma(p * x + q) - slopeOfQ + logV,
    }));
    let value = 0;
    const gradient = [0, 0, 0] as [number, number, number];
    for (let i = 0; i < frequency.length; i++) {
      const of = byFrequency[frequencies.index[i] as number] as (typeof byFrequency)[number];
      const x = frequency[i] as number;
      const z = meanValue[i] as number;
      const logZ = Math.log(z);
      const total = v + x * z;
      const logTotal = Math.log(total);
      value += of.constant + (p * x - 1) * logZ - (p * x + q) * logTotal;
      gradient[0] += of.p + x * (logZ - logTotal);
      gradient[1] += of.q - logTotal;
      gradient[2] += q / v - (p * x + q) / total;
    }
    return { value, gradient: [gradient[0] * p, gradient[1] * q, gradient[2] * v] };
  };
}

/**
 * What a purchase of a customer is worth on average, given what those so far were: between their mean and everybody's.
 * Null where the parameters give none (p x + q at most 1: the distribution has no mean).
 */
export function expectedValue({ p, q, v }: GammaGamma, frequency: number, meanValue: number): number | null {
  if (!(Number.isInteger(frequency) && frequency >= 0 && meanValue >= 0 && Number.isFinite(meanValue))) {
    throw new RangeError(`no spending: frequency ${frequency} (an integer from 0), mean value ${meanValue} (from 0)`);
  }
  const shape = p * frequency + q;
  if (shape <= 1) return null;
  return (p * (v + frequency * meanValue)) / (shape - 1);
}

/** Pearson's. 0 where one of them is the same for all. */
function correlationOf(a: Float64Array, b: Float64Array): number {
  const mean = (column: Float64Array) => column.reduce((sum, value) => sum + value, 0) / column.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    both += da * db;
    ofA += da * da;
    ofB += db * db;
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : 0;
}
