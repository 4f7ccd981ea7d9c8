/**
 * Batches of all sources go in rounds: they begin together, and the next ones when whoever computes from them has taken
 * over what the former ones brought. On a machine that both fill, loading and computing at once take each as long as
 * both: a round after the other is sooner through than two rounds half the time apart. Between two rounds there may be a rest, for
 * whoever else needs the machine; batches that are full do not wait for it.
 */
export interface Rounds {
  /** How long a batch has to wait for the round that is under way, in milliseconds; 0 when it may begin. */
  heldMs(nowMs: number): number;
  /** When the last round ended. What waited for it need not wait for a tick. */
  readonly endedAtMs: number;
  /** True while a batch is on its way. */
  readonly isLoading: boolean;
  /** A batch begins. */
  begin(nowMs: number): RoundBatch;
  /** Something more belongs to the batch that is on its way; call what is answered when it has ended. */
  join(): () => void;
  /** What was loaded has been taken over. Says nothing while more is on its way. */
  follow(nowMs: number): void;
  /** Called when the last batch of a round has ended. */
  onLoaded(listener: () => void): void;
  /** Called when a round is over; answers how to hear no more of it. */
  onEnded(listener: () => void): () => void;
}

/** One batch of a round. */
export interface RoundBatch {
  /**
   * Its rows are loaded. Resolves when those of the others are as well, or the round has lasted its time: what is written
   * down of them together costs the warehouse as much as of one. At once for a batch that brings more after that.
   */
  gathered(nowMs: number): Promise<void>;
  /** Nothing of it is on its way any more. */
  end(): void;
}

/** Batches that begin so soon after the first one belong to its round. */
const JOIN_MS = 10;
/**
 * A round is over after this time at the latest: what is loaded does not wait for models that take longer, or have stopped. On a busy
 * machine a round takes a second: one that begins before the last is through makes both longer.
 */
const HOLD_MS = 2_000;
/** Those whose rows are loaded wait so long for the others, counted from the beginning of the round. */
const GATHER_MS = 500;

/** How long to rest after a round that took so long; asked when it has been taken over. */
export type RestAfter = (tookMs: number) => number;

export function createRounds(restAfter: RestAfter = () => 0): Rounds {
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let endedAtMs = Number.NEGATIVE_INFINITY;
  let batches = 0;
  /** Batches whose rows are not loaded. */
  let loading = 0;
  let gathering: (() => void)[] = [];
  let isOver = true;
  const loadedListeners: (() => void)[] = [];
  const endedListeners = new Set<() => void>();

  function join(): () => void {
    batches++;
    return () => {
      batches--;
      if (batches === 0) for (const listener of loadedListeners) listener();
    };
  }

  function loaded(): void {
    loading--;
    if (loading > 0) return;
    const resolves = gathering;
    gathering = [];
    for (const resolve of resolves) resolve();
  }

  function over(nowMs: number): void {
    isOver = true;
    endedAtMs = nowMs;
    for (const listener of endedListeners) listener();
  }

  return {
    heldMs(nowMs) {
      if (isOver || nowMs - startedAtMs <= JOIN_MS) return 0;
      return Math.max(0, startedAtMs + HOLD_MS - nowMs, restsUntilMs - nowMs);
    },
    get endedAtMs() {
      return endedAtMs;
    },
    get isLoading() {
      return batches > 0;
    },
    begin(nowMs) {
      if (isOver || nowMs - startedAtMs > JOIN_MS) {
        startedAtMs = nowMs;
        restsUntilMs = Number.NEGATIVE_INFINITY;
      }
      isOver = false;
      loading++;
      let isLoaded = false;
      const leave = join();
      return {
        gathered(atMs) {
          if (isLoaded) return Promise.resolve();
          isLoaded = true;
          loaded();
          const leftMs = startedAtMs + GATHER_MS - atMs;
          if (loading === 0 || leftMs <= 0) return Promise.resolve();
          return new Promise((resolve) => {
            const timer = setTimeout(resolve, leftMs);
            gathering.push(() => {
              clearTimeout(timer);
              resolve();
            });
          });
        },
        end() {
          if (!isLoaded) loaded();
          isLoaded = true;
          leave();
        },
      };
    },
    join,
    follow(nowMs) {
      if (isOver || batches > 0 || restsUntilMs > nowMs) return;
      const rest = restAfter(nowMs - startedAtMs);
      if (rest <= 0) return over(nowMs);
      restsUntilMs = nowMs + rest;
      const resting = startedAtMs;
      const wake = (): void => {
        if (startedAtMs === resting && !isOver) over(restsUntilMs);
      };
      setTimeout(wake, rest).unref();
    },
    onLoaded: (listener) => void loadedListeners.push(listener),
    onEnded(listener) {
      endedListeners.add(listener);
      return () => endedListeners.delete(listener);
    },
  };
}
