import { unitsOf } from '../decimal.ts';
import type { Level } from './level.ts';
import { type Additive, placesOf } from './measures.ts';
import type { Window } from './windows.ts';

/** Sums of a measure over any stretch of time that begins and ends with one of the pieces it was read in. */
export interface RunningSums {
  /** In the smallest places of the measure. */
  sumOf(window: Window, member: string): bigint;
}

/** `pieces` are in order and do not overlap. */
export function runningSums(level: Level, pieces: readonly Window[], of: Additive): RunningSums {
  const byMember = new Map<string, { from: number; upTo: bigint }[]>();
  for (const piece of pieces) {
    for (const member of level.within(piece)) {
      const steps = byMember.get(member) ?? [];
      byMember.set(member, steps);
      const value = unitsOf(level.cellOf(piece, member)?.[of] ?? '0', placesOf(of));
      steps.push({ from: piece.from, upTo: (steps.at(-1)?.upTo ?? 0n) + value });
    }
  }
  return {
    sumOf({ from, to }, member) {
      const steps = byMember.get(member) ?? [];
      return before(steps, to + 1) - before(steps, from);
    },
  };
}

/** What had come together before a point. */
function before(steps: readonly { from: number; upTo: bigint }[], point: number): bigint {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.from ?? 0) < point) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0n : (steps[low - 1]?.upTo ?? 0n);
}
