import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Published, PublishedState } from '../warehouse/published/published.ts';
import { createPublishedWatermark } from './published-watermark.ts';

const published = (watermark: string): Published => ({ watermark, publishedAt: '', asOf: {}, lagSeconds: 0 });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(prepare?: (state: Published) => Promise<void> | null) {
  const changed = new EventTarget();
  const readNow = vi.fn(async (): Promise<Published | null> => published('1'));
  const watermark = createPublishedWatermark({ readNow, changed, ...(prepare && { prepare }) });
  const tell = (number: string): void => {
    const detail: PublishedState = { watermark: number, publishedAt: '', asOf: {}, caughtUpAtMs: Date.now() };
    changed.dispatchEvent(new CustomEvent('published', { detail }));
  };
  const shown = async () => (await watermark.read())?.watermark;
  return { watermark, readNow, tell, shown };
}

test('a new state is seen when what answers it is ready, and soon in any case', async () => {
  const ready = Promise.withResolvers<void>();
  const { tell, shown } = open((state) => (state.watermark === '2' ? ready.promise : new Promise(() => {})));
  expect(await shown()).toBe('1');
  tell('2');
  await vi.advanceTimersByTimeAsync(100);
  expect(await shown()).toBe('1');
  ready.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(await shown()).toBe('2');
  tell('3');
  await vi.advanceTimersByTimeAsync(299);
  expect(await shown()).toBe('2');
  await vi.advanceTimersByTimeAsync(1);
  expect(await shown()).toBe('3');
});

test('a new state is seen at once where nothing is to be got ready', async () => {
  const { tell, shown } = open(() => null);
  await shown();
  tell('2');
  expect(await shown()).toBe('2');
});

test('a later state is not followed by an earlier one that took longer to get ready', async () => {
  const { tell, shown } = open((state) => (state.watermark === '2' ? new Promise(() => {}) : Promise.resolve()));
  await shown();
  tell('2');
  tell('3');
  await vi.advanceTimersByTimeAsync(10);
  expect(await shown()).toBe('3');
  await vi.advanceTimersByTimeAsync(400);
  expect(await shown()).toBe('3');
});

test('when nothing was told for a while it is read beside the requests, and then before them', async () => {
  const { tell, shown, readNow } = open();
  tell('1');
  expect(await shown()).toBe('1');
  expect(readNow).not.toHaveBeenCalled();
  readNow.mockResolvedValue(published('2'));
  await vi.advanceTimersByTimeAsync(1_001);
  expect([await shown(), readNow.mock.calls.length]).toEqual(['1', 1]);
  await vi.advanceTimersByTimeAsync(0);
  expect(await shown()).toBe('2');
  readNow.mockResolvedValue(published('3'));
  await vi.advanceTimersByTimeAsync(2_001);
  expect(await shown()).toBe('3');
});

test('what was told while it was read is newer', async () => {
  const { tell, shown, readNow } = open();
  const late = Promise.withResolvers<Published | null>();
  readNow.mockReturnValueOnce(late.promise);
  const first = shown();
  tell('5');
  late.resolve(published('4'));
  expect([await first, await shown()]).toEqual(['5', '5']);
});

test('what is forgotten while somebody reads it is still theirs, and read anew for the next', async () => {
  const { watermark, shown, readNow } = open();
  const late = Promise.withResolvers<Published | null>();
  readNow.mockReturnValueOnce(late.promise);
  const first = shown();
  watermark.forget();
  readNow.mockResolvedValue(published('2'));
  const second = shown();
  late.resolve(published('1'));
  expect(await second).toBe('2');
  expect(['1', '2']).toContain(await first);
});

test('a warehouse that is away is told to whoever cannot be answered without it', async () => {
  const { tell, shown, readNow } = open();
  readNow.mockRejectedValue(new Error('away'));
  await expect(shown()).rejects.toThrow('away');
  tell('1');
  await vi.advanceTimersByTimeAsync(1_500);
  expect(await shown()).toBe('1');
  await vi.advanceTimersByTimeAsync(1_000);
  await expect(shown()).rejects.toThrow('away');
});
