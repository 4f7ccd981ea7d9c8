import { expect, test } from 'vitest';
import { expectedValue, fitGammaGamma, type GammaGamma, spendingOf } from './gamma-gamma.ts';
import { discountedLifetimeValue } from './lifetime-value.ts';

/** Fader and Hardie's, of the CDNOW sample. */
const CDNOW: GammaGamma = { p: 6.25, q: 3.74, v: 15.44 };

test('expects a value between the customer and everybody', () => {
  const everybody = (CDNOW.p * CDNOW.v) / (CDNOW.q - 1);
  expect(expectedValue(CDNOW, 0, 0)).toBeCloseTo(everybody, 10);
  const [few, many] = [expectedValue(CDNOW, 1, 100), expectedValue(CDNOW, 50, 100)] as [number, number];
  expect(few).toBeGreaterThan(everybody);
  expect(many).toBeGreaterThan(few);
  expect(many).toBeLessThan(100);
});

test('gives no value where there is no mean', () => {
  const heavy = { p: 0.5, q: 0.4, v: 10 };
  expect(expectedValue(heavy, 0, 0)).toBeNull();
  expect(expectedValue(heavy, 1, 10)).toBeNull();
  expect(expectedValue(heavy, 2, 10)).toBeGreaterThan(0);
  expect(() => expectedValue(CDNOW, -1, 5)).toThrow('frequency');
  expect(() => expectedValue(CDNOW, 1, Number.NaN)).toThrow('mean value');
});

test('leaves out who did not buy again or paid nothing, and says when nobody is left', () => {
  const spending = spendingOf([
    { frequency: 0, meanValue: 0 },
    { frequency: 3, meanValue: 0 },
    { frequency: 2, meanValue: 7.5 },
  ]);
  expect([...spending.meanValue]).toEqual([7.5]);
  expect(() => fitGammaGamma(spendingOf([]))).toThrow('no customer has bought again');
});

test('finds no parameters where all customers spend the same, and says so', () => {
  const fit = fitGammaGamma(spendingOf(Array.from({ length: 50 }, () => ({ frequency: 3, meanValue: 20 }))));
  expect(fit.isConverged && fit.standardErrors !== null).toBe(false);
  expect(fit.correlation).toBe(0);
});

test('discounts what comes later', () => {
  const buying = { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };
  const customer = { frequency: 2, recency: 30.43, age: 38.86, meanValue: 30 };
  const options = { buying, spending: CDNOW, customer, periods: 39, periodLength: 1 };
  const whole = discountedLifetimeValue({ ...options, discountRate: 0 }) as number;
  expect(whole).toBeCloseTo(1.2259 * (expectedValue(CDNOW, 2, 30) as number), 2);
  const discounted = discountedLifetimeValue({ ...options, discountRate: 0.01 }) as number;
  expect(discounted).toBeLessThan(whole);
  expect(discounted).toBeGreaterThan(whole / 1.01 ** 39);
  expect(discountedLifetimeValue({ ...options, periods: 0, discountRate: 0.01 })).toBe(0);
  expect(() => discountedLifetimeValue({ ...options, discountRate: -1 })).toThrow('discount rate');
});
