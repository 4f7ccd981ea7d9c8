import { expect, test } from 'vitest';
import { createSettledFence } from './settled-fence.ts';

const moment = (beforeLsn: bigint, boundXid: bigint, oldestXid: bigint) => ({
  beforeLsn,
  boundXid,
  oldestXid,
  afterLsn: beforeLsn + 1n,
});

test('knows nothing at the first moment, and the first one once its transactions have ended', () => {
  const fence = createSettledFence();
  expect(fence.observe(moment(100n, 10n, 9n))).toBe(null);
  expect(fence.observe(moment(200n, 12n, 9n))).toBe(null);
  expect(fence.observe(moment(300n, 14n, 10n))).toBe(100n);
  expect(fence.observe(moment(400n, 16n, 13n))).toBe(100n);
  expect(fence.observe(moment(500n, 18n, 15n))).toBe(300n);
});
