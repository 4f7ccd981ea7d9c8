import type { Relation } from '../../../changelog/change.ts';
import type { MeasuredTable } from '../tables/table-measure.ts';
import { addRange, missingRanges, type TableCopy } from './snapshot-book.ts';

/** What one statement copies: the blocks [from, to), or the rows that were written since the first of them. */
export type Piece = readonly [number, number] | 'moved';

/**
 * The build beside the replica that rows are for, with their version's LSN; null for the replica itself. `snapshot`: of a
 * table without a key, the transactions whose rows are copied.
 */
export type Build = { readonly id: string; readonly fromLsn: bigint; readonly snapshot: string | null } | null;

/**
 * One table on its way: which pieces are left, which are being read, which are durable. Pieces are read in any order and
 * several at once, but `moved` only when every block was read: whatever moved before that is in one of both.
 */
export class TableCopying {
  readonly name: string;
  readonly table: MeasuredTable;
  readonly build: Build;
  /** Resolves with the relation that its rows have; null when it cannot be copied now. */
  readonly relation: () => Promise<Relation | null>;
  readonly #ranges: Generator<[number, number]>;
  #copy: TableCopy;
  #exhausted = false;
  #movedTaken = false;
  #reported = false;
  #reading = 0;
  #unsettled = 0;

  constructor(options: {
    name: string;
    table: MeasuredTable;
    build: Build;
    copy: TableCopy;
    chunkBlocks: number;
    relation: () => Promise<Relation | null>;
  }) {
    this.name = options.name;
    this.table = options.table;
    this.build = options.build;
    this.#copy = options.copy;
    this.#ranges = missingRanges(options.copy, options.chunkBlocks);
    let relation: Promise<Relation | null> | null = null;
    this.relation = () => {
      relation ??= options.relation();
      return relation;
    };
  }

  /** What of it is durable. */
  get copy(): TableCopy {
    return this.#copy;
  }

  /** Every piece was taken. */
  get isTaken(): boolean {
    return this.#movedTaken;
  }

  /** True once, when every piece is durable. */
  becameCopied(): boolean {
    if (this.#reported || !this.#movedTaken || this.#unsettled > 0) return false;
    this.#reported = true;
    return true;
  }

  /** The next piece to read; null when there is none, or none as long as others read theirs. */
  take(): Piece | null {
    const piece = this.#next();
    if (piece !== null) {
      this.#reading++;
      this.#unsettled++;
    }
    return piece;
  }

  #next(): Piece | null {
    if (!this.#exhausted) {
      const next = this.#ranges.next();
      if (next.done !== true) return next.value;
      this.#exhausted = true;
    }
    if (this.#movedTaken || this.#reading > 0) return null;
    this.#movedTaken = true;
    // Without a key there are no updates.
    return this.table.hasToast && this.table.key.length > 0 ? 'moved' : null;
  }

  /** A piece was read to its end, or failed. */
  endRead(): void {
    this.#reading--;
  }

  /** A piece that was read is durable. */
  settle(piece: Piece, copied: { rows: number; bytes: number }): void {
    this.#unsettled--;
    const { rows = 0, bytes = 0 } = this.#copy;
    this.#copy = {
      ...this.#copy,
      done: piece === 'moved' ? this.#copy.done : addRange(this.#copy.done, piece),
      rows: rows + copied.rows,
      bytes: bytes + copied.bytes,
    };
  }
}

/** Blocks that make up a chunk of `chunkBytes`, out-of-line values included; `maxBlocks` at most. */
export function blocksOfChunk(
  table: Pick<MeasuredTable, 'blocks' | 'bytes'>,
  limits: { chunkBytes: number; chunkBlocks: number },
): number {
  const bytesPerBlock = table.blocks === 0 ? 0 : table.bytes / table.blocks;
  const fitting = bytesPerBlock === 0 ? limits.chunkBlocks : Math.floor(limits.chunkBytes / bytesPerBlock);
  return Math.max(1, Math.min(limits.chunkBlocks, fitting));
}
