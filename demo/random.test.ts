import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('random numbers', () => {
  it('repeat when the seed and stream do', () => {
    const words = (seed: number, stream?: string) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 5 }, () => random.word());
    };
    expect(words(7)).toEqual(words(7));
    expect(words(7)).not.toEqual(words(8));
    expect(words(7)).not.toEqual(words(7 + 2 ** 32));
    expect(words(7, 'a')).not.toEqual(words(7, 'b'));
  });

  it('fill their range evenly', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[random.between(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('follow weights', () => {
    const random = new Random(1);
    const counts = { often: 0, seldom: 0, never: 0 };
    for (let i = 0; i < 10_000; i++) counts[random.weighted({ often: 9, seldom: 1, never: 0 })] += 1;
    expect(counts.never).toBe(0);
    expect(counts.seldom / 10_000).toBeCloseTo(0.1, 1);
  });

  it('make well-formed UUIDs', () => {
    const random = new Random(1);
    const made = new Set(Array.from({ length: 1000 }, () => random.uuid()));
    expect(made.size).toBe(1000);
    for (const uuid of made)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
