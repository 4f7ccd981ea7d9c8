/**
 * What the models of repeat buying know of customers: how often they bought again, when they did so last, and for how long
 * they have been watched. Customers who are alike are one group. Columns, since there may be a million.
 */
export interface PurchaseHistories {
  /** Repeat purchases: days (or weeks) with a purchase, less the first. Integers. */
  readonly frequency: Float64Array;
  /** From the first purchase to the last; 0 where there was none again. */
  readonly recency: Float64Array;
  /** From the first purchase to the end of what was watched; at least the recency. */
  readonly age: Float64Array;
  /** How many customers are so. */
  readonly customers: Float64Array;
}

/** Puts customers who are alike together. Throws RangeError for what cannot be. */
export function groupHistories(
  customers: Iterable<{ frequency: number; recency: number; age: number; customers?: number }>,
): PurchaseHistories {
  const groups = new Map<string, [number, number, number, number]>();
  for (const { frequency, recency, age, customers: number = 1 } of customers) {
    if (!isHistory(frequency, recency, age)) {
      throw new RangeError(
        `no purchase history: frequency ${frequency} (an integer from 0), recency ${recency} (from 0; 0 exactly where the frequency is 0), age ${age} (from the recency on)`,
      );
    }
    const key = `${frequency} ${recency} ${age}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [frequency, recency, age, number]);
    else group[3] += number;
  }
  const all = [...groups.values()];
  const column = (i: 0 | 1 | 2 | 3) => Float64Array.from(all, (group) => group[i]);
  return { frequency: column(0), recency: column(1), age: column(2), customers: column(3) };
}

export function isHistory(frequency: number, recency: number, age: number): boolean {
  if (!Number.isInteger(frequency) || frequency < 0 || !Number.isFinite(age)) return false;
  return frequency === 0 ? recency === 0 && age >= 0 : recency > 0 && recency <= age;
}

export function customersOf({ customers }: PurchaseHistories): number {
  return customers.reduce((sum, number) => sum + number, 0);
}

/** The highest frequency. */
export function mostRepeatsOf({ frequency }: PurchaseHistories): number {
  return frequency.reduce((most, x) => Math.max(most, x), 0);
}

export function meanAgeOf({ age, customers }: PurchaseHistories): number {
  let [sum, of] = [0, 0];
  for (let i = 0; i < age.length; i++) {
    sum += (age[i] as number) * (customers[i] as number);
    of += customers[i] as number;
  }
  return of > 0 ? sum / of : 0;
}

/** Every so many groups, so that there are no more than `most`; the same object where there are not. */
export function sampledHistories<H extends PurchaseHistories>(histories: H, most: number): H {
  const step = Math.ceil(histories.customers.length / most);
  if (step <= 1) return histories;
  const columns = Object.entries<Float64Array>(histories as unknown as Record<string, Float64Array>);
  return Object.fromEntries(
    columns.map(([name, column]) => [name, column.filter((_, i) => i % step === 0)]),
  ) as unknown as H;
}
