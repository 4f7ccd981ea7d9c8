import { expect, test } from 'vitest';
import { gamma } from '../testing/buyers.ts';
import { createRandom } from '../testing/random.ts';
import { type BgNbd, expectedPurchases, fitBgNbd, probabilityAlive } from './bg-nbd.ts';
import { groupHistories } from './purchase-history.ts';

/** Fader, Hardie and Lee's, of the CDNOW sample. */
const CDNOW: BgNbd = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };

test('expects what the paper expects of a customer', () => {
  const customer = { frequency: 2, recency: 30.43, age: 38.86 };
  expect(expectedPurchases(CDNOW, customer, 39)).toBeCloseTo(1.226, 3);
  expect(probabilityAlive(CDNOW, { frequency: 0, recency: 0, age: 30 })).toBe(1);
});

test('agrees with a simulation of its own story', () => {
  const model: BgNbd = { r: 0.8, alpha: 6, a: 0.9, b: 2 };
  const random = createRandom(11);
  // Of those who bought twice, last about week 20 of 40, how often do they buy in the 30 weeks after?
  let [met, bought] = [0, 0];
  const wanted = { frequency: 2, recency: 20, age: 40 };
  for (let n = 0; n < 400_000; n++) {
    const moments = purchases(model, random.next, wanted.age + 30);
    const seen = moments.filter((at) => at <= wanted.age);
    if (seen.length !== 2 || Math.abs((seen[1] as number) - wanted.recency) > 2) continue;
    met++;
    bought += moments.length - seen.length;
  }
  expect(met).toBeGreaterThan(1_000);
  expect(bought / met / expectedPurchases(model, wanted, 30)).toBeCloseTo(1, 1);
});

/** Moments of repeat purchases of somebody new. */
function purchases(model: BgNbd, next: () => number, until: number): number[] {
  const rate = gamma(model.r, next) / model.alpha;
  const x = gamma(model.a, next);
  const leaves = x / (x + gamma(model.b, next));
  const moments: number[] = [];
  for (let at = 0; ; ) {
    at += -Math.log(1 - next()) / rate;
    if (!(at <= until)) return moments;
    moments.push(at);
    if (next() < leaves) return moments;
  }
}

test('finds the parameters that made the customers', () => {
  const model: BgNbd = { r: 0.5, alpha: 5, a: 0.7, b: 2.5 };
  const random = createRandom(5);
  const histories = Array.from({ length: 60_000 }, () => {
    const age = 30 + random.below(50);
    const moments = purchases(model, random.next, age);
    return { frequency: moments.length, recency: moments.at(-1) ?? 0, age };
  });
  const fit = fitBgNbd(groupHistories(histories));
  expect(fit).toMatchObject({ isConverged: true, customers: 60_000 });
  for (const [i, name] of (['r', 'alpha', 'a', 'b'] as const).entries()) {
    const error = Math.abs(Math.log(fit[name] / model[name]));
    expect(error, `${name} ${fit[name]}`).toBeLessThan(4 * (fit.standardErrors?.[i] ?? 0));
  }
});

test('answers finite numbers for extreme customers, and none below zero', () => {
  const customers = [
    { frequency: 200, recency: 38, age: 38.86 },
    { frequency: 200, recency: 1, age: 40 },
    { frequency: 0, recency: 0, age: 40 },
    { frequency: 0, recency: 0, age: 0 },
    { frequency: 1, recency: 1e-9, age: 1e9 },
    { frequency: 100_000, recency: 1, age: 5_000 },
  ];
  const models = [CDNOW, { ...CDNOW, a: 1 }, { ...CDNOW, a: 1e-8 }, { ...CDNOW, a: 1e6, b: 1e7 }];
  for (const model of models) {
    for (const customer of customers) {
      for (const horizon of [0, 1e-9, 39, 1e6]) {
        const expected = expectedPurchases(model, customer, horizon);
        expect(Number.isFinite(expected) && expected >= 0, JSON.stringify({ model, customer, horizon, expected })).toBe(
          true,
        );
      }
      const alive = probabilityAlive(model, customer);
      expect(alive >= 0 && alive <= 1).toBe(true);
    }
  }
  const near = { ...CDNOW, a: 1 + 1e-7 };
  const customer = { frequency: 3, recency: 5, age: 39 };
  expect(expectedPurchases({ ...CDNOW, a: 1 }, customer, 39)).toBeCloseTo(expectedPurchases(near, customer, 39), 6);
});

test('grows with the horizon', () => {
  const customer = { frequency: 7, recency: 30, age: 39 };
  const over = [1, 10, 100, 1_000, 10_000].map((horizon) => expectedPurchases(CDNOW, customer, horizon));
  expect(over).toEqual(over.toSorted((a, b) => a - b));
});

test('says what is no history, and what it cannot fit', () => {
  const wrong = [
    { frequency: 1.5, recency: 1, age: 2 },
    { frequency: 1, recency: 3, age: 2 },
    { frequency: 0, recency: 1, age: 2 },
    { frequency: -1, recency: 0, age: 2 },
    { frequency: 1, recency: 1, age: Number.NaN },
  ];
  for (const history of wrong) {
    expect(() => groupHistories([history])).toThrow('no purchase history');
    expect(() => expectedPurchases(CDNOW, history, 1)).toThrow(RangeError);
  }
  expect(() => expectedPurchases(CDNOW, { frequency: 0, recency: 0, age: 1 }, -1)).toThrow('horizon');
  // Nobody ever came back: nothing tells how customers leave.
  const fit = fitBgNbd(groupHistories([{ frequency: 0, recency: 0, age: 10, customers: 50 }]));
  expect(fit.standardErrors).toBeNull();
});
