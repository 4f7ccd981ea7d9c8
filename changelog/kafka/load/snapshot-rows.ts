import type { OnTableFailure } from '../../change-log.ts';
import type { SnapshotBlock, SourceDestination } from '../../destination.ts';
import { BuildSuperseded, TableFailure } from '../../table-failure.ts';
import { packVersion } from '../../version.ts';
import type { LoadedRelation } from './loaded-relations.ts';
import type { RowMessage } from './row-message.ts';

const BLOCK_BYTES = 4 << 20;

/** Rows of snapshots on their way into the destination, in large blocks. In any order: their versions are the lowest. */
export interface SnapshotRows {
  /** Throws a RangeError for a message that cannot be read. A promise when a block has to be written first. */
  add(of: LoadedRelation, message: RowMessage): Promise<void> | null;
  /** Resolves when all of them are durable. */
  flush(): Promise<void>;
}

export function createSnapshotRows(options: {
  destination: Pick<SourceDestination, 'openSnapshotBlock' | 'writeSnapshot'>;
  /** As `ProgressWriter.mayWrite`: what removed a row may be nowhere any more where another loader has had the table since. */
  mayWrite: () => Promise<void>;
  onTableFailure: OnTableFailure;
}): SnapshotRows {
  const { destination, mayWrite, onTableFailure } = options;
  const blocks = new Map<string, { block: SnapshotBlock; of: LoadedRelation }>();

  async function write({ block, of }: { block: SnapshotBlock; of: LoadedRelation }): Promise<void> {
    await mayWrite();
    try {
      await destination.writeSnapshot(block, of.record.build === null ? 'replica' : 'rebuild');
    } catch (error) {
      if (!(error instanceof TableFailure)) throw error;
      if (error instanceof BuildSuperseded) return;
      // Remembered before these rows count as loaded: nobody will send them again.
      await onTableFailure(of.relation, error);
      of.isFailed = true;
    }
  }

  return {
    add(of, message) {
      if (of.isFailed) return null;
      const row = of.row.after(message);
      const { version } = message;
      const name = `${of.id}/${packVersion(version)}`;
      let open = blocks.get(name);
      if (open === undefined) {
        open = { block: destination.openSnapshotBlock(of.relation, { ...version }), of };
        blocks.set(name, open);
      }
      open.block.row(row);
      if (open.block.bytes < BLOCK_BYTES) return null;
      blocks.delete(name);
      return write(open);
    },
    async flush() {
      const open = [...blocks.values()];
      blocks.clear();
      for (const each of open) await write(each);
    },
  };
}
