import { describe, expect, it } from 'vitest';
import { statisticText } from '../statistic-text.ts';
import { abcClasses, stockStatus, xyzClass } from './classes.ts';
import { demandStatistics } from './demand-statistics.ts';
import { empiricalLeadTimeDemand, normalLeadTimeDemand, UNKNOWN_DEMAND } from './lead-time-demand.ts';
import { daysOfCover, economicOrderQuantity, turnover } from './stock-ratios.ts';

describe('demandStatistics', () => {
  it('gives mean, deviation of the sample, and variation', () => {
    expect(demandStatistics([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      mean: 5,
      deviation: Math.sqrt(32 / 7),
      variation: Math.sqrt(32 / 7) / 5,
    });
  });

  it.each([
    ['no day', [], { mean: null, deviation: null, variation: null }],
    ['one day', [3], { mean: 3, deviation: null, variation: null }],
    ['no demand', [0, 0, 0], { mean: 0, deviation: 0, variation: null }],
    ['constant demand', [7, 7, 7], { mean: 7, deviation: 0, variation: 0 }],
  ])('says only what can be said of %s', (_name, demand, expected) => {
    expect(demandStatistics(demand)).toEqual(expected);
  });
});

describe('normalLeadTimeDemand', () => {
  const options = { leadTimeDays: 9, leadTimeDeviationDays: 0, factor: 1.645, available: 100 };
  const of = (demand: readonly number[], others: Partial<typeof options> = {}) =>
    normalLeadTimeDemand({ ...options, ...others, statistics: demandStatistics(demand) });

  it('adds safety stock for the service level to the expected demand', () => {
    // Mean 10, deviation 2.
    const found = of([8, 10, 12], { available: 90 });
    expect(found.safetyStock).toBeCloseTo(1.645 * 2 * 3, 12);
    expect(found.reorderPoint).toBeCloseTo(90 + 1.645 * 2 * 3, 12);
    expect(found.stockOutRisk).toBeCloseTo(0.5, 12);
  });

  it('reckons with a lead time that varies', () => {
    expect(of([8, 10, 12], { leadTimeDeviationDays: 1 }).safetyStock).toBeCloseTo(1.645 * Math.sqrt(36 + 100), 12);
  });

  it('is certain where demand is constant, and says nothing of one day', () => {
    expect(of([10, 10])).toEqual({ safetyStock: 0, reorderPoint: 90, stockOutRisk: 0 });
    expect(of([10, 10], { available: 89 }).stockOutRisk).toBe(1);
    expect(of([0, 0], { available: 0 })).toEqual({ safetyStock: 0, reorderPoint: 0, stockOutRisk: 0 });
    expect(of([10])).toEqual(UNKNOWN_DEMAND);
    expect(of([])).toEqual(UNKNOWN_DEMAND);
  });
});

describe('empiricalLeadTimeDemand', () => {
  const of = (demand: readonly number[], leadTimeDays: number, serviceLevel: number, available = 0) =>
    empiricalLeadTimeDemand({ demand, leadTimeDays, serviceLevel, available });

  it('takes the sum that is not passed in the share of runs', () => {
    // Sums of two days: 1, 2, 3, 9.
    const demand = [1, 0, 2, 1, 8];
    expect(of(demand, 2, 0.75, 2)).toEqual({ safetyStock: 3 - 4.8, reorderPoint: 3, stockOutRisk: 0.5 });
    expect(of(demand, 2, 0.76).reorderPoint).toBe(9);
    expect(of(demand, 2, 0.5, 9)).toMatchObject({ reorderPoint: 2, stockOutRisk: 0 });
  });

  it('takes the 19th of 20 for 0.95', () => {
    const demand = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(of(demand, 1, 0.95).reorderPoint).toBe(19);
  });

  it('says nothing of fewer days than a lead time', () => {
    expect(of([1, 2], 3, 0.95)).toEqual(UNKNOWN_DEMAND);
    expect(of([], 1, 0.95)).toEqual(UNKNOWN_DEMAND);
  });
});

describe('ratios', () => {
  it('are null rather than infinite', () => {
    expect(daysOfCover(10, 4)).toBe(2.5);
    expect(daysOfCover(-1, 4)).toBe(0);
    expect(daysOfCover(10, 0)).toBeNull();
    expect(daysOfCover(10, null)).toBeNull();
    expect(turnover(30, 90, 10)).toBeCloseTo((30 / 90) * 36.5, 12);
    expect(turnover(30, 90, 0)).toBeNull();
    expect(turnover(30, 90, null)).toBeNull();
    expect(turnover(0, 90, 10)).toBe(0);
  });

  it('order what costs least', () => {
    const usual = { meanDemand: 1000 / 365, orderCost: 10, holdingRate: 0.2, unitCost: 25 };
    // Ordering and holding cost the same at the best quantity.
    const quantity = economicOrderQuantity(usual) as number;
    expect((1000 / quantity) * 10).toBeCloseTo((quantity / 2) * 0.2 * 25, 9);
    for (const nothing of [{ meanDemand: 0 }, { meanDemand: null }, { orderCost: null }, { unitCost: 0 }]) {
      expect(economicOrderQuantity({ ...usual, ...nothing })).toBeNull();
    }
  });
});

describe('classes', () => {
  it('go by the share of the items before', () => {
    const of = (...values: number[]) => abcClasses(values.map(BigInt), { a: 0.8, b: 0.95 }).join('');
    expect(of(1, 79, 4, 1, 15)).toBe('CABCA');
    expect(of(80, 15, 5)).toBe('ABC');
    expect(of(100, 0)).toBe('AC');
    expect(of(0, 0)).toBe('CC');
    expect(of(5, 5)).toBe('AA');
    expect(of()).toBe('');
  });

  it('go by variation', () => {
    const cutOffs = { x: 0.5, y: 1 };
    expect([0, 0.5, 0.51, 1, 1.01].map((variation) => xyzClass(variation, cutOffs))).toEqual(['X', 'X', 'Y', 'Y', 'Z']);
    expect(xyzClass(null, cutOffs)).toBeNull();
  });

  it('tell dead stock from what is new, empty or short', () => {
    const item = { onHand: 10, available: 10, idleDays: 3, deadAfterDays: 30, reorderPoint: 5 };
    expect(stockStatus(item)).toBe('ok');
    expect(stockStatus({ ...item, available: 5 })).toBe('reorder');
    expect(stockStatus({ ...item, available: 0 })).toBe('out_of_stock');
    expect(stockStatus({ ...item, idleDays: 30 })).toBe('dead');
    expect(stockStatus({ ...item, idleDays: null })).toBe('dead');
    expect(stockStatus({ ...item, onHand: 0, idleDays: 30 })).toBe('idle');
    expect(stockStatus({ ...item, reorderPoint: null })).toBe('ok');
  });
});

it('statistics are JSON numbers without a sign of nothing, or null', () => {
  expect([1.5, 2, -0.00001, 0.12345, 1e-9, 100, -3.1].map((value) => statisticText(value, 4))).toEqual([
    '1.5',
    '2',
    '0',
    '0.1235',
    '0',
    '100',
    '-3.1',
  ]);
  expect(statisticText(1e22, 4)).toBe('10000000000000000000000');
  for (const value of [null, Number.NaN, Number.POSITIVE_INFINITY]) expect(statisticText(value, 4)).toBe('null');
});
