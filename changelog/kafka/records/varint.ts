import type { ByteSink } from './byte-sink.ts';

/** Zigzag varint of a number in 32 bits, as records have them. */
export function writeVarint(out: ByteSink, value: number): void {
  out.length = putVarint(out.reserve(5), out.length, value);
}

/** The same at a place that is known to have room; returns where it ends. */
export function putVarint(target: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
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

/** The zigzag varint at `at`, of 32 bits. Throws a RangeError when the bytes end in it, or it is longer. */
export function readVarint(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first !== undefined && first < 128) return (first >>> 1) ^ -(first & 1);
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value |= (byte & 127) << shift;
    if (byte < 128) return (value >>> 1) ^ -(value & 1);
  }
  throw new RangeError('no varint of 32 bits');
}

/** The same of 64 bits, as far as a number holds it. */
export function readVarlong(bytes: Buffer, at: number): number {
  if ((bytes[at] ?? 128) < 128) return readVarint(bytes, at);
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
  }
  throw new RangeError('no varint of 64 bits');
}

/** Where the varint at `at` ends. */
export function varintEnd(bytes: Buffer, at: number): number {
  let end = at;
  while ((bytes[end] as number) > 127) end++;
  return end + 1;
}
