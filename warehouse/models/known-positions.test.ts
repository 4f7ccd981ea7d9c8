import { expect, test, vi } from 'vitest';
import type { LoadedPosition } from '../load/positions/loaded-position.ts';
import { createKnownPositions } from './known-positions.ts';

function position(source: string, sequence: number): LoadedPosition {
  const at = '2026-01-01 00:00:00.000000';
  const lsn = `0/${sequence}`;
  return {
    source,
    lsn,
    committedAt: at,
    caughtUpAt: at,
    floor: '1',
    consistent: true,
    shape: '0',
    sequence: `${sequence}`,
  };
}

const LONG_MS = 1_000_000;

test('takes what it is told for newer than what it read, whichever came first', async () => {
  const told = position('b', 10);
  const known = createKnownPositions({
    read: async () => {
      known.tell(told);
      return [position('b', 9), position('a', 3)];
    },
    minAgeMs: LONG_MS,
    maxAgeMs: LONG_MS,
  });
  expect(await known.current()).toEqual([position('a', 3), told]);
  known.tell(position('a', 4));
  known.tell(position('a', 2));
  expect(await known.current()).toEqual([position('a', 4), told]);
});

test('reads again when it is asked to, and forgets a source that is gone', async () => {
  const stored = [[position('a', 1), position('b', 1)], [position('a', 1)]];
  const known = createKnownPositions({ read: async () => stored.shift() ?? [], minAgeMs: LONG_MS, maxAgeMs: LONG_MS });
  known.tell(position('b', 2));
  expect(await known.current()).toEqual([position('a', 1), position('b', 2)]);
  known.forget();
  expect(await known.current()).toEqual([position('a', 1)]);
});

test('reads ever more seldom while that brings nothing new, and soon again when it does', async () => {
  vi.useFakeTimers();
  let stored = position('a', 1);
  const known = createKnownPositions({ read: async () => [stored], minAgeMs: 100, maxAgeMs: 400 });
  const dues: number[] = [];
  for (let i = 0; i < 4; i++) {
    await known.current();
    dues.push(known.dueMs());
    vi.advanceTimersByTime(known.dueMs());
  }
  expect(dues).toEqual([100, 200, 400, 400]);
  stored = position('a', 2);
  expect(await known.current()).toEqual([stored]);
  expect(known.dueMs()).toBe(100);
  vi.advanceTimersByTime(100);
  stored = position('a', 3);
  known.tell(stored);
  await known.current();
  expect(known.dueMs()).toBe(200);
  vi.useRealTimers();
});
