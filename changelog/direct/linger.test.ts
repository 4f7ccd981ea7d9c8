import { expect, test } from 'vitest';
import { lingerMs } from './linger.ts';

const limits = { tickMs: 200, maxBatchBytes: 1000 };

test('goes at once when the batch is large', () => {
  expect(
    lingerMs({ nowMs: 1010, openedAtMs: 1010, lastWriteMs: 100, lastWriteEndedAtMs: 1005, bytes: 1000 }, limits),
  ).toBe(0);
});

test('goes at once without ticks', () => {
  expect(
    lingerMs(
      { nowMs: 1010, openedAtMs: 1010, lastWriteMs: 100, lastWriteEndedAtMs: 1005, bytes: 1 },
      { ...limits, tickMs: 0 },
    ),
  ).toBe(0);
});

test('waits for the next tick', () => {
  expect(lingerMs({ nowMs: 1010, openedAtMs: 1010, lastWriteMs: 20, lastWriteEndedAtMs: 900, bytes: 1 }, limits)).toBe(
    190,
  );
  expect(
    lingerMs({ nowMs: 1200.4, openedAtMs: 1010, lastWriteMs: 20, lastWriteEndedAtMs: 900, bytes: 1 }, limits),
  ).toBe(0);
});

test('lets a tick pass when the last write took long', () => {
  expect(lingerMs({ nowMs: 1150, openedAtMs: 1150, lastWriteMs: 80, lastWriteEndedAtMs: 1140, bytes: 1 }, limits)).toBe(
    250,
  );
  expect(
    lingerMs({ nowMs: 1150, openedAtMs: 1150, lastWriteMs: 9000, lastWriteEndedAtMs: 1140, bytes: 1 }, limits),
  ).toBe(250);
});
