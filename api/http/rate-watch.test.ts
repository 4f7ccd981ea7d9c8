import { expect, test, vi } from 'vitest';
import { watchRate } from './rate-watch.ts';

test('says so while it happens often enough, and once in half a second', () => {
  const onMany = vi.fn();
  const happened = watchRate({ perSecond: 20, onMany });
  for (let ms = 0; ms < 2_000; ms += 100) happened(ms);
  expect(onMany).not.toHaveBeenCalled();
  for (let ms = 2_000; ms < 4_000; ms += 10) happened(ms);
  expect(onMany).toHaveBeenCalledTimes(4);
});
