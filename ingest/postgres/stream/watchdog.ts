/** What a watchdog on inbound bytes knows; all in milliseconds of a monotonic clock. */
export interface InboundFacts {
  readonly now: number;
  /** When bytes arrived last, or when reading started again after we had paused it. */
  readonly lastInbound: number;
  /** True while we are not reading: silence is then ours. */
  readonly paused: boolean;
  readonly limitMs: number;
}

/** True when the connection is to be taken for dead. The server answers each of our status updates, so silence is odd. */
export function isSilent(facts: InboundFacts): boolean {
  return !facts.paused && facts.now - facts.lastInbound > facts.limitMs;
}
