/** A sleep that somebody may cut short: for one loop that waits until there is something to do. */
export interface Waker {
  /** Resolves after the time, or without one never by itself; at once when woken. One at a time. */
  sleep(ms: number | null): Promise<void>;
  /** Does nothing while nobody sleeps. */
  wake(): void;
}

export function createWaker(): Waker {
  let end: (() => void) | null = null;
  return {
    sleep(ms) {
      return new Promise((resolve) => {
        const timer = ms === null ? null : setTimeout(done, ms);
        function done(): void {
          if (timer !== null) clearTimeout(timer);
          end = null;
          resolve();
        }
        end = done;
      });
    },
    wake: () => end?.(),
  };
}
