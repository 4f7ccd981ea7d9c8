import { DEFAULT_LIMITS, type ReaderLimits } from './topic-reader.ts';

/** Everything about reading topics that is a time or a size, so that tests can change it. */
export interface DebeziumTiming extends ReaderLimits {
  /** How often catalog and topics are looked at for what is new. */
  readonly refreshMs: number;
  /** How often the position to go on from is written down. */
  readonly saveMs: number;
  readonly settleMs: number;
  readonly patienceMs: number;
  /** How long a stop waits for what is in flight. */
  readonly drainMs: number;
}

export const DEFAULT_DEBEZIUM_TIMING: DebeziumTiming = {
  ...DEFAULT_LIMITS,
  refreshMs: 1_000,
  saveMs: 2_000,
  settleMs: 2_000,
  patienceMs: 60_000,
  drainMs: 10_000,
};
