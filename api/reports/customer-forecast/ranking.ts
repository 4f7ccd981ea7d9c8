import type { Prediction } from './parameters.ts';
import type { Predictions } from './scorer.ts';

/** A customer with what is predicted of them. */
export interface Scored {
  readonly customerId: bigint;
  readonly predictions: Predictions;
}

/** Sorts by a prediction, whoever has none last, ties by customer_id. */
export function comparePredictions(orderBy: Prediction, direction: 'asc' | 'desc') {
  const sign = direction === 'asc' ? 1 : -1;
  return (a: Scored, b: Scored): number => {
    const [left, right] = [a.predictions[orderBy], b.predictions[orderBy]];
    if (left !== right) {
      if (left === null) return 1;
      if (right === null) return -1;
      return left < right ? -sign : sign;
    }
    return a.customerId < b.customerId ? -1 : 1;
  };
}

/** The first of many in some order, with room for few. */
export class FirstOf<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #most: number;
  #kept: T[] = [];

  constructor(most: number, compare: (a: T, b: T) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  add(item: T): void {
    this.#kept.push(item);
    // Sorted now and then: each item costs as much as a place in a heap would.
    if (this.#kept.length >= 2 * this.#most + 1_000) this.#cut();
  }

  sorted(): readonly T[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#most);
  }
}
