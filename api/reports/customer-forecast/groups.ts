import type { Prediction } from './parameters.ts';
import type { Predictions } from './scorer.ts';

/** Sums of a group's customers. */
export interface GroupSums {
  readonly group: string;
  customers: number;
  /** To whom the models give no value: in no sum of values. */
  withoutValue: number;
  active: number;
  purchases: number;
  purchaseValue: number;
  lifetimeValue: number;
}

export function addToGroup(groups: Map<string, GroupSums>, group: string, predictions: Predictions): void {
  let sums = groups.get(group);
  if (sums === undefined) {
    sums = { group, customers: 0, withoutValue: 0, active: 0, purchases: 0, purchaseValue: 0, lifetimeValue: 0 };
    groups.set(group, sums);
  }
  sums.customers++;
  sums.active += predictions.probability_alive ?? 0;
  sums.purchases += predictions.expected_purchases ?? 0;
  if (predictions.expected_lifetime_value === null) sums.withoutValue++;
  sums.purchaseValue += predictions.expected_purchase_value ?? 0;
  sums.lifetimeValue += predictions.expected_lifetime_value ?? 0;
}

/** As the group's row says it: sums of purchases and lifetime value, means of the others; null where nobody has a value. */
export function groupPredictions(sums: GroupSums): Predictions {
  const valued = sums.customers - sums.withoutValue;
  return {
    probability_alive: sums.active / sums.customers,
    expected_purchases: sums.purchases,
    expected_purchase_value: valued === 0 ? null : sums.purchaseValue / valued,
    expected_lifetime_value: valued === 0 ? null : sums.lifetimeValue,
  };
}

/** In the order of a prediction, or of the groups themselves; without a value last, ties by group. */
export function compareGroups(orderBy: Prediction | null, direction: 'asc' | 'desc') {
  const sign = direction === 'asc' ? 1 : -1;
  const byName = (a: GroupSums, b: GroupSums) => (a.group < b.group ? -1 : 1);
  if (orderBy === null) return (a: GroupSums, b: GroupSums) => sign * byName(a, b);
  return (a: GroupSums, b: GroupSums): number => {
    const [left, right] = [groupPredictions(a)[orderBy], groupPredictions(b)[orderBy]];
    if (left === right) return byName(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  };
}
