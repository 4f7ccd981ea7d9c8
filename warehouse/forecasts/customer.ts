import { isHistory } from './purchase-history.ts';

/** What the models have to know of a customer: repeat purchases, and the time of the last one and of today since the first. */
export interface Customer {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
}

export function assertHistory({ frequency, recency, age }: Customer): void {
  if (isHistory(frequency, recency, age)) return;
  throw new RangeError(`no purchase history: frequency ${frequency}, recency ${recency}, age ${age}`);
}

export function assertHorizon(horizon: number): void {
  if (!(horizon >= 0 && Number.isFinite(horizon))) throw new RangeError(`horizon ${horizon}: a number from 0 on`);
}
