import { FIELD_NULL, FIELD_TEXT, FIELD_UNCHANGED, type Tuple } from '../../../changelog/change.ts';
import { resizeTuple } from '../../../changelog/tuple.ts';
import { violation } from './protocol-violation.ts';

/** Reads TupleData at `at` of a message that ends at `end`, in place; returns the position after it. */
export function readTuple(tuple: Tuple, bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) throw violation('a tuple is cut off');
  const count = (bytes[at]! << 8) | bytes[at + 1]!;
  resizeTuple(tuple, count);
  tuple.bytes = bytes;
  const { kinds, starts, ends } = tuple;
  let position = at + 2;
  for (let i = 0; i < count; i++) {
    if (position >= end) throw violation('a tuple is cut off');
    const kind = bytes[position++]!;
    if (kind === 0x74 /* t */) {
      if (position + 4 > end) throw violation('a field is cut off');
      const length =
        (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!;
      position += 4;
      if (length < 0 || length > end - position) throw violation(`a field announces ${length} bytes`);
      kinds[i] = FIELD_TEXT;
      starts[i] = position;
      position += length;
      ends[i] = position;
    } else if (kind === 0x6e /* n */) {
      kinds[i] = FIELD_NULL;
      starts[i] = position;
      ends[i] = position;
    } else if (kind === 0x75 /* u */) {
      kinds[i] = FIELD_UNCHANGED;
      starts[i] = position;
      ends[i] = position;
    } else {
      throw violation(`a field of kind ${kind}`);
    }
  }
  return position;
}

/** With REPLICA IDENTITY FULL the old row has the values that the new one left out; both point into the same message. */
export function takeUnchanged(row: Tuple, old: Tuple): void {
  const { kinds, starts, ends } = row;
  for (let i = 0; i < row.length; i++) {
    if (kinds[i] !== FIELD_UNCHANGED) continue;
    kinds[i] = old.kinds[i]!;
    starts[i] = old.starts[i]!;
    ends[i] = old.ends[i]!;
  }
}
