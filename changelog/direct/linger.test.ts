import { expect, test } from 'vitest';
import { lingerMs } from './linger.ts';

const limits = { minMs: 50, maxMs: 400, maxBatchBytes: 1000 };

test('goes at once when the batch is large', () => {
  expect(lingerMs({ lastWriteMs: 100, sinceLastWriteMs: 0, bytes: 1000 }, limits)).toBe(0);
});

test('waits twice as long as the last write took, within the limits', () => {
  expect(lingerMs({ lastWriteMs: 60, sinceLastWriteMs: 0, bytes: 1 }, limits)).toBe(120);
  expect(lingerMs({ lastWriteMs: 1, sinceLastWriteMs: 0, bytes: 1 }, limits)).toBe(50);
  expect(lingerMs({ lastWriteMs: 9000, sinceLastWriteMs: 0, bytes: 1 }, limits)).toBe(400);
});

test('does not wait when the pause is already over', () => {
  expect(lingerMs({ lastWriteMs: 60, sinceLastWriteMs: 130, bytes: 1 }, limits)).toBe(0);
});
