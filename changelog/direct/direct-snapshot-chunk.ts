import type { Relation } from '../change.ts';
import type { CaptureState, SnapshotChunk } from '../change-log.ts';
import type { RowVersion, SourceDestination } from '../destination.ts';

/** A chunk's rows in blocks; while one block is written the next is filled, a third has to wait. */
export function createDirectSnapshotChunk(options: {
  destination: SourceDestination;
  relation: Relation;
  state: CaptureState;
  maxBlockBytes: number;
  /** Told when a write failed for good: the whole log has failed then. */
  onFailure: (error: unknown) => void;
}): SnapshotChunk {
  const { destination, relation, state, maxBlockBytes, onFailure } = options;
  const version: RowVersion = { epoch: state.epoch, commitLsn: state.snapshotLsn, ordinal: 0 };
  let block = destination.openBlock(relation);
  let writing: Promise<void> | null = null;

  function flush(): Promise<void> {
    const full = block;
    block = destination.openBlock(relation);
    const previous = writing ?? Promise.resolve();
    writing = previous.then(() => destination.writeSnapshot(full));
    writing.catch(onFailure); // Thrown to the caller as well, by room() or done().
    return previous;
  }

  return {
    row(row) {
      block.upsert(version, row);
    },
    room() {
      return block.bytes < maxBlockBytes ? null : flush();
    },
    async done() {
      // Also when it has no rows: rejected ones are kept with the block.
      await flush();
      await writing;
    },
  };
}
