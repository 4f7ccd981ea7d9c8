import { expect, test } from 'vitest';
import { createSilence } from './silence.ts';

test('a connection that is asked and does not answer counts as gone, however often it is asked', () => {
  const silence = createSilence(1_000);
  expect(silence.isTooLong(0, { read: 10, written: 10 })).toBe(false);
  expect(silence.isTooLong(500, { read: 10, written: 20 })).toBe(false);
  expect(silence.isTooLong(1_400, { read: 10, written: 30 })).toBe(false);
  expect(silence.isTooLong(1_500, { read: 10, written: 40 })).toBe(true);
});

test('one that answers, or is not asked, never does', () => {
  const silence = createSilence(1_000);
  expect(silence.isTooLong(0, { read: 0, written: 0 })).toBe(false);
  expect(silence.isTooLong(9_000, { read: 0, written: 0 })).toBe(false);
  expect(silence.isTooLong(9_100, { read: 0, written: 5 })).toBe(false);
  expect(silence.isTooLong(10_000, { read: 5, written: 9 })).toBe(false);
  expect(silence.isTooLong(90_000, { read: 5, written: 9 })).toBe(false);
  expect(silence.isTooLong(90_100, { read: 5, written: 12 })).toBe(false);
  expect(silence.isTooLong(91_200, { read: 5, written: 12 })).toBe(true);
});
