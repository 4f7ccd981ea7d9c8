import { describe, expect, it } from 'vitest';
import { stockDays } from './stock-days.ts';

const WINDOW = { from: 11, to: 15 };

describe('stockDays', () => {
  it('leaves out days without stock, and counts days with stock and no sale as zero', () => {
    // 5 on hand at first, all shipped on the 12th; 20 come on the 15th and 3 leave.
    const movements = [
      { day: 12, net: -5, shipped: 5 },
      { day: 15, net: 17, shipped: 3 },
    ];
    expect(stockDays(17, movements, WINDOW)).toEqual({
      demand: [0, 5, 3],
      daysWithoutStock: 2,
      meanStock: (5 + 0 + 0 + 0 + 17) / 5,
    });
  });

  it('has the same stock on all days when nothing moved', () => {
    expect(stockDays(0, [], WINDOW)).toEqual({ demand: [], daysWithoutStock: 5, meanStock: 0 });
    expect(stockDays(1, [], WINDOW)).toEqual({ demand: [0, 0, 0, 0, 0], daysWithoutStock: 0, meanStock: 1 });
  });

  it('has stock on a day on which all that came left again', () => {
    const { demand } = stockDays(0, [{ day: 13, net: 0, shipped: 4 }], WINDOW);
    expect(demand).toEqual([4]);
  });

  it('counts a day on which more came back than left as one without demand, and no stock below zero', () => {
    expect(stockDays(-3, [{ day: 15, net: 2, shipped: -2 }], WINDOW)).toEqual({
      demand: [],
      daysWithoutStock: 5,
      meanStock: 0,
    });
  });

  it('knows a single day', () => {
    expect(stockDays(0, [{ day: 15, net: -1, shipped: 1 }], { from: 15, to: 15 })).toEqual({
      demand: [1],
      daysWithoutStock: 0,
      meanStock: 0,
    });
  });
});
