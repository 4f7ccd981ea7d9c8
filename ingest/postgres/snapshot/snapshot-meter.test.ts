import { expect, test } from 'vitest';
import { SnapshotMeter } from './snapshot-meter.ts';

const NOTHING = { rows: 0, bytes: 0, doneBlocks: 0, blocks: 1000 };

test('tells rows, bytes, rate and time left of a table', () => {
  const meter = new SnapshotMeter();
  meter.begin('public.t', NOTHING, 1000);
  expect(meter.rate('public.t', 1000)).toMatchObject({ rowsPerSecond: 0, secondsLeft: null });
  meter.add('public.t', { rows: 5000, bytes: 400_000, blocks: 100 }, 2000);
  meter.add('public.t', { rows: 5000, bytes: 400_000, blocks: 100 }, 3000);
  expect(meter.amount('public.t')).toMatchObject({ rows: 10_000, bytes: 800_000, doneBlocks: 200, blocks: 1000 });
  expect(meter.rate('public.t', 3000)).toMatchObject({ rowsPerSecond: 5000, bytesPerSecond: 400_000, secondsLeft: 8 });
  // Nothing comes any more: the rate falls, the time left grows.
  expect(meter.rate('public.t', 5000)).toMatchObject({ rowsPerSecond: 2500, secondsLeft: 16 });
  expect(meter.rows).toBe(10_000);
});

test('forgets what was more than a minute ago', () => {
  const meter = new SnapshotMeter();
  meter.begin('public.t', NOTHING, 0);
  for (let second = 1; second <= 60; second++)
    meter.add('public.t', { rows: 1000, bytes: 1, blocks: 1 }, second * 1000);
  for (let second = 61; second <= 130; second++)
    meter.add('public.t', { rows: 10, bytes: 1, blocks: 1 }, second * 1000);
  expect(meter.rate('public.t', 130_000)?.rowsPerSecond).toBe(10);
});

test('goes on from what earlier runs copied without counting it as speed', () => {
  const meter = new SnapshotMeter();
  meter.begin('public.t', { rows: 900, bytes: 9000, doneBlocks: 900, blocks: 1000 }, 0);
  meter.add('public.t', { rows: 10, bytes: 100, blocks: 10 }, 1000);
  expect(meter.amount('public.t')).toMatchObject({ rows: 910, doneBlocks: 910 });
  expect(meter.rate('public.t', 1000)).toMatchObject({ rowsPerSecond: 10, secondsLeft: 9 });
  expect(meter.rows).toBe(10);
});

test('adds up the tables that are being copied', () => {
  const meter = new SnapshotMeter();
  expect(meter.total(0)).toBeNull();
  meter.begin('public.a', NOTHING, 0);
  meter.begin('public.b', { ...NOTHING, blocks: 3000 }, 0);
  meter.add('public.a', { rows: 100, bytes: 10, blocks: 500 }, 1000);
  expect(meter.total(1000)).toMatchObject({ tables: 2, rows: 100, blocks: 4000, doneBlocks: 500, secondsLeft: 7 });
  meter.end('public.a');
  expect(meter.total(1000)).toMatchObject({ tables: 1, rows: 0, blocks: 3000, secondsLeft: null });
  expect(meter.rate('public.a', 1000)).toBeNull();
  expect(meter.amount('public.a')?.rows).toBe(100);
  meter.end('public.b');
  expect(meter.total(1000)).toBeNull();
});
