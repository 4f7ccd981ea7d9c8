import { expect, test, vi } from 'vitest';
import { createRounds } from './rounds.ts';

test('holds batches until the round before them has been taken over', () => {
  const rounds = createRounds();
  const onEnded = vi.fn();
  rounds.onEnded(onEnded);
  expect(rounds.heldMs(1_000)).toBe(0);
  const end = rounds.begin(1_000);
  expect(rounds.heldMs(1_100)).toBe(400);
  end();
  expect(rounds.heldMs(1_100)).toBe(400);
  rounds.follow(1_150);
  expect(onEnded).toHaveBeenCalledOnce();
  expect(rounds.heldMs(1_150)).toBe(0);
  expect(rounds.endedAtMs).toBe(1_150);
});

test('lets batches that begin together into one round, which is loaded when the last of them has ended', () => {
  const rounds = createRounds();
  const onLoaded = vi.fn();
  rounds.onLoaded(onLoaded);
  const endFirst = rounds.begin(1_000);
  expect(rounds.heldMs(1_005)).toBe(0);
  const endSecond = rounds.begin(1_005);
  endFirst();
  expect(rounds.isLoading).toBe(true);
  expect(onLoaded).not.toHaveBeenCalled();
  endSecond();
  expect(rounds.isLoading).toBe(false);
  expect(onLoaded).toHaveBeenCalledOnce();
});

test('holds nobody for long when nobody follows', () => {
  const rounds = createRounds();
  rounds.begin(1_000)();
  expect(rounds.heldMs(1_500)).toBe(0);
  rounds.begin(1_600)();
  expect(rounds.heldMs(1_700)).toBe(400);
});

test('does not take the word on an earlier round for the one that is on its way', () => {
  const rounds = createRounds();
  const end = rounds.begin(1_000);
  rounds.follow(1_050);
  expect(rounds.heldMs(1_100)).toBe(400);
  end();
  rounds.follow(1_100);
  expect(rounds.heldMs(1_100)).toBe(0);
});

test('holds a batch to be loaded until all that joined it has ended', () => {
  const rounds = createRounds();
  const onLoaded = vi.fn();
  rounds.onLoaded(onLoaded);
  const end = rounds.begin(1_000);
  const endJoined = rounds.join();
  end();
  expect(onLoaded).not.toHaveBeenCalled();
  rounds.follow(1_100);
  expect(rounds.heldMs(1_100)).toBe(400);
  endJoined();
  expect(onLoaded).toHaveBeenCalledOnce();
});
