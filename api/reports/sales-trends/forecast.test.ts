import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../warehouse/testing/random.ts';
import { forecastSeries } from './forecast.ts';

const SEASON = [20, -10, -30, 0, 10, 40, 25, -15, -25, -5, 30, -40];
const months = (length: number, value: (index: number) => number) => Array.from({ length }, (_, index) => value(index));
const MONTHLY = { ahead: 12, seasonLength: 12, canBeNegative: true };

function forecast(values: readonly number[], options: Partial<typeof MONTHLY> = {}) {
  const found = forecastSeries(values, { ...MONTHLY, ...options });
  if ('refused' in found) throw new Error(found.refused);
  return found;
}

describe('a forecast', () => {
  it('goes on with a season that is added', () => {
    const value = (index: number) => 500 + 2 * index + (SEASON[index % 12] as number);
    const { expectations, made } = forecast(months(60, value));
    expect(made.method).toBe('additive');
    expect(made.backtest.periods).toBe(12);
    expect(made.backtest.relativeError).toBeLessThan(0.02);
    for (const [index, { value: found, lower, upper }] of expectations.entries()) {
      expect(Math.abs(found / value(60 + index) - 1)).toBeLessThan(0.03);
      expect(lower).toBeLessThanOrEqual(found);
      expect(upper).toBeGreaterThanOrEqual(found);
    }
  });

  it('goes on with a season that grows with the level', () => {
    const value = (index: number) => 100 * 1.03 ** index * (1 + (SEASON[index % 12] as number) / 60);
    const { made, expectations } = forecast(months(72, value), { ahead: 6 });
    expect(made.method).toBe('multiplicative');
    for (const [index, { value: found }] of expectations.entries()) {
      expect(Math.abs(found / value(72 + index) - 1)).toBeLessThan(0.1);
    }
  });

  it('of a constant is that constant, without any width', () => {
    const { expectations, made } = forecast(months(30, () => 7));
    for (const { value, lower, upper } of expectations) {
      expect(value).toBeCloseTo(7, 9);
      expect(upper - lower).toBeLessThan(1e-6);
    }
    expect(made.method).toBe('none');
    expect(made.backtest).toMatchObject({ meanAbsoluteError: 0, scaledError: null });
  });

  it('has an interval that holds 95 of 100 values, about', () => {
    const random = createRandom(7);
    let [inside, all] = [0, 0];
    for (let n = 0; n < 60; n++) {
      const noise = () => (random.next() + random.next() + random.next() + random.next() - 2) * 10;
      const values = months(60, () => 100 + noise());
      const { expectations } = forecast(values.slice(0, 54), { ahead: 6, seasonLength: 1 });
      for (const [index, { lower, upper }] of expectations.entries()) {
        const value = values[54 + index] as number;
        all++;
        if (lower <= value && value <= upper) inside++;
      }
    }
    expect(inside / all).toBeGreaterThan(0.88);
    expect(inside / all).toBeLessThan(0.99);
  });

  it('of what falls to nothing does not go below it where that cannot be', () => {
    const falling = months(20, (index) => Math.max(0, 100 - 6 * index));
    for (const { value, lower, upper } of forecast(falling, { canBeNegative: false }).expectations) {
      expect(Math.min(value, lower, upper)).toBeGreaterThanOrEqual(0);
    }
    const losses = months(20, (index) => 10 - 6 * index);
    expect(forecast(losses).expectations.at(-1)?.value).toBeLessThan(-100);
  });

  it('is finite for anything', () => {
    const series = [
      months(9, () => 0),
      months(400, (index) => (index % 97 === 0 ? 1e15 : 0)),
      months(200, (index) => (index % 2 === 0 ? 1e-9 : 1e12)),
      months(100, (index) => -(1.5 ** index)),
    ];
    for (const values of series) {
      const { expectations, made } = forecast(values, { ahead: 400 });
      const numbers = [...expectations.flatMap((each) => Object.values(each)), made.backtest.meanAbsoluteError];
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  });

  it('says so when there is too little to go by', () => {
    expect(forecastSeries([1, 2, 3, 4, 5, 6, 7], MONTHLY)).toEqual({
      refused: '7 whole periods; a forecast takes at least 8',
    });
    expect(forecastSeries([], MONTHLY)).toHaveProperty('refused');
  });
});
