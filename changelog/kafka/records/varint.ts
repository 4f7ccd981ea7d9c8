import type { ByteSink } from './byte-sink.ts';

/** Zigzag varint of a number in 32 bits, as records have them. */
export function writeVarint(out: ByteSink, value: number): void {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  const target = out.reserve(5);
  let at = out.length;
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  out.length = at;
}

/** Bytes that `writeVarint` takes. */
export function varintLength(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let length = 1;
  while (rest > 127) {
    rest >>>= 7;
    length++;
  }
  return length;
}
