/** Reports are asked for still, so long after it was said that they are. */
const ASKED_MS = 2_000;
/** A round of loading and computing takes a third of the time then. */
const REST_SHARE = 2;
const MAX_REST_MS = 2_000;

export interface ReportsFirst {
  /** Many reports are being asked for. */
  asked(): void;
  /** How long to rest after a round that took so long. */
  restMs(tookMs: number): number;
}

/**
 * Leaves the machine to reports while many of them are asked for. Rounds follow each other without a rest otherwise, so that
 * what is committed is soon seen, and on a small machine they take most of it, whatever the rate of changes: a round's cost hangs on its
 * tables more than on its rows. With rests between them rounds are larger and fewer.
 */
export function createReportsFirst(now: () => number = () => performance.now()): ReportsFirst {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const areAsked = (): boolean => now() - askedAtMs <= ASKED_MS;
  return {
    asked() {
      askedAtMs = now();
    },
    restMs: (tookMs) => (areAsked() ? Math.min(MAX_REST_MS, REST_SHARE * tookMs) : 0),
  };
}
