import type { ByteSink } from '../records/byte-sink.ts';

/** `\x00ff` as base64. */
export function writeByteaBase64(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const text = Buffer.from(bytes.toString('latin1', start + 2, end), 'hex').toString('base64');
  out.ascii(`"${text}"`);
}

/** `\x00ff` as `"00ff"`. */
export function writeByteaHex(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.byte(34);
  out.copy(bytes, start + 2, end);
  out.byte(34);
}

/** `1` of a bit(1) as true. */
export function writeBit(out: ByteSink, bytes: Buffer, start: number): void {
  out.ascii(bytes[start] === 49 ? 'true' : 'false');
}

/** Bits as bytes in base64, the last bit being the lowest of the first byte. */
export function writeBits(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const packed = Buffer.alloc(Math.ceil((end - start) / 8));
  for (let i = end - 1, bit = 0; i >= start; i--, bit++) {
    if (bytes[i] === 49) packed[bit >> 3] = (packed[bit >> 3] as number) | (1 << (bit & 7));
  }
  out.ascii(`"${packed.toString('base64')}"`);
}

/** `(1.5,-2)` as Debezium's point: coordinates, and the same as well-known binary. */
export function writePoint(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const [x = '', y = ''] = bytes.toString('latin1', start + 1, end - 1).split(',');
  const wkb = Buffer.alloc(21);
  wkb.writeUInt8(1, 0); // little-endian
  wkb.writeUInt32LE(1, 1); // a point
  wkb.writeDoubleLE(Number(x), 5);
  wkb.writeDoubleLE(Number(y), 13);
  out.ascii(`{"x":${coordinate(x)},"y":${coordinate(y)},"wkb":"${wkb.toString('base64')}","srid":null}`);
}

function coordinate(text: string): string {
  return Number.isFinite(Number(text)) ? text : `"${text}"`;
}
