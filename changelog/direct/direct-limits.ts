import type { LingerLimits } from './linger.ts';

export interface DirectLimits extends LingerLimits {
  /** Rows handed over and not durable yet, per source; beyond it `room()` asks to wait. */
  readonly maxPendingBytes: number;
  /** Size at which a block of snapshot rows is written: a part of the replica each. */
  readonly maxSnapshotBlockBytes: number;
  /** Snapshot rows in memory, of all sources together; beyond it blocks are written small and waited for. */
  readonly maxSnapshotBytes: number;
}

export const DIRECT_LIMITS: DirectLimits = {
  tickMs: 100,
  maxBatchBytes: 8 << 20,
  maxPendingBytes: 24 << 20,
  // Just below a power of two: a block's buffer doubles when it is full.
  maxSnapshotBlockBytes: (8 << 20) - (128 << 10),
  maxSnapshotBytes: 40 << 20,
};
