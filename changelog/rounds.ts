/**
 * Batches of all sources go in rounds: they begin together, and the next ones when whoever computes from them has taken
 * over what the former ones brought. On a machine that both fill, loading and computing at once take each as long as
 * both: a round after the other is sooner through than two rounds half the time apart.
 */
export interface Rounds {
  /** How long a batch has to wait for the round that is under way, in milliseconds; 0 when it may begin. */
  heldMs(nowMs: number): number;
  /** When the last round ended. What waited for it need not wait for a tick. */
  readonly endedAtMs: number;
  /** True while a batch is on its way. */
  readonly isLoading: boolean;
  /** A batch begins; call what is answered when it has ended. */
  begin(nowMs: number): () => void;
  /** Something more belongs to the batch that is on its way; call what is answered when it has ended. */
  join(): () => void;
  /** What was loaded has been taken over. Says nothing while more is on its way. */
  follow(nowMs: number): void;
  /** Called when the last batch of a round has ended. */
  onLoaded(listener: () => void): void;
  /** Called when a round is over; answers how to hear no more of it. */
  onEnded(listener: () => void): () => void;
}

/** Batches that begin so soon after the first one belong to its round. */
const JOIN_MS = 10;
/** A round is over after this time at the latest: what is loaded does not wait for models that take long, or have stopped. */
const HOLD_MS = 500;

export function createRounds(): Rounds {
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let endedAtMs = Number.NEGATIVE_INFINITY;
  let batches = 0;
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

  return {
    heldMs(nowMs) {
      if (isOver || nowMs - startedAtMs <= JOIN_MS) return 0;
      return Math.max(0, startedAtMs + HOLD_MS - nowMs);
    },
    get endedAtMs() {
      return endedAtMs;
    },
    get isLoading() {
      return batches > 0;
    },
    begin(nowMs) {
      if (isOver || nowMs - startedAtMs > JOIN_MS) startedAtMs = nowMs;
      isOver = false;
      return join();
    },
    join,
    follow(nowMs) {
      if (isOver || batches > 0) return;
      isOver = true;
      endedAtMs = nowMs;
      for (const listener of endedListeners) listener();
    },
    onLoaded: (listener) => void loadedListeners.push(listener),
    onEnded(listener) {
      endedListeners.add(listener);
      return () => endedListeners.delete(listener);
    },
  };
}
