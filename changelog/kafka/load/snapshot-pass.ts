import type { SnapshotBlock, SourceDestination } from '../../destination.ts';
import { TableFailure } from '../../table-failure.ts';
import { packVersion } from '../../version.ts';
import { HEADER, readVersion } from '../publish/record-writer.ts';
import type { LoadedRelation, LoadedRelations } from './loaded-relations.ts';
import type { Offsets, PartitionMessage, PartitionReader } from './partition-reader.ts';

const BLOCK_BYTES = 4 << 20;

/**
 * Loads the snapshot's rows of a source, ahead of the stream's: a change may need the value of a row that comes later in
 * the log. Rows of the stream are passed over.
 */
export interface SnapshotPass {
  /** Resolves when all snapshot rows below these offsets are durable in the destination. */
  reach(until: Offsets): Promise<void>;
  /** Snapshot rows below these are durable. */
  reached(): Offsets;
}

export function createSnapshotPass(options: {
  reader: PartitionReader;
  relations: LoadedRelations;
  destination: SourceDestination;
}): SnapshotPass {
  const { reader, relations, destination } = options;
  let reached: Offsets = new Map();
  const blocks = new Map<string, { block: SnapshotBlock; of: LoadedRelation }>();

  async function write({ block, of }: { block: SnapshotBlock; of: LoadedRelation }): Promise<void> {
    try {
      await destination.writeSnapshot(block, of.record.build === null ? 'replica' : 'rebuild');
    } catch (error) {
      // The table was built anew since, or is not taken: these rows are nobody's.
      if (!(error instanceof TableFailure)) throw error;
    }
  }

  async function take({ message }: PartitionMessage): Promise<void> {
    const { value, key, headers } = message;
    const versionBytes = headers[HEADER.version];
    const relationId = headers[HEADER.relation];
    if (value === null || versionBytes === undefined || relationId === undefined) return;
    const version = readVersion(versionBytes);
    if (version.ordinal !== 0) return;
    const of = await relations.get(relationId.toString());
    if (of.isFailed) return;
    const name = `${of.id}/${packVersion(version)}`;
    let open = blocks.get(name);
    if (open === undefined) {
      open = { block: destination.openSnapshotBlock(of.relation, version), of };
      blocks.set(name, open);
    }
    open.block.row(of.row.after(value, key, headers[HEADER.exceptions] ?? null));
    if (open.block.bytes < BLOCK_BYTES) return;
    blocks.delete(name);
    await write(open);
  }

  return {
    async reach(until) {
      for (let messages = await reader.next(until); messages !== null; messages = await reader.next(until)) {
        for (const message of messages) await take(message);
      }
      for (const open of blocks.values()) await write(open);
      blocks.clear();
      reached = new Map([...reader.offsets].map(([topic, next]) => [topic, [...next]]));
    },
    reached: () => reached,
  };
}
