import { expect, test } from 'vitest';
import { busyReason, restMs } from './snapshot-throttle.ts';

const limits = { activeSessions: 32, standbyDelaySeconds: 10, streamBehindBytes: 1000 };
const idle = { activeSessions: 0, standbyDelaySeconds: 0, streamBehindBytes: 0 };

test.each([
  [idle, null],
  [{ activeSessions: 32, standbyDelaySeconds: 10, streamBehindBytes: 1000 }, null],
  [{ ...idle, activeSessions: 33 }, 'sessions'],
  [{ ...idle, standbyDelaySeconds: 10.5 }, 'standby'],
  [{ ...idle, streamBehindBytes: 1001 }, 'stream'],
])('of a load of %j makes %s', (load, reason) => {
  expect(busyReason(load, limits)).toBe(reason);
});

test('one connection goes on half of the time when the source is busy, the others stop', () => {
  expect(restMs(0, null, 500)).toBe(0);
  expect(restMs(3, null, 500)).toBe(0);
  expect(restMs(0, 'sessions', 500)).toBe(500);
  expect(restMs(0, 'sessions', 3_600_000)).toBe(10_000);
  expect(restMs(1, 'sessions', 500)).toBeNull();
});
