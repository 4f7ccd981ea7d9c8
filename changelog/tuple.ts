import type { Tuple } from './change.ts';

/** A tuple to be used again and again, with `length` fields that are NULL; it grows to the widest table. */
export function createTuple(length = 0): Tuple {
  const room = Math.max(length, 64);
  return {
    bytes: Buffer.alloc(0),
    length,
    kinds: new Uint8Array(room),
    starts: new Int32Array(room),
    ends: new Int32Array(room),
  };
}

/** Makes room for `length` fields. */
export function resizeTuple(tuple: Tuple, length: number): void {
  if (length > tuple.kinds.length) {
    tuple.kinds = new Uint8Array(length);
    tuple.starts = new Int32Array(length);
    tuple.ends = new Int32Array(length);
  }
  tuple.length = length;
}
