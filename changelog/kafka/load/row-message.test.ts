import { expect, test } from 'vitest';
import { HEADER } from '../publish/record-writer.ts';
import { ByteSink } from '../records/byte-sink.ts';
import type { LogBatch } from '../records/log-batch.ts';
import { RecordBatchBuilder, writeHeaders } from '../records/record-batch.ts';
import { readBatches } from '../records/record-batch-reader.ts';
import { RowMessage } from './row-message.ts';

type Headers = readonly (readonly [name: string, value: Buffer | string])[];

async function batchOf(messages: readonly { value: string | null; headers: Headers }[]): Promise<LogBatch> {
  const builder = new RecordBatchBuilder({ baseTimestampMs: 0, initialBytes: 64 });
  for (const { value, headers } of messages) {
    const out = new ByteSink(16);
    out.append(Buffer.from('key'));
    out.append(Buffer.from(value ?? ''));
    const before = out.length;
    writeHeaders(
      out,
      headers.map(([name, text]) => ({ name: Buffer.from(name), value: Buffer.from(text) })),
    );
    builder.add(out.bytes, 0, 3, value === null ? -1 : Buffer.byteLength(value), out.length - before);
  }
  const [batch] = (await readBatches(await builder.seal('none'), 0n, [])).batches;
  return batch as LogBatch;
}

function versionBytes(epoch: number, commitLsn: bigint, ordinal: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(epoch, 0);
  bytes.writeBigUInt64BE(commitLsn, 4);
  bytes.writeUInt32BE(ordinal, 12);
  return bytes;
}

const LSN = 0xffff_fffe_8000_0001n;
const OWN: Headers = [
  [HEADER.version, versionBytes(3, LSN, 4_000_000_000)],
  [HEADER.relation, 'abc'],
];
const text = ({ bytes }: RowMessage, start: number, end: number): string | null =>
  end < 0 ? null : bytes.toString('utf8', start, end);

test('tells where the parts of a message are, the last header of each name', async () => {
  const batch = await batchOf([
    {
      value: 'first',
      headers: [
        ['traceparent', 'x'],
        [HEADER.relation, 'former'],
        [HEADER.exceptions, 'e'],
        [HEADER.oldExceptions, 'oe'],
        ...OWN,
        [HEADER.oldKey, 'ok'],
      ],
    },
    { value: 'second', headers: OWN.toReversed() },
  ]);
  const message = new RowMessage();
  for (const again of [false, true]) {
    if (again) message.readAgain(batch, 0);
    else expect(message.read(batch, 0)).toBe(true);
    expect(message.relationId).toBe('abc');
    expect(message.isOf(Buffer.from('abc'))).toBe(true);
    expect(message.isOf(Buffer.from('abd'))).toBe(false);
    expect(message.version).toEqual({ epoch: 3, commitLsn: LSN, ordinal: 4_000_000_000 });
    expect(message.words.pack()).toBe((3n << 96n) | (LSN << 32n) | 4_000_000_000n);
    expect(text(message, message.valueStart, message.valueEnd)).toBe('first');
    expect(text(message, message.keyStart, message.keyEnd)).toBe('key');
    expect(text(message, message.exceptionsStart, message.exceptionsEnd)).toBe('e');
    expect(text(message, message.oldExceptionsStart, message.oldExceptionsEnd)).toBe('oe');
    expect(text(message, message.oldKeyStart, message.oldKeyEnd)).toBe('ok');
    if (again) message.readAgain(batch, 1);
    else expect(message.read(batch, 1)).toBe(true);
    expect(message.relationId).toBe('abc');
    expect(message.version).toEqual({ epoch: 3, commitLsn: LSN, ordinal: 4_000_000_000 });
    expect(text(message, message.valueStart, message.valueEnd)).toBe('second');
    expect([message.exceptionsEnd, message.oldExceptionsEnd, message.oldKeyEnd]).toEqual([-1, -1, -1]);
  }
});

test('passes over what says nothing of its own, and refuses what is not ours', async () => {
  const [version, relation] = OWN as [Headers[0], Headers[0]];
  const batch = await batchOf([
    { value: null, headers: OWN },
    { value: 'half', headers: [...OWN, [HEADER.newKey, 'k']] },
    { value: 'x', headers: [version] },
    { value: 'x', headers: [relation] },
    { value: 'x', headers: [[HEADER.version, 'short'], relation] },
    { value: 'x', headers: [] },
  ]);
  const message = new RowMessage();
  for (const index of [0, 1]) expect(message.read(batch, index)).toBe(false);
  for (const index of [2, 3, 4, 5]) expect(() => message.read(batch, index), `${index}`).toThrow(RangeError);
});
