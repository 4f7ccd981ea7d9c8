import { sleep } from '../../runtime/abortable.ts';

/** Keeps work to a share of the time, so that it takes at most that share of a core, here and in the warehouse together. */
export interface Pace {
  /** Does a piece of work, then rests for as long as its time asks for. */
  work<T>(piece: () => Promise<T>): Promise<T>;
}

/** `budget`: share of the time, above 0; at 1 there is no rest. */
export function createPace(budget: number, signal: AbortSignal): Pace {
  return {
    async work(piece) {
      const startedAt = performance.now();
      const result = await piece();
      const restMs = restAfter(performance.now() - startedAt, budget);
      if (restMs > 0) await sleep(restMs, signal);
      signal.throwIfAborted();
      return result;
    },
  };
}

export function restAfter(workedMs: number, budget: number): number {
  return budget >= 1 ? 0 : workedMs * (1 / budget - 1);
}
