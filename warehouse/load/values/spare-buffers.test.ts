import { expect, test, vi } from 'vitest';
import { createSpareBuffers } from './spare-buffers.ts';

const MIB = 1 << 20;

test('gives back a buffer that was let go of when it is large enough', () => {
  const spares = createSpareBuffers({ count: 2, maxBytes: 16 * MIB });
  const large = spares.take(4 * MIB);
  expect(large.length).toBe(4 * MIB);
  spares.give(large);
  expect(spares.take(8 * MIB)).not.toBe(large);
  expect(spares.take(2 * MIB)).toBe(large);
  expect(spares.take(2 * MIB)).not.toBe(large);
});

test('keeps no more than it may, and nothing for long', () => {
  vi.useFakeTimers();
  try {
    const spares = createSpareBuffers({ count: 1, maxBytes: 4 * MIB });
    const [first, second, huge] = [spares.take(2 * MIB), spares.take(2 * MIB), spares.take(8 * MIB)];
    spares.give(huge);
    spares.give(first);
    spares.give(second);
    expect(spares.take(MIB)).toBe(first);
    expect(spares.take(MIB)).not.toBe(second);
    spares.give(first);
    vi.advanceTimersByTime(10_001);
    expect(spares.take(MIB)).not.toBe(first);
  } finally {
    vi.useRealTimers();
  }
});
