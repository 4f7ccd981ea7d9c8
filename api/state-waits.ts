import type { Published } from '../warehouse/published/published.ts';

export interface StateWaits {
  /** The first state that is enough, or the newest one when the signal ends the wait; null while there is none. */
  until(isEnough: (state: Published) => boolean, signal: AbortSignal): Promise<Published | null>;
  /** There may be a new state. */
  look(): void;
  close(): void;
}

interface Waiting {
  readonly isEnough: (state: Published) => boolean;
  readonly done: (state: Published) => void;
}

/**
 * Waits for states that are enough for somebody. They are looked for when somebody says so and every `everyMs`, once for all who
 * wait; not at all while nobody does.
 */
export function createStateWaits(read: () => Promise<Published | null>, everyMs: number): StateWaits {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | null = null;
  let isLooking = false;
  let isAnew = false;

  async function look(): Promise<void> {
    if (waiting.size === 0) return;
    isAnew = isLooking;
    if (isLooking) return;
    isLooking = true;
    try {
      const state = await read();
      if (state !== null) for (const each of [...waiting]) if (each.isEnough(state)) each.done(state);
    } catch {
      // A warehouse that is away says nothing new; who waits is told by the read behind its wait.
    } finally {
      isLooking = false;
    }
    if (isAnew) await look();
  }

  function stopWhenIdle(): void {
    if (waiting.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    async until(isEnough, signal) {
      const first = await read();
      if ((first !== null && isEnough(first)) || signal.aborted) return first;
      const { promise, resolve } = Promise.withResolvers<Published | null>();
      const own: Waiting = { isEnough, done: resolve };
      const onAbort = (): void => resolve(null);
      waiting.add(own);
      timer ??= setInterval(() => void look(), everyMs);
      signal.addEventListener('abort', onAbort, { once: true });
      // What was published between the reading and now.
      void look();
      const found = await promise;
      signal.removeEventListener('abort', onAbort);
      waiting.delete(own);
      stopWhenIdle();
      return found ?? read();
    },
    look: () => void look(),
    close() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
