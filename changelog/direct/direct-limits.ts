import type { LingerLimits } from './linger.ts';

export interface DirectLimits extends LingerLimits {
  /** Rows handed over and not durable yet, per source; beyond it `room()` asks to wait. */
  readonly maxPendingBytes: number;
}

export const DIRECT_LIMITS: DirectLimits = {
  tickMs: 250,
  maxBatchBytes: 8 << 20,
  maxPendingBytes: 24 << 20,
};
