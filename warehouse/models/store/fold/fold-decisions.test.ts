import { expect, test } from 'vitest';
import { isCubeFoldDue, isRowFoldDue } from './fold-decisions.ts';

test('a cube is folded when its differences are many beside its cells', () => {
  expect(isCubeFoldDue({ base: 0, differences: 1 })).toBe(true);
  expect(isCubeFoldDue({ base: 0, differences: 0 })).toBe(false);
  expect(isCubeFoldDue({ base: 1_000, differences: 249 })).toBe(false);
  expect(isCubeFoldDue({ base: 1_000, differences: 250 })).toBe(true);
});

test('rows are removed when they are many, or have waited for a day', () => {
  expect(isRowFoldDue({ removable: 0, rows: 0, oldestAgeMs: 1e12 })).toBe(false);
  expect(isRowFoldDue({ removable: 62, rows: 1_000, oldestAgeMs: 0 })).toBe(false);
  expect(isRowFoldDue({ removable: 63, rows: 1_000, oldestAgeMs: 0 })).toBe(true);
  expect(isRowFoldDue({ removable: 1, rows: 1_000, oldestAgeMs: 86_400_000 })).toBe(true);
});
