import { expect, test } from 'vitest';
import { ByteSink } from '../records/byte-sink.ts';
import { LogBatch } from '../records/log-batch.ts';
import { writeVarint } from '../records/varint.ts';
import { TableCursor, type Target } from './table-cursor.ts';
import { VersionWords } from './version-words.ts';

/** A batch of one message, with a value of this many bytes. */
function batchAt(offset: number, bytes: number): LogBatch {
  const record = new ByteSink(16);
  record.bytes.fill(0, 0, 3); // attributes, timestamp, offset
  record.length = 3;
  writeVarint(record, -1);
  writeVarint(record, bytes);
  record.append(Buffer.alloc(bytes));
  record.byte(0);
  const whole = new ByteSink(16);
  writeVarint(whole, record.length);
  whole.append(record.written());
  const facts = { baseOffset: BigInt(offset), baseTimestampMs: 0, appendTimestampMs: null };
  return new LogBatch({ bytes: whole.written(), ...facts }, 1, 0n);
}

function add(cursor: TableCursor, packed: number, partition: number, offset: number, bytes = 10): void {
  const version = new VersionWords();
  version.unpack(BigInt(packed));
  cursor.add(partition, batchAt(offset, bytes), 0, version);
}

/** Versions of what is complete, in the order in which it is given. */
function takeFrom(
  cursor: TableCursor,
  target: Target,
  byOffset: (partition: number, offset: number) => number,
): number[] {
  const taken: number[] = [];
  cursor.release(target);
  while (cursor.take()) taken.push(byOffset(cursor.partition, Number(cursor.batch?.offset(cursor.index))));
  return taken;
}

/** Partitions as versions by offset. */
function cursorOver(partitions: readonly (readonly number[])[], through = -1n) {
  const cursor = new TableCursor({ offsets: partitions.map(() => 0n), through });
  return {
    cursor,
    take: (target: Target): number[] =>
      takeFrom(cursor, target, (partition, at) => partitions[partition]?.[at] as number),
    read(partition: number, count: number): void {
      const from = Number(cursor.taken()[partition]);
      const at = reading[partition] ?? from;
      const versions = (partitions[partition] ?? []).slice(at, at + count);
      for (const [i, version] of versions.entries()) add(cursor, version, partition, at + i);
      reading[partition] = at + versions.length;
      cursor.read(partition, BigInt(at + versions.length));
    },
  };
}

let reading: number[] = [];

test('gives the changes of all partitions in one order, each once', () => {
  reading = [];
  const { cursor, read, take } = cursorOver([
    [1, 4, 5],
    [2, 3, 3, 6],
  ]);
  const target = { offsets: [3n, 4n], through: 6n };
  read(0, 9);
  read(1, 9);
  expect(take(target)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(cursor.hasReached(target)).toBe(true);
  expect(cursor.taken()).toEqual([3n, 4n]);
});

test('holds what a partition that is not read so far may have something before', () => {
  reading = [];
  const { cursor, read, take } = cursorOver([
    [1, 4, 9],
    [2, 3, 5],
  ]);
  const target = { offsets: [3n, 3n], through: 9n };
  read(0, 3);
  expect(take(target)).toEqual([]);
  read(1, 1);
  expect(take(target)).toEqual([1, 2]);
  expect(cursor.taken()).toEqual([1n, 1n]);
  expect(cursor.toRead(target)).toEqual([{ partition: 1, offset: 1n }]);
  read(1, 2);
  expect(take(target)).toEqual([3, 4, 5, 9]);
});

test('keeps what is past the target although its offsets have it', () => {
  reading = [];
  const { cursor, read, take } = cursorOver([[1, 2, 3]]);
  read(0, 3);
  const target = { offsets: [3n], through: 2n };
  expect(take(target)).toEqual([1, 2]);
  expect(cursor.hasReached(target)).toBe(true);
  expect(cursor.taken()).toEqual([2n]);
  const later = { offsets: [3n], through: 5n };
  expect(cursor.hasReached(later)).toBe(false);
  expect(take(later)).toEqual([3]);
});

test('drops what a publisher that was started again sends twice, over any distance', () => {
  reading = [];
  const { read, take } = cursorOver([
    [1, 3, 1, 3, 5],
    [2, 4, 2, 4, 6],
  ]);
  const target = { offsets: [5n, 5n], through: 6n };
  const taken: number[] = [];
  for (let i = 0; i < 5; i++) {
    read(0, 1);
    read(1, 1);
    taken.push(...take(target));
  }
  expect(taken).toEqual([1, 2, 3, 4, 5, 6]);
});

test('gives in order what stands twice of which the brokers have compacted the first away', () => {
  reading = [];
  const { cursor, read, take } = cursorOver([
    [3, 1, 2, 6, 4],
    [5, 7, 8],
  ]);
  const target = { offsets: [5n, 3n], through: 9n };
  read(0, 3);
  read(1, 1);
  expect(take({ ...target, through: 2n })).toEqual([1, 2]);
  expect(cursor.taken()).toEqual([0n, 0n]);
  read(0, 2);
  expect(take(target)).toEqual([3, 4, 5]);
  expect(cursor.taken()).toEqual([3n, 1n]);
  read(1, 2);
  expect(take(target)).toEqual([6, 7, 8]);
  expect(cursor.taken()).toEqual([5n, 3n]);
});

test('drops what was taken by an earlier run', () => {
  reading = [];
  const { read, take } = cursorOver([[1, 2, 3]], 2n);
  read(0, 3);
  expect(take({ offsets: [3n], through: 3n })).toEqual([3]);
});

test('reads no further in a partition that is far ahead of the others', () => {
  const cursor = new TableCursor({ offsets: [0n, 0n], through: -1n });
  const target = { offsets: [100n, 100n], through: 999n };
  add(cursor, 5, 0, 0, 600 << 10);
  cursor.read(0, 1n);
  expect(cursor.toRead(target)).toEqual([{ partition: 1, offset: 0n }]);
  add(cursor, 6, 1, 0);
  cursor.read(1, 1n);
  expect(takeFrom(cursor, target, (partition) => 5 + partition)).toEqual([5]);
  expect(cursor.toRead(target).map(({ partition }) => partition)).toEqual([0, 1]);
});

test('gives random interleavings in order, whatever is read when, holding little', () => {
  const seed = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000);
  let state = seed + 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  reading = [];
  const all = Array.from({ length: 500 }, (_, i) => i + 1);
  const partitions: number[][] = [[], [], []];
  for (const version of all) {
    const own = partitions[random(3)] as number[];
    own.push(version);
    // Started again: the last few of this partition once more.
    if (random(20) === 0) own.push(...own.slice(-random(5) - 1));
  }
  const { cursor, read, take } = cursorOver(partitions);
  const target = { offsets: partitions.map(({ length }) => BigInt(length)), through: 500n };
  const taken: number[] = [];
  for (let turns = 0; !cursor.hasReached(target) && turns < 10_000; turns++) {
    read(random(3), random(8));
    taken.push(...take(target));
  }
  expect(taken, `seed ${seed}`).toEqual(all);
});
