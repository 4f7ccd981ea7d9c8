import { backoffMs } from '../../../runtime/backoff.ts';

/** Milliseconds before the n-th attempt in a row (from 1), between half and all of a doubling delay. `random` in [0, 1). */
export function reconnectDelayMs(failures: number, limits: { firstMs: number; maxMs: number }, random: number): number {
  const full = backoffMs(failures, limits);
  return Math.round(full / 2 + (full / 2) * random);
}
