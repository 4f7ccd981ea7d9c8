import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

describe('the pace of traffic', () => {
  it('spreads changes over time', () => {
    const pace = new Pace({ perSecond: 10, nowMs: 0 });
    expect(pace.waitMs(5, 0)).toBe(500);
    expect(pace.waitMs(5, 500)).toBe(500);
    expect(pace.waitMs(1, 1100)).toBe(0);
    expect(pace.waitMs(1, 1100)).toBe(100);
  });

  it('does not make up for a long pause', () => {
    const pace = new Pace({ perSecond: 10, nowMs: 0 });
    expect(pace.waitMs(1, 60_000)).toBe(0);
    expect(pace.waitMs(10, 60_000)).toBe(100);
  });
});
