import { expect, test } from 'vitest';
import { fieldAt } from './field.ts';

test('gives each field of a line, and none behind its end', () => {
  const line = '7\t\tn\\tn\t\\N';
  expect([0, 1, 2, 3, 4].map((i) => fieldAt(line, i))).toEqual(['7', '', 'n\\tn', '\\N', undefined]);
  expect([0, 1].map((i) => fieldAt('', i))).toEqual(['', undefined]);
});
