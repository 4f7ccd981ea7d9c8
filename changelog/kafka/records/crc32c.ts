/** Castagnoli's CRC as record batches have it (RFC 3720, appendix B.4), eight bytes a step. */
const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  (TABLES[0] as Uint32Array)[n] = crc >>> 0;
}
for (let table = 1; table < 8; table++) {
  for (let n = 0; n < 256; n++) {
    const before = (TABLES[table - 1] as Uint32Array)[n] as number;
    (TABLES[table] as Uint32Array)[n] = ((TABLES[0] as Uint32Array)[before & 255] as number) ^ (before >>> 8);
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** Of `bytes[start, end)`, unsigned. */
export function crc32c(bytes: Buffer, start: number, end: number): number {
  let crc = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const low = crc ^ bytes.readInt32LE(i);
    crc =
      (T7[low & 255] as number) ^
      (T6[(low >>> 8) & 255] as number) ^
      (T5[(low >>> 16) & 255] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[i + 4] as number] as number) ^
      (T2[bytes[i + 5] as number] as number) ^
      (T1[bytes[i + 6] as number] as number) ^
      (T0[bytes[i + 7] as number] as number);
  }
  for (; i < end; i++) crc = (T0[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
