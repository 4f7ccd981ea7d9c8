import { expect, test, vi } from 'vitest';
import { createRounds } from './rounds.ts';

test('holds batches until the round before them has been taken over', () => {
  const rounds = createRounds();
  const onEnded = vi.fn();
  rounds.onEnded(onEnded);
  expect(rounds.heldMs(1_000)).toBe(0);
  const { end } = rounds.begin(1_000);
  expect(rounds.heldMs(1_100)).toBe(1_900);
  end();
  expect(rounds.heldMs(1_100)).toBe(1_900);
  rounds.follow(1_150);
  expect(onEnded).toHaveBeenCalledOnce();
  expect(rounds.heldMs(1_150)).toBe(0);
  expect(rounds.endedAtMs).toBe(1_150);
});

test('lets batches that begin together into one round, which is loaded when the last of them has ended', () => {
  const rounds = createRounds();
  const onLoaded = vi.fn();
  rounds.onLoaded(onLoaded);
  const { end: endFirst } = rounds.begin(1_000);
  expect(rounds.heldMs(1_005)).toBe(0);
  const { end: endSecond } = rounds.begin(1_005);
  endFirst();
  expect(rounds.isLoading).toBe(true);
  expect(onLoaded).not.toHaveBeenCalled();
  endSecond();
  expect(rounds.isLoading).toBe(false);
  expect(onLoaded).toHaveBeenCalledOnce();
});

test('holds nobody for long when nobody follows', () => {
  const rounds = createRounds();
  rounds.begin(1_000).end();
  expect(rounds.heldMs(2_999)).toBe(1);
  expect(rounds.heldMs(3_000)).toBe(0);
  rounds.begin(3_100).end();
  expect(rounds.heldMs(3_200)).toBe(1_900);
});

test('does not take the word on an earlier round for the one that is on its way', () => {
  const rounds = createRounds();
  const { end } = rounds.begin(1_000);
  rounds.follow(1_050);
  expect(rounds.heldMs(1_100)).toBe(1_900);
  end();
  rounds.follow(1_100);
  expect(rounds.heldMs(1_100)).toBe(0);
});

test('holds a batch to be loaded until all that joined it has ended', () => {
  const rounds = createRounds();
  const onLoaded = vi.fn();
  rounds.onLoaded(onLoaded);
  const { end } = rounds.begin(1_000);
  const endJoined = rounds.join();
  end();
  expect(onLoaded).not.toHaveBeenCalled();
  rounds.follow(1_100);
  expect(rounds.heldMs(1_100)).toBe(1_900);
  endJoined();
  expect(onLoaded).toHaveBeenCalledOnce();
});

test('gathers batches of a round whose rows are loaded, those that failed left out', async () => {
  const rounds = createRounds();
  const [first, second, third] = [rounds.begin(1_000), rounds.begin(1_001), rounds.begin(1_002)];
  const gathered: string[] = [];
  const gathering = [
    first.gathered(1_100).then(() => gathered.push('first')),
    second.gathered(1_200).then(() => gathered.push('second')),
  ];
  await new Promise(setImmediate);
  expect(gathered).toEqual([]);
  third.end();
  await Promise.all(gathering);
  expect(gathered).toEqual(['first', 'second']);
});

test('holds nobody twice who brings more in one round', async () => {
  const rounds = createRounds();
  const first = rounds.begin(1_000);
  rounds.begin(1_000);
  await first.gathered(1_500);
  await first.gathered(1_100);
});

test('does not wait for long for a batch that takes long to load', async () => {
  const rounds = createRounds();
  rounds.begin(1_000);
  const second = rounds.begin(1_000);
  await second.gathered(1_500);
  const late = rounds.begin(1_495);
  await Promise.all([late.gathered(1_990), rounds.begin(1_496).gathered(1_990)]);
});

test('rests between two rounds, once for each, and then all begin together', () => {
  vi.useFakeTimers();
  try {
    const restMs = vi.fn((tookMs: number) => 2 * tookMs);
    const rounds = createRounds(restMs);
    const onEnded = vi.fn();
    rounds.onEnded(onEnded);
    rounds.begin(1_000).end();
    rounds.follow(1_400);
    rounds.follow(1_500);
    expect(restMs.mock.calls).toEqual([[400]]);
    expect(onEnded).not.toHaveBeenCalled();
    expect(rounds.heldMs(1_600)).toBe(1_400);
    vi.advanceTimersByTime(800);
    expect(onEnded).toHaveBeenCalledOnce();
    expect([rounds.heldMs(2_200), rounds.endedAtMs]).toEqual([0, 2_200]);
  } finally {
    vi.useRealTimers();
  }
});

test('a batch that does not wait for the rest begins a round, which the end of the rest does not end', () => {
  vi.useFakeTimers();
  try {
    const rounds = createRounds(() => 800);
    rounds.begin(1_000).end();
    rounds.follow(1_400);
    const { end } = rounds.begin(1_600);
    vi.advanceTimersByTime(2_000);
    expect(rounds.heldMs(1_700)).toBe(1_900);
    end();
  } finally {
    vi.useRealTimers();
  }
});
