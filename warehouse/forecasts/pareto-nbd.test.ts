import { expect, test } from 'vitest';
import { type ParetoNbd, probabilityAliveByPareto, purchasesIfAliveByPareto } from './pareto-nbd.ts';
import { oddsLeft, paretoNbdLikelihood } from './pareto-nbd-likelihood.ts';
import { groupHistories } from './purchase-history.ts';
import { gaussLegendre } from './quadrature.ts';

/** Of the CDNOW sample. */
const CDNOW: ParetoNbd = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };

test('expects what the literature expects of a customer', () => {
  // Customer 1516 of the sample in BTYD's walkthrough (https://cran.r-project.org/package=BTYD), in a year: 25.46, alive 0.9979.
  const customer = { frequency: 26, recency: 30.86, age: 31 };
  const alive = probabilityAliveByPareto(CDNOW, customer);
  expect(alive).toBeCloseTo(0.9979, 4);
  expect(alive * purchasesIfAliveByPareto(CDNOW, customer, 52)).toBeCloseTo(25.46, 1);
});

test('integrates what a fine sum of steps does, however far apart the parameters are', () => {
  const models = [CDNOW, { r: 3, alpha: 0.01, s: 2, beta: 50 }, { r: 0.2, alpha: 80, s: 0.1, beta: 0.02 }];
  const customers = [
    { x: 0, recency: 0, age: 40 },
    { x: 2, recency: 30.43, age: 38.86 },
    { x: 200, recency: 1, age: 40 },
    { x: 5, recency: 39.999, age: 40 },
  ];
  for (const { r, alpha, s, beta } of models) {
    for (const { x, recency, age } of customers) {
      // In steps of the logarithm of time, relative to the chance of being alive.
      const [steps, smaller] = [200_000, Math.min(alpha, beta)];
      const [from, to] = [Math.log(smaller + recency), Math.log(smaller + age)];
      const logOf = (u: number) => {
        const y = Math.exp(u) - smaller;
        return (
          u + (r + x) * Math.log((alpha + age) / (alpha + y)) + s * Math.log(beta + age) - (s + 1) * Math.log(beta + y)
        );
      };
      const scale = Math.max(logOf(from), logOf(to));
      let sum = 0;
      for (let i = 0; i < steps; i++) sum += Math.exp(logOf(from + ((to - from) * (i + 0.5)) / steps) - scale);
      const plain = Math.log((s * sum * (to - from)) / steps) + scale;
      expect(
        oddsLeft({ r, alpha, s, beta }, { x, recency, age }),
        JSON.stringify({ r, alpha, x, recency }),
      ).toBeCloseTo(plain, 5);
    }
  }
});

test('the gradient is that of the value', () => {
  const likelihood = paretoNbdLikelihood(
    groupHistories([
      { frequency: 0, recency: 0, age: 30 },
      { frequency: 2, recency: 30.43, age: 38.86, customers: 3 },
      { frequency: 40, recency: 5, age: 39 },
    ]),
  );
  const at = [0.553, 10.578, 0.606, 11.669].map(Math.log);
  const value = (moved: readonly number[]) => likelihood(moved)?.value as number;
  for (const [i, slope] of (likelihood(at)?.gradient ?? []).entries()) {
    const by = (step: number) => at.map((each, j) => (i === j ? each + step : each));
    expect(slope).toBeCloseTo((value(by(1e-5)) - value(by(-1e-5))) / 2e-5, 5);
  }
});

test('answers finite numbers for extreme customers and parameters, and none below zero', () => {
  const customers = [
    { frequency: 200, recency: 38, age: 38.86 },
    { frequency: 200, recency: 1, age: 40 },
    { frequency: 0, recency: 0, age: 40 },
    { frequency: 0, recency: 0, age: 0 },
    { frequency: 1, recency: 1e-9, age: 1e6 },
  ];
  for (const model of [
    CDNOW,
    { ...CDNOW, s: 1 },
    { ...CDNOW, s: 1e-8, beta: 1e-8 },
    { ...CDNOW, alpha: 1e8, beta: 1e-6 },
  ]) {
    for (const customer of customers) {
      const alive = probabilityAliveByPareto(model, customer);
      expect(alive >= 0 && alive <= 1, JSON.stringify({ model, customer, alive })).toBe(true);
      for (const horizon of [0, 1e-9, 39, 1e6]) {
        const purchases = purchasesIfAliveByPareto(model, customer, horizon);
        expect(Number.isFinite(purchases) && purchases >= 0, JSON.stringify({ model, customer, horizon })).toBe(true);
      }
    }
  }
});

test('a quadrature is exact for the polynomials that it is for', () => {
  const { nodes, weights } = gaussLegendre(5);
  for (const power of [0, 1, 2, 8, 9]) {
    const sum = nodes.reduce((total, x, i) => total + (weights[i] as number) * x ** power, 0);
    expect(sum).toBeCloseTo(power % 2 === 0 ? 2 / (power + 1) : 0, 12);
  }
});
