/** Memory that the snapshots of all sources of a process share. */
export interface SnapshotBudget {
  /** Counts bytes in, or out again when they are durable. */
  add(bytes: number): void;
  isSpent(): boolean;
}

export function createSnapshotBudget(maxBytes: number): SnapshotBudget {
  let used = 0;
  return {
    add(bytes) {
      used += bytes;
    },
    isSpent: () => used >= maxBytes,
  };
}

/** A block of this size may be written at any time; one below it may always grow. */
export const SMALL_BLOCK_BYTES = 1 << 20;

/**
 * Whether a block is written now. With memory to spare blocks grow to `maxBlockBytes`, since the warehouse takes few
 * large parts better than many small ones; without, each goes as soon as it is not tiny, so nobody waits for another
 * source's block.
 */
export function isBlockFull(bytes: number, limits: { maxBlockBytes: number; isBudgetSpent: boolean }): boolean {
  return bytes >= (limits.isBudgetSpent ? Math.min(SMALL_BLOCK_BYTES, limits.maxBlockBytes) : limits.maxBlockBytes);
}
