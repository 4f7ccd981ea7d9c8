import { expect, test } from 'vitest';
import { compareGroups, type GroupSums } from './groups.ts';
import { comparePredictions, FirstOf, type Scored } from './ranking.ts';
import { createScorer, type Predictions } from './scorer.ts';

const BUYING = { model: 'bg_nbd', parameters: { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 } } as const;
const SPENDING = { state: 'usable', parameters: { p: 6.25, q: 3.74, v: 15.44 } } as const;
const CUSTOMER = { frequency: 2, recencyDays: 213, ageDays: 272, spendingPurchases: 2, meanValue: 30 };
const SETTINGS = { buying: BUYING, spending: SPENDING, horizonDays: 273, discountRate: 0.1 };

test('a customer of the literature buys 1.226 times in 39 weeks', () => {
  const { expected_purchases: purchases, probability_alive: alive } = createScorer(SETTINGS)(CUSTOMER);
  expect(purchases).toBeCloseTo(1.226, 2);
  expect(alive).toBeGreaterThan(0.5);
});

test('what comes later is worth less, and nothing more where nothing is discounted', () => {
  const worth = (discountRate: number) => createScorer({ ...SETTINGS, discountRate })(CUSTOMER);
  const plain = worth(0);
  expect(plain.expected_lifetime_value).toBeCloseTo(
    (plain.expected_purchases as number) * (plain.expected_purchase_value as number),
    8,
  );
  const discounted = worth(0.1).expected_lifetime_value as number;
  expect(discounted).toBeLessThan(plain.expected_lifetime_value as number);
  expect(discounted).toBeGreaterThan((plain.expected_lifetime_value as number) / 1.1 ** (273 / 365));
});

test('customers of one frequency and age are told apart by their last purchase and their spending', () => {
  const score = createScorer(SETTINGS);
  const [late, early] = [score(CUSTOMER), score({ ...CUSTOMER, recencyDays: 20 })];
  expect(early.expected_purchases).toBeLessThan(late.expected_purchases as number);
  expect(score({ ...CUSTOMER, meanValue: 60 }).expected_lifetime_value).toBeGreaterThan(
    late.expected_lifetime_value as number,
  );
  expect(score({ ...CUSTOMER, meanValue: -60 }).expected_purchase_value).toBe(
    score({ ...CUSTOMER, meanValue: 0 }).expected_purchase_value,
  );
});

test('gives no value where spending gives none', () => {
  for (const spending of [null, { ...SPENDING, state: 'unusable' as const }]) {
    expect(createScorer({ ...SETTINGS, spending })(CUSTOMER)).toMatchObject({
      expected_purchases: expect.any(Number),
      expected_purchase_value: null,
      expected_lifetime_value: null,
    });
  }
});

const NONE: Predictions = {
  probability_alive: null,
  expected_purchases: null,
  expected_purchase_value: null,
  expected_lifetime_value: null,
};

test('the first of many are those of a sorted list, ties by customer, without a value last', () => {
  const all = Array.from({ length: 5_000 }, (_, i): Scored => {
    const value = i % 11 === 0 ? null : (i * 7_919) % 100;
    return { customerId: BigInt((i * 31) % 5_000), predictions: { ...NONE, expected_purchases: value } };
  });
  for (const direction of ['asc', 'desc'] as const) {
    const compare = comparePredictions('expected_purchases', direction);
    const first = new FirstOf<Scored>(20, compare);
    for (const each of all) first.add(each);
    expect(first.sorted()).toEqual(all.toSorted(compare).slice(0, 20));
    const values = first.sorted().map(({ predictions }) => predictions.expected_purchases);
    expect(values.every((value) => value === (direction === 'asc' ? 0 : 99))).toBe(true);
    const whole = all.toSorted(compare).map(({ predictions }) => predictions.expected_purchases);
    expect(whole.lastIndexOf(null)).toBe(whole.length - 1);
  }
});

test('groups are in their own order, or in that of a prediction', () => {
  const sums = (group: string, purchases: number): GroupSums => ({
    group,
    customers: 1,
    withoutValue: group === 'c' ? 1 : 0,
    active: 1,
    purchases,
    purchaseValue: 1,
    lifetimeValue: purchases,
  });
  const groups = [sums('b', 1), sums('c', 3), sums('a', 1)];
  const names = (compare: (a: GroupSums, b: GroupSums) => number) => groups.toSorted(compare).map(({ group }) => group);
  expect(names(compareGroups(null, 'asc'))).toEqual(['a', 'b', 'c']);
  expect(names(compareGroups(null, 'desc'))).toEqual(['c', 'b', 'a']);
  expect(names(compareGroups('expected_purchases', 'desc'))).toEqual(['c', 'a', 'b']);
  expect(names(compareGroups('expected_lifetime_value', 'desc'))).toEqual(['a', 'b', 'c']);
});
