import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LoadedPosition } from '../../warehouse/load/positions/loaded-position.ts';
import { createTelling } from './telling.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function position(source: string): LoadedPosition {
  const at = '2026-01-01 00:00:00.000000';
  return {
    source,
    lsn: '0/1',
    committedAt: at,
    caughtUpAt: at,
    floor: '1',
    consistent: true,
    shape: '0',
    sequence: '1',
  };
}

test('tells positions that come soon after each other together', () => {
  const send = vi.fn();
  const telling = createTelling({ send, isLoading: () => false });
  telling.tell(position('a'));
  vi.advanceTimersByTime(30);
  telling.tell(position('b'));
  expect(send).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10);
  expect(send.mock.calls).toEqual([[[position('a'), position('b')]]]);
});

test('waits for what is on its way until it is there', () => {
  const send = vi.fn();
  const telling = createTelling({ send, isLoading: () => true });
  telling.tell(position('a'));
  vi.advanceTimersByTime(120);
  expect(send).not.toHaveBeenCalled();
  telling.flush();
  expect(send.mock.calls).toEqual([[[position('a')]]]);
  telling.flush();
  vi.advanceTimersByTime(1_000);
  expect(send).toHaveBeenCalledOnce();
});

test('does not wait long for one that takes long', () => {
  const send = vi.fn();
  const telling = createTelling({ send, isLoading: () => true });
  telling.tell(position('a'));
  vi.advanceTimersByTime(240);
  expect(send.mock.calls).toEqual([[[position('a')]]]);
});
