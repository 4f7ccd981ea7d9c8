import { expect, test } from 'vitest';
import { fateOf } from './gone-messages.ts';

const range = (partition: number, first: bigint, next: bigint) => ({ partition, first, next });

test('tells what was deleted before it was read from a topic that is another one', () => {
  expect(fateOf([5n, 0n], [range(0, 2n, 9n), range(1, 0n, 0n)])).toBe('there');
  expect(fateOf([9n], [range(0, 9n, 9n)])).toBe('there');
  expect(fateOf([5n], [range(0, 6n, 9n)])).toBe('deleted');
  // Never read, and its beginning is gone.
  expect(fateOf([], [range(0, 6n, 9n)])).toBe('deleted');
  expect(fateOf([5n], [range(0, 0n, 4n)])).toBe('topic-gone');
  expect(fateOf([5n, 1n], [range(0, 0n, 9n)])).toBe('topic-gone');
  expect(fateOf([5n], null)).toBe('topic-gone');
});
