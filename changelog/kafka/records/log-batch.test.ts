import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { LogBatch } from './log-batch.ts';
import { RecordBatchBuilder } from './record-batch.ts';

/** Records without headers. */
function recordsOf(values: readonly string[]): Promise<Buffer> {
  const builder = new RecordBatchBuilder({ baseTimestampMs: 0, initialBytes: 64 });
  for (const value of values) {
    const out = new ByteSink(16);
    out.append(Buffer.from(value));
    out.byte(0);
    builder.add(out.bytes, 0, -1, out.length - 1, 1);
  }
  return builder.seal('none').then((bytes) => bytes.subarray(61));
}

const facts = { baseOffset: 2n ** 53n, baseTimestampMs: 5, appendTimestampMs: null };

test('leaves out what stands below the offset', async () => {
  const bytes = await recordsOf(['a', 'bb', 'ccc']);
  const values = (from: bigint): unknown[] => {
    const batch = new LogBatch({ bytes, ...facts }, 3, from);
    return Array.from({ length: batch.count }, (_, i) => [
      batch.offset(i) - facts.baseOffset,
      batch.bytes.toString('utf8', batch.valueStart(i), batch.valueEnd(i)),
      batch.keyEnd(i),
      batch.timestampMs(i),
    ]);
  };
  const all = [
    [0n, 'a', -1, 5],
    [1n, 'bb', -1, 5],
    [2n, 'ccc', -1, 5],
  ];
  expect(values(0n)).toEqual(all);
  expect(values(facts.baseOffset + 1n)).toEqual(all.slice(1));
  expect(values(facts.baseOffset + 9n)).toEqual([]);
});

test('refuses more records than there are bytes for, before room is made for them', async () => {
  const bytes = await recordsOf(['a', 'b']);
  for (const total of [3, 2 ** 31 - 1, -1]) {
    expect(() => new LogBatch({ bytes, ...facts }, total, 0n)).toThrow(RangeError);
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(() => new LogBatch({ bytes: bytes.subarray(0, length), ...facts }, 2, 0n), `${length}`).toThrow(RangeError);
  }
});
