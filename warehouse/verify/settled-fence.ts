import type { SourceMoment } from '../../changelog/source-rows.ts';

/**
 * Up to which position a moment has certainly everything. A transaction whose commit record lies before it may still be
 * invisible, waiting for a synchronous standby, say, and the stream may have brought it already: what is there of it
 * and not here is no difference. Once all transactions have ended that ran at an earlier moment, whatever committed before
 * that one is seen.
 */
export interface SettledFence {
  /** Call it with each moment, in their order. Null: not known yet. */
  observe(moment: SourceMoment): bigint | null;
}

export function createSettledFence(): SettledFence {
  let waiting: SourceMoment | null = null;
  let settledLsn: bigint | null = null;
  return {
    observe(moment) {
      if (waiting !== null && moment.oldestXid >= waiting.boundXid) {
        settledLsn = waiting.beforeLsn;
        waiting = null;
      }
      waiting ??= moment;
      return settledLsn;
    },
  };
}
