/** Keeps an average rate. Pure but for its own count; time is given in milliseconds of any monotonic clock. */
export class Pace {
  readonly #perSecond: number;
  #dueMs: number;

  constructor(options: { perSecond: number; nowMs: number }) {
    this.#perSecond = options.perSecond;
    this.#dueMs = options.nowMs;
  }

  /** How long to wait after `done` more changes. What was missed for over a second is not made up for. */
  waitMs(done: number, nowMs: number): number {
    this.#dueMs = Math.max(this.#dueMs, nowMs - 1000) + (done * 1000) / this.#perSecond;
    return Math.max(0, this.#dueMs - nowMs);
  }
}
