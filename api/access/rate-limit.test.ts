import { expect, it } from 'vitest';
import { createRateLimits, take } from './rate-limit.ts';

it('allows a minute of requests at once, and then as they come back', () => {
  let nowMs = 0;
  const limits = createRateLimits(() => nowMs);
  const first = [1, 2, 3].map(() => limits.take('a', 3));
  expect(first.map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
    [true, 2],
    [true, 1],
    [true, 0],
  ]);
  expect(limits.take('a', 3)).toMatchObject({ isAllowed: false, remaining: 0, retryAfterSeconds: 20 });
  expect(limits.take('b', 3).isAllowed).toBe(true);
  nowMs = 19_999;
  expect(limits.take('a', 3)).toMatchObject({ isAllowed: false, retryAfterSeconds: 1 });
  nowMs = 20_001;
  expect(limits.take('a', 3).isAllowed).toBe(true);
  expect(limits.take('a', 3).isAllowed).toBe(false);
});

it('never holds more than a minute, also when the clock stands still or a limit is changed', () => {
  expect(take({ tokens: 5, atMs: 0 }, 5, 1e9)).toMatchObject({ remaining: 4, fullAfterSeconds: 12 });
  expect(take({ tokens: 2, atMs: 100 }, 5, 0)).toMatchObject({ remaining: 1 });
  const limits = createRateLimits(() => 0);
  for (let n = 0; n < 5; n++) limits.take('a', 5);
  expect(limits.take('a', 100).isAllowed).toBe(true);
});
