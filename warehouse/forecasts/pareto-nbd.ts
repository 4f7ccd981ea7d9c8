import { assertHistory, assertHorizon, type Customer } from './customer.ts';
import { type Maximum, maximiseFrom } from './maximise.ts';
import { oddsLeft, paretoNbdLikelihood } from './pareto-nbd-likelihood.ts';
import { customersOf, meanAgeOf, type PurchaseHistories } from './purchase-history.ts';

/**
 * The Pareto/NBD model of repeat buying (Schmittlein, Morrison and Colombo, "Counting Your Customers", Management Science 33, 1987):
 * as BG/NBD, but customers leave at any time, at a rate that differs by a gamma distribution (s, beta). A second opinion.
 */
export interface ParetoNbd {
  readonly r: number;
  /** In the unit of time of the histories. */
  readonly alpha: number;
  readonly s: number;
  /** In the unit of time of the histories. */
  readonly beta: number;
}

export interface ParetoNbdFit extends ParetoNbd, Omit<Maximum, 'at' | 'value'> {
  readonly logLikelihood: number;
  readonly customers: number;
}

/** The greatest likelihood; `near` as for BG/NBD. Precondition: there is a customer. */
export function fitParetoNbd(histories: PurchaseHistories, near?: ParetoNbd): ParetoNbdFit {
  const age = Math.max(meanAgeOf(histories), 1e-3);
  const starts = [
    ...(near === undefined ? [] : [[near.r, near.alpha, near.s, near.beta]]),
    [0.5, age / 4, 0.6, age / 3],
    [1, age, 1, age],
    [0.2, age / 10, 0.2, age],
  ].map((start) => start.map(Math.log));
  const { at, value, ...how } = maximiseFrom(paretoNbdLikelihood(histories), starts, near === undefined);
  const [r, alpha, s, beta] = at.map(Math.exp) as [number, number, number, number];
  return { r, alpha, s, beta, logLikelihood: value, customers: customersOf(histories), ...how };
}

/** The chance, 0 to 1, that a customer has not left. Throws RangeError for what is no history. */
export function probabilityAliveByPareto(model: ParetoNbd, customer: Customer): number {
  assertHistory(customer);
  const odds = oddsLeft(model, { x: customer.frequency, recency: customer.recency, age: customer.age });
  return odds > 0 ? Math.exp(-odds) / (1 + Math.exp(-odds)) : 1 / (1 + Math.exp(odds));
}

/** What a customer who is alive will buy in a time from now on: of frequency and age alone. Throws RangeError as above. */
export function purchasesIfAliveByPareto(
  model: ParetoNbd,
  customer: Pick<Customer, 'frequency' | 'age'>,
  horizon: number,
): number {
  assertHorizon(horizon);
  const { r, alpha, s, beta } = model;
  const longer = Math.log1p(horizon / (beta + customer.age));
  const time = Math.abs(s - 1) < 1e-12 ? longer : -Math.expm1(-(s - 1) * longer) / (s - 1);
  return ((r + customer.frequency) / (alpha + customer.age)) * (beta + customer.age) * time;
}
