import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from './record-batch.ts';
import { readBatches } from './record-batch-reader.ts';
import { readVarint, readVarlong, varintEnd, writeVarint } from './varint.ts';

const HEADER = Buffer.from('millrace.version');

async function batch(baseOffset: number, values: readonly (string | null)[], compression: 'zstd' | 'none' = 'none') {
  const builder = new RecordBatchBuilder({ baseTimestampMs: 1_700_000_000_000, initialBytes: 64 });
  for (const value of values) {
    const out = new ByteSink(16);
    out.append(Buffer.from('key'));
    if (value !== null) out.append(Buffer.from(value));
    const before = out.length;
    writeHeaders(out, [
      { name: Buffer.from('millrace.former'), value: Buffer.from('other') },
      { name: HEADER, value: Buffer.from('first') },
      { name: HEADER, value: Buffer.from('last') },
    ]);
    builder.add(out.bytes, 0, 3, value === null ? -1 : Buffer.byteLength(value), out.length - before);
  }
  const bytes = await builder.seal(compression);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0); // As the broker does; the checksum does not cover it.
  return bytes;
}

test('reads what was written, from the offset on, up to the last batch that is whole', async () => {
  const large = 'x'.repeat(10_000);
  const batches = [await batch(5, ['a', null, 'c']), await batch(8, ['d', large], 'zstd'), await batch(20, ['e'])];
  const whole = await readBatches(Buffer.concat(batches), 6n, []);
  expect(whole.next).toBe(21n);
  expect(whole.messages.map(({ offset, value }) => [offset, value?.toString() ?? null])).toEqual([
    [6n, null],
    [7n, 'c'],
    [8n, 'd'],
    [9n, large],
    [20n, 'e'],
  ]);
  const [first] = whole.messages;
  expect(first?.key?.toString()).toBe('key');
  expect(first?.timestampMs).toBe(1_700_000_000_000);
  expect(first?.header(HEADER)?.toString()).toBe('last');
  expect(first?.header(Buffer.from('millrace.another'))).toBeUndefined();
  expect(first?.headers).toEqual({ 'millrace.former': Buffer.from('other'), 'millrace.version': Buffer.from('last') });
  const cut = Buffer.concat(batches).subarray(0, -1);
  expect((await readBatches(cut, 6n, [])).next).toBe(10n);
  expect(await readBatches(Buffer.alloc(0), 6n, [])).toMatchObject({ messages: [], batches: [], next: 6n });
});

test('refuses what is no batch, wherever a byte is another one', async () => {
  const bytes = await batch(0, ['some value', 'another one']);
  for (let at = 16; at < bytes.length; at++) {
    const broken = Buffer.from(bytes);
    broken[at] = (broken[at] as number) ^ 0x41;
    await expect(readBatches(broken, 0n, []), `byte ${at}`).rejects.toThrow(RangeError);
  }
});

test('leaves out a transaction that was given up, until its marker', async () => {
  const { crc32c } = await import('./crc32c.ts');
  const of = async (baseOffset: number, value: string, attributes: number): Promise<Buffer> => {
    const bytes = await batch(baseOffset, [value]);
    bytes.writeInt16BE(attributes, 21);
    bytes.writeBigInt64BE(7n, 43);
    bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17);
    return bytes;
  };
  const batches = Buffer.concat([
    await of(0, 'given up', 0x10),
    await of(1, 'marker', 0x30),
    await of(2, 'kept', 0x10),
    await of(3, 'marker', 0x30),
    await of(4, 'given up as well', 0x10),
  ]);
  const aborted = [
    { producerId: 7n, firstOffset: 4n },
    { producerId: 7n, firstOffset: 0n },
  ];
  const { messages, next } = await readBatches(batches, 0n, aborted);
  expect(messages.map(({ value }) => value?.toString())).toEqual(['kept']);
  expect(next).toBe(5n);
});

test('reads varints of 32 and of 64 bits', () => {
  for (const value of [0, -1, 1, 63, 64, -65, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
    const out = new ByteSink(8);
    writeVarint(out, value);
    expect(readVarint(out.written(), 0)).toBe(value);
    expect(readVarlong(out.written(), 0)).toBe(value);
    expect(varintEnd(out.written(), 0)).toBe(out.length);
  }
  const day = Buffer.from([0x80, 0xf8, 0xb4, 0xf8, 0xba, 0x62]); // Two days and more, in microseconds.
  expect(readVarlong(day, 0)).toBeGreaterThan(2 ** 32);
  expect(() => readVarint(day, 0)).toThrow(RangeError);
  expect(() => readVarint(Buffer.from([0x80]), 0)).toThrow(RangeError);
});
