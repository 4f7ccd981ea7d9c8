import type { Relation } from '../../changelog/change.ts';
import type { RowVersion, SnapshotBlock } from '../../changelog/destination.ts';
import { ByteWriter } from './byte-writer.ts';
import { createCopiedLine } from './copied-line.ts';
import { sourceColumns } from './replica-columns.ts';
import { createTabSeparatedBlock, type RejectedRow } from './tab-separated-block.ts';

/** Rows of a snapshot as TabSeparated: the relation's columns alone, since the version is the block's. */
export interface TabSeparatedSnapshotBlock extends SnapshotBlock {
  readonly rejected: readonly RejectedRow[];
  readonly refusedKeys: ReadonlySet<string>;
  /** The lines; valid until the next row. */
  written(): Buffer;
}

const INITIAL_BYTES = 64 << 10;

export function createSnapshotBlock(relation: Relation, version: Readonly<RowVersion>): TabSeparatedSnapshotBlock {
  const writer = new ByteWriter(INITIAL_BYTES);
  const tuples = createTabSeparatedBlock(relation, { writer, versioned: false });
  const writeLine = createCopiedLine(Uint8Array.from(sourceColumns(relation), (column) => column.columnType.encoding));
  let lines = 0;

  function line(bytes: Buffer, start: number, end: number): boolean {
    writer.reserve(end - start);
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
  };
}
