import { expect, test } from 'vitest';
import { digamma, logAdd, logGamma } from './special-functions.ts';

test('the logarithm of the gamma function is that of factorials, and of halves', () => {
  let factorial = 1;
  for (let n = 1; n <= 20; n++) {
    expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
    factorial *= n;
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 14);
  expect(logGamma(1e-3)).toBeCloseTo(6.907178885383853, 11);
  expect(logGamma(1e6) / 12815504.569147613).toBeCloseTo(1, 14);
});

test('its derivative is Euler’s constant at 1, and follows the recurrence', () => {
  expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 13);
  expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 13);
  for (const x of [0.01, 0.7, 3.3, 12, 1e5]) expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 10);
});

test('adds in logarithms', () => {
  expect(logAdd(Math.log(3), Math.log(4))).toBeCloseTo(Math.log(7), 14);
  expect(logAdd(-5_000, -5_000)).toBeCloseTo(-5_000 + Math.LN2, 10);
  expect(logAdd(Number.NEGATIVE_INFINITY, 2)).toBe(2);
  expect(logAdd(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
});
