import type { Random } from '../random.ts';

/** One of several that take turns. */
export interface Participant {
  /** Resolves when it is this one's turn, which lasts until it asks again or leaves. */
  turn(): Promise<void>;
  leave(): void;
}

/**
 * Lets exactly one participant act at a time and draws who is next, once everybody waits: what several connections do
 * is interleaved, statement by statement, and the same again from the same seed.
 */
export function takeTurns(random: Random, count: number): Participant[] {
  const waiting = new Map<number, () => void>();
  const present = new Set(Array.from({ length: count }, (_, index) => index));

  function next(): void {
    if (waiting.size === 0 || waiting.size < present.size) return;
    const index = random.pick([...waiting.keys()].sort((a, b) => a - b));
    const go = waiting.get(index);
    waiting.delete(index);
    go?.();
  }

  return [...present].map((index) => ({
    turn: () =>
      new Promise((resolve) => {
        waiting.set(index, resolve);
        next();
      }),
    leave() {
      present.delete(index);
      next();
    },
  }));
}
