import type { Relation } from '../../../changelog/change.ts';
import type { RowVersion, SnapshotBlock } from '../../../changelog/destination.ts';
import { sourceColumns } from '../replicas/replica-columns.ts';
import { ByteWriter } from './byte-writer.ts';
import { copiedLineBytes, createCopiedLine } from './copied-line.ts';
import type { SpareBuffers } from './spare-buffers.ts';
import { createTabSeparatedBlock, type RejectedRow } from './tab-separated-block.ts';

/** Rows of a snapshot as TabSeparated: the relation's columns alone, since the version is the block's. */
export interface TabSeparatedSnapshotBlock extends SnapshotBlock {
  readonly rejected: readonly RejectedRow[];
  readonly refusedKeys: ReadonlySet<string>;
  /** The lines; valid until the next row. */
  written(): Buffer;
  /** It was written: its memory may be used again. Nothing else may be called afterwards. */
  release(): void;
}

const INITIAL_BYTES = 64 << 10;

export function createSnapshotBlock(
  relation: Relation,
  version: Readonly<RowVersion>,
  spares: SpareBuffers | null = null,
): TabSeparatedSnapshotBlock {
  const writer = new ByteWriter(INITIAL_BYTES, spares);
  const tuples = createTabSeparatedBlock(relation, { writer, versioned: false });
  const types = sourceColumns(relation).map((column) => column.columnType);
  const writeLine = createCopiedLine(types);
  const lineBytes = copiedLineBytes(types);
  let lines = 0;

  function line(bytes: Buffer, start: number, end: number): boolean {
    writer.reserve(lineBytes(end - start));
    const at = (writeLine as NonNullable<typeof writeLine>)(writer.bytes, writer.length, bytes, start, end);
    if (at < 0) return false;
    writer.length = at;
    lines++;
    return true;
  }

  return {
    relation,
    version,
    rejected: tuples.rejected,
    refusedKeys: tuples.refusedKeys,
    get bytes() {
      return tuples.bytes;
    },
    get rows() {
      return tuples.rows + lines;
    },
    row: (row) => tuples.upsert(version, row),
    line: writeLine === null ? null : line,
    written: () => writer.written(),
    release: () => writer.release(),
  };
}
