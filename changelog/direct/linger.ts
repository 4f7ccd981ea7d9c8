export interface LingerLimits {
  readonly minMs: number;
  readonly maxMs: number;
  /** A batch of this size goes at once. */
  readonly maxBatchBytes: number;
}

/**
 * How long the open batch may still wait for company: writes should take at most a third of the time, so that many
 * small tables do not flood the warehouse with parts, yet a quick warehouse gets small batches soon.
 */
export function lingerMs(
  state: { lastWriteMs: number; sinceLastWriteMs: number; bytes: number },
  limits: LingerLimits,
): number {
  if (state.bytes >= limits.maxBatchBytes) return 0;
  const wantedMs = Math.min(limits.maxMs, Math.max(limits.minMs, 2 * state.lastWriteMs));
  return Math.max(0, wantedMs - state.sinceLastWriteMs);
}
