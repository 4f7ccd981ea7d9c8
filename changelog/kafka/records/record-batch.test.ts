import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { RecordBatchBuilder, writeHeaders } from './record-batch.ts';
import { readBatches } from './record-batch-reader.ts';

const NAME = 'name';
const HEADER = { name: Buffer.from(NAME), value: Buffer.from('value') };

function createBatch(): RecordBatchBuilder {
  return new RecordBatchBuilder({ baseTimestampMs: 1_700_000_000_000 });
}

function write(batch: RecordBatchBuilder, key: string | null, value: string | null): number {
  const bytes = Buffer.from(`..${key ?? ''}`);
  const out = batch.open(bytes, 2, key === null ? -1 : bytes.length - 2);
  if (value !== null) out.append(Buffer.from(value));
  batch.endValue(value === null);
  writeHeaders(out, [HEADER]);
  return batch.close();
}

async function read(batch: RecordBatchBuilder, compression: 'zstd' | 'none' = 'none') {
  const { messages } = await readBatches(await batch.seal(compression), 0n, []);
  return messages.map(({ key, value, headers }) => [
    key?.toString() ?? null,
    value?.toString() ?? null,
    headers[NAME]?.toString(),
  ]);
}

/** Lengths of which a varint takes one, two, three and four bytes. */
const LENGTHS = [0, 1, 20, 63, 64, 5_000, 8_191, 8_192, 100, 1_048_576, 3, 70_000, 2];

test('reads back records of every length, whichever came before', async () => {
  const batch = createBatch();
  const expected = LENGTHS.flatMap((length, i) => [
    [`key ${i}`, 'x'.repeat(length), 'value'],
    ['k'.repeat(length), null, 'value'],
    [null, 'y'.repeat(length), 'value'],
  ]) as [string | null, string | null, string][];
  const bytes = expected.map(([key, value]) => write(batch, key, value));
  expect(batch.count).toBe(expected.length);
  const headerBytes = 1 + 1 + 4 + 1 + 5;
  expect(bytes).toEqual(expected.map(([key, value]) => (key?.length ?? 0) + (value?.length ?? 0) + headerBytes));
  expect(batch.payloadBytes).toBe(bytes.reduce((sum, each) => sum + each, 0));
  expect(await read(batch)).toEqual(expected);
});

test('has nothing of a record that was not closed', async () => {
  const batch = createBatch();
  write(batch, 'a', 'first');
  const { bytes } = batch;
  batch.open(Buffer.from('b'), 0, 1).append(Buffer.from('half of a va'));
  expect(batch.bytes).toBe(bytes);
  write(batch, 'c', 'second');
  batch.open(Buffer.from('d'), 0, 1);
  batch.endValue(true);
  expect(await read(batch)).toEqual([
    ['a', 'first', 'value'],
    ['c', 'second', 'value'],
  ]);
});

test('moves the last record into another batch, without a trace', async () => {
  const [batch, next, same] = [createBatch(), createBatch(), createBatch()];
  write(next, 'z', 'before');
  for (const each of [batch, same]) write(each, 'a', 'first');
  const last = 'x'.repeat(9_000);
  write(batch, 'b', last);
  batch.moveLast(next);
  expect([batch.count, batch.bytes, batch.payloadBytes]).toEqual([same.count, same.bytes, same.payloadBytes]);
  write(next, null, null);
  write(next, 'c', 'third');
  write(batch, 'd', 'fourth');
  expect(await read(batch)).toEqual([
    ['a', 'first', 'value'],
    ['d', 'fourth', 'value'],
  ]);
  expect(await read(next)).toEqual([
    ['z', 'before', 'value'],
    ['b', last, 'value'],
    [null, null, 'value'],
    ['c', 'third', 'value'],
  ]);
});

test('keeps batches apart that are compressed at the same time, in memory that others had', async () => {
  for (let round = 0; round < 3; round++) {
    const batches = Array.from({ length: 9 }, (_, i) => {
      const batch = createBatch();
      for (let j = 0; j < 200; j++) write(batch, `${round}/${i}/${j}`, `${i}`.repeat(i === 4 ? 5_000 : 40));
      return { batch, i };
    });
    await Promise.all(
      batches.map(async ({ batch, i }) => {
        const found = await read(batch, 'zstd');
        batch.release();
        expect(found.map(([key]) => key)).toEqual(Array.from({ length: 200 }, (_, j) => `${round}/${i}/${j}`));
        expect(new Set(found.map(([, value]) => value))).toEqual(new Set([`${i}`.repeat(i === 4 ? 5_000 : 40)]));
      }),
    );
  }
});

test('compresses what cannot be compressed', async () => {
  const batch = createBatch();
  let state = 1;
  const noise = Array.from({ length: 700_000 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(33 + ((state >>> 16) % 90));
  }).join('');
  write(batch, 'a', noise);
  expect(await read(batch, 'zstd')).toEqual([['a', noise, 'value']]);
});

test('has the same bytes as a record that is there as a whole', async () => {
  const [written, added] = [createBatch(), createBatch()];
  for (const length of LENGTHS) {
    write(written, 'key', 'x'.repeat(length));
    const out = new ByteSink(16);
    out.append(Buffer.from(`key${'x'.repeat(length)}`));
    const before = out.length;
    writeHeaders(out, [HEADER]);
    added.add(out.bytes, 0, 3, length, out.length - before);
  }
  expect((await written.seal('none')).equals(await added.seal('none'))).toBe(true);
});
