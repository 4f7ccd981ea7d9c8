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

test('writes digits of any number, whatever its size', () => {
  const numbers = [
    0, 7, 10, 99, 100, 12_345_678, 99_999_999, 100_000_000, 100_000_001, 4_294_967_295, 1_763_769_600_123,
  ];
  const values = [
    ...numbers,
    Number.MAX_SAFE_INTEGER,
    -1,
    ...numbers.map(BigInt),
    2n ** 53n,
    2n ** 64n - 1n,
    -(2n ** 60n),
  ];
  for (const value of values) {
    const out = new ByteSink(1);
    out.digits(value);
    expect(out.written().toString()).toBe(value.toString());
  }
});

test('appends wholes and parts of every length', () => {
  const source = Buffer.from(Array.from({ length: 100 }, (_, i) => i));
  for (let length = 0; length <= source.length; length++) {
    const out = new ByteSink(1);
    out.byte(200);
    out.append(source.subarray(0, length));
    out.copy(source, source.length - length, source.length);
    const expected = [200, ...source.subarray(0, length), ...source.subarray(source.length - length)];
    expect([...out.written()]).toEqual(expected);
    out.length = 0;
    out.append(source);
    expect(out.written().equals(source)).toBe(true);
  }
});
