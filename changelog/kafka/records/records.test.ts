import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { crc32c } from './crc32c.ts';
import { murmur2, partitionOf } from './murmur2.ts';
import { varintLength, writeVarint } from './varint.ts';

test('has the checksums of RFC 3720, whatever the length', () => {
  const zeros = Buffer.alloc(32);
  const ones = Buffer.alloc(32, 0xff);
  const rising = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
  expect(crc32c(zeros, 0, 32)).toBe(0x8a9136aa);
  expect(crc32c(ones, 0, 32)).toBe(0x62a8ab43);
  expect(crc32c(rising, 0, 32)).toBe(0x46dd794e);
  const text = Buffer.from('xx123456789yy');
  expect(crc32c(text, 2, 11)).toBe(0xe3069283);
});

test('has the hashes of Kafka’s own clients', () => {
  // org.apache.kafka.common.utils.UtilsTest
  const cases: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [text, hash] of Object.entries(cases)) {
    const bytes = Buffer.from(`-${text}-`);
    expect(murmur2(bytes, 1, bytes.length - 1)).toBe(hash);
  }
  expect(partitionOf(Buffer.from('abc'), 0, 3, 6)).toBe(479470107 % 6);
  expect(partitionOf(null, 0, 0, 6)).toBe(0);
});

test('writes numbers as varints in as many bytes as it says', () => {
  const cases: [number, number[]][] = [
    [0, [0]],
    [-1, [1]],
    [1, [2]],
    [63, [126]],
    [64, [128, 1]],
    [-64, [127]],
    [-65, [129, 1]],
    [8192, [128, 128, 1]],
    [2147483647, [254, 255, 255, 255, 15]],
  ];
  for (const [value, bytes] of cases) {
    const out = new ByteSink(1);
    writeVarint(out, value);
    expect([...out.written()]).toEqual(bytes);
    expect(varintLength(value)).toBe(bytes.length);
  }
});
