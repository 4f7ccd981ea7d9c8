import type { Relation } from '../change.ts';
import type { CaptureState, SnapshotChunk } from '../change-log.ts';
import type { RowVersion, SnapshotBlock, SourceDestination, TakeLine } from '../destination.ts';
import { TableFailure } from '../table-failure.ts';
import { isBlockFull, type SnapshotBudget } from './snapshot-budget.ts';

/** A chunk's rows in blocks; while one block is written the next is filled, a third has to wait. */
export function createDirectSnapshotChunk(options: {
  destination: Pick<SourceDestination, 'openSnapshotBlock' | 'writeSnapshot'>;
  relation: Relation;
  state: CaptureState;
  /** Given for a table that is built beside its replica. */
  fromLsn: bigint | null;
  maxBlockBytes: number;
  budget: SnapshotBudget;
  /** Told when a write failed for good, not of this table alone: the whole log has failed then. */
  onFailure: (error: unknown) => void;
}): SnapshotChunk {
  const { destination, relation, state, fromLsn, maxBlockBytes, budget, onFailure } = options;
  const version: RowVersion = { epoch: state.epoch, commitLsn: fromLsn ?? state.snapshotLsn, ordinal: 0 };
  const target = fromLsn === null ? 'replica' : 'rebuild';
  let block = destination.openSnapshotBlock(relation, version);
  let countedBytes = 0;
  let writing: Promise<void> = Promise.resolve();

  /** Resolves when the block before is durable; `writing` when this one is as well. */
  function flush(): Promise<void> {
    count();
    const full = block;
    const bytes = countedBytes;
    block = destination.openSnapshotBlock(relation, version);
    countedBytes = 0;
    const previous = writing;
    writing = write(previous, full, bytes);
    // Thrown to the caller as well, by room() or done().
    writing.catch((error) => error instanceof TableFailure || onFailure(error));
    return previous;
  }

  async function write(previous: Promise<void>, full: SnapshotBlock, bytes: number): Promise<void> {
    try {
      await previous;
      await destination.writeSnapshot(full, target);
    } finally {
      budget.add(-bytes);
    }
  }

  function count(): void {
    budget.add(block.bytes - countedBytes);
    countedBytes = block.bytes;
  }

  const line: TakeLine = (bytes, start, end) => (block.line as TakeLine)(bytes, start, end);
  return {
    row(row) {
      block.row(row);
    },
    ...(block.line === null ? {} : { line }),
    room() {
      count();
      const isBudgetSpent = budget.isSpent();
      if (!isBlockFull(block.bytes, { maxBlockBytes, isBudgetSpent })) return null;
      const previous = flush();
      return isBudgetSpent ? writing : previous;
    },
    async done() {
      // Also when it has no rows: rejected ones are kept with the block.
      await flush();
      await writing;
    },
    abandon() {
      budget.add(-countedBytes);
      countedBytes = 0;
    },
  };
}
