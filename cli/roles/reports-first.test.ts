import { expect, test } from 'vitest';
import { createReportsFirst } from './reports-first.ts';

test('rests as long as reports are asked for, twice as long as the round took, and not for ever', () => {
  let nowMs = 10_000;
  const first = createReportsFirst(() => nowMs);
  expect(first.restMs(300)).toBe(0);
  first.asked();
  nowMs = 12_000;
  expect([first.restMs(300), first.restMs(60_000)]).toEqual([600, 2_000]);
  nowMs = 12_001;
  expect(first.restMs(300)).toBe(0);
});
