import { expect, it } from 'vitest';
import { normalProbability, normalQuantile } from './normal-distribution.ts';

it('gives the probabilities of tables, far out too', () => {
  for (const [x, probability] of [
    [0, 0.5],
    [1, 0.841344746068543],
    [1.96, 0.97500210485178],
    [-3, 0.00134989803163009],
    [-8, 6.22096057427178e-16],
    [40, 1],
    [-40, 0],
  ] as const) {
    expect(normalProbability(x)).toBeCloseTo(probability, 13);
  }
  expect(normalProbability(-8) / 6.22096057427178e-16).toBeCloseTo(1, 7);
});

it('finds where a probability is reached', () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  expect(normalQuantile(0.95)).toBeCloseTo(1.644853626951473, 11);
  expect(normalQuantile(0.9999)).toBeCloseTo(3.719016485455709, 9);
});
