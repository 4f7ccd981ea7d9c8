import { expect, test } from 'vitest';
import { createRate } from './rollout-progress.ts';

test('what is left takes as long as what was done, for as much', () => {
  let nowMs = 1_000;
  const rate = createRate(() => nowMs);
  const state = { model: 'sales_fact', tablesDone: 0, tablesTotal: 2, keysTotal: 1_000 };
  // Gone on with after a restart: what was done before took its time elsewhere.
  expect(rate({ ...state, keysDone: 400 }).secondsLeft).toBe(null);
  nowMs += 3_000;
  expect(rate({ ...state, keysDone: 500 }).secondsLeft).toBe(15);
  nowMs += 1_000;
  expect(rate({ ...state, keysDone: 1_000 }).secondsLeft).toBe(0);
  expect(rate({ ...state, keysDone: 0 }).secondsLeft).toBe(null);
});
