export interface LingerLimits {
  /** Batches of all sources begin at multiples of this time, so that what follows them runs once for all. 0: at once. */
  readonly tickMs: number;
  /** A batch of this size goes at once. */
  readonly maxBatchBytes: number;
}

/**
 * How long the open batch may still wait for company: until the first tick after it was opened that leaves the last write as much rest as it
 * took, so that many small tables do not flood the warehouse with parts.
 */
export function lingerMs(
  state: { nowMs: number; openedAtMs: number; lastWriteMs: number; lastWriteEndedAtMs: number; bytes: number },
  limits: LingerLimits,
): number {
  if (state.bytes >= limits.maxBatchBytes || limits.tickMs === 0) return 0;
  const restMs = Math.min(state.lastWriteMs, limits.tickMs);
  const earliestMs = Math.max(state.openedAtMs, state.lastWriteEndedAtMs + restMs);
  return Math.max(0, Math.ceil(earliestMs / limits.tickMs) * limits.tickMs - state.nowMs);
}
