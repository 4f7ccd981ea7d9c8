import { expect, test } from 'vitest';
import { parseThreshold, type Threshold, verdictOf } from './threshold.ts';

test.each([
  ['!= 0', [1, 5], [0]],
  ['<> 0', [1], [0]],
  ['>10', [11], [10]],
  ['>= 10', [10], [9]],
  ['< 3', [2], [3]],
  ['<= 3', [3], [4]],
  ['= 2', [2], [1, 3]],
  ['between 5 and 10', [5, 10], [4, 11]],
  ['NOT BETWEEN 5 AND 10', [4, 11], [5, 10]],
])('%s', (text, holds, fails) => {
  const threshold = parseThreshold(text) as Threshold;
  expect(holds.filter((failures) => !threshold(failures))).toEqual([]);
  expect(fails.filter((failures) => threshold(failures))).toEqual([]);
});

test.each(['', '10', '> ten', '> 1 or true', 'between 1', '=> 1'])('%j is no condition', (text) => {
  expect(parseThreshold(text)).toBeNull();
});

test('a test fails only with severity error; below that it warns where warn_if holds', () => {
  const config = (severity: 'error' | 'warn') => ({
    severity,
    warnIf: parseThreshold('> 1') as Threshold,
    errorIf: parseThreshold('> 10') as Threshold,
  });
  expect([0, 2, 11].map((failures) => verdictOf(failures, config('error')))).toEqual(['pass', 'warn', 'fail']);
  expect([0, 2, 11].map((failures) => verdictOf(failures, config('warn')))).toEqual(['pass', 'warn', 'warn']);
});
