/** Everything about capture that is a time or a size, so that tests and operators can change it. */
export interface CaptureTiming {
  /** How often durable positions are looked at, in milliseconds. */
  readonly tickMs: number;
  /** A status update at least this often; it asks for an answer. */
  readonly statusIntervalMs: number;
  /** Silence after which a connection is taken for dead. */
  readonly watchdogMs: number;
  readonly reconnectFirstMs: number;
  readonly reconnectMaxMs: number;
  /** How often the publication is compared with what is captured, and the WAL's end is asked for. */
  readonly pollMs: number;
  /** A logical message that gives an idle database WAL of its own; 0 for none. */
  readonly heartbeatMs: number;
  /** How long a stop waits for what is in flight. */
  readonly drainMs: number;
  /** Snapshot chunk in bytes of the table, out-of-line values included: what is read again after a crash. */
  readonly chunkBytes: number;
  /** Most blocks of 8 KiB in a chunk. */
  readonly chunkBlocks: number;
  /** A table that is copied may be locked so long before what may wait for its copy goes on without it. */
  readonly lockedMs: number;
  /** How often finished chunks are written down. */
  readonly saveChunksMs: number;
  /** How often a source that is copied is asked how busy it is. */
  readonly loadMs: number;
}

export const DEFAULT_TIMING: CaptureTiming = {
  tickMs: 100,
  statusIntervalMs: 2_000,
  watchdogMs: 60_000,
  reconnectFirstMs: 200,
  reconnectMaxMs: 30_000,
  pollMs: 10_000,
  heartbeatMs: 30_000,
  drainMs: 20_000,
  chunkBytes: 16 << 20,
  chunkBlocks: 2048,
  lockedMs: 10_000,
  saveChunksMs: 2000,
  loadMs: 2000,
};
