import type { SnapshotThrottleConfig } from '../../../runtime/config/config.ts';

/** What a source is doing beside us. */
export interface SourceLoad {
  /** Sessions of others that run a statement. */
  readonly activeSessions: number;
  /** By how much the slowest standby is behind. */
  readonly standbyDelaySeconds: number;
  /** WAL that our own stream has not received yet. */
  readonly streamBehindBytes: number;
}

export type BusyReason = 'sessions' | 'standby' | 'stream';

/** What makes the source busy, or null. */
export function busyReason(load: SourceLoad, limits: SnapshotThrottleConfig): BusyReason | null {
  if (load.standbyDelaySeconds > limits.standbyDelaySeconds) return 'standby';
  if (load.streamBehindBytes > limits.streamBehindBytes) return 'stream';
  if (load.activeSessions > limits.activeSessions) return 'sessions';
  return null;
}

const LONGEST_REST_MS = 10_000;

/**
 * How long connection number `index` rests before its next chunk, null for as long as the source is busy. On a busy
 * source the first connection works half of the time and the others stop: a snapshot there takes longer, but never for
 * ever. It must not stop altogether, since the stream may wait for a row that only the snapshot brings.
 */
export function restMs(index: number, busy: BusyReason | null, lastChunkMs: number): number | null {
  if (busy === null) return 0;
  return index === 0 ? Math.min(lastChunkMs, LONGEST_REST_MS) : null;
}
