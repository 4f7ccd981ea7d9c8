import { FIELD_TEXT, type Tuple } from '../../../changelog/change.ts';
import { createTuple, resizeTuple } from '../../../changelog/tuple.ts';

/** Buffers up to this size are kept for the next row. */
const KEPT_BYTES = 1 << 20;
const ORDINAL_DIGITS = 8;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** Adds the id of its row (`Relation.hasRowId`) to a streamed tuple: `epoch.commit LSN.ordinal` in hexadecimal digits. */
export class RowIdWriter {
  readonly #epoch: string;
  readonly #tuple = createTuple();
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  #commitLsn = -1n;
  #prefix: Buffer = Buffer.alloc(0);

  constructor(epoch: number) {
    this.#epoch = epoch.toString(16).padStart(8, '0');
  }

  /** The tuple with one field more, in bytes of its own; valid until the next call. `ordinal` counts the transaction's changes. */
  add(row: Tuple, commitLsn: bigint, ordinal: number): Tuple {
    if (commitLsn !== this.#commitLsn) {
      this.#commitLsn = commitLsn;
      this.#prefix = Buffer.from(`${this.#epoch}.${commitLsn.toString(16).padStart(16, '0')}.`, 'latin1');
    }
    const fields = row.length;
    const first = fields === 0 ? 0 : row.starts[0]!;
    const length = fields === 0 ? 0 : row.ends[fields - 1]! - first;
    const bytes = this.#room(length + this.#prefix.length + ORDINAL_DIGITS);
    const tuple = this.#tuple;
    resizeTuple(tuple, fields + 1);
    tuple.bytes = bytes;
    row.bytes.copy(bytes, 0, first, first + length);
    for (let i = 0; i < fields; i++) {
      tuple.kinds[i] = row.kinds[i]!;
      tuple.starts[i] = row.starts[i]! - first;
      tuple.ends[i] = row.ends[i]! - first;
    }
    tuple.kinds[fields] = FIELD_TEXT;
    tuple.starts[fields] = length;
    let at = length + this.#prefix.copy(bytes, length);
    for (let shift = 4 * (ORDINAL_DIGITS - 1); shift >= 0; shift -= 4) bytes[at++] = HEX[(ordinal >>> shift) & 15]!;
    tuple.ends[fields] = at;
    return tuple;
  }

  #room(needed: number): Buffer {
    const isWasted = this.#bytes.length > KEPT_BYTES && needed <= KEPT_BYTES;
    if (needed > this.#bytes.length || isWasted) this.#bytes = Buffer.allocUnsafeSlow(Math.max(needed, 4096));
    return this.#bytes;
  }
}
