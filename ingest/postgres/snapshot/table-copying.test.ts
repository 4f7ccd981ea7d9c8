import { expect, test } from 'vitest';
import type { MeasuredTable } from '../tables/table-measure.ts';
import { blocksOfChunk, type Piece, TableCopying } from './table-copying.ts';

function copying(options: { blocks: number; hasToast?: boolean; done?: [number, number][] }): TableCopying {
  const { blocks, hasToast = false, done = [] } = options;
  return new TableCopying({
    name: 'public.t',
    // Nothing else of it is looked at.
    table: { hasToast, key: ['id'] as readonly string[] } as MeasuredTable,
    build: null,
    copy: { fingerprint: 'f', blocks, xmax: '1', done },
    chunkBlocks: 4,
    relation: async () => null,
  });
}

const CHUNK = { rows: 10, bytes: 100 };

test('gives each missing piece once and is copied when all are durable', () => {
  const table = copying({ blocks: 10, done: [[4, 8]] });
  const pieces = [table.take(), table.take()] as Piece[];
  expect(pieces).toEqual([
    [0, 4],
    [8, 10],
  ]);
  expect(table.isTaken).toBe(false);
  for (const _ of pieces) table.endRead();
  expect(table.take()).toBeNull();
  expect(table.isTaken).toBe(true);
  table.settle(pieces[1] as Piece, CHUNK);
  expect(table.becameCopied()).toBe(false);
  expect(table.copy.done).toEqual([[4, 10]]);
  table.settle(pieces[0] as Piece, CHUNK);
  expect(table.copy).toMatchObject({ done: [[0, 10]], rows: 20, bytes: 200 });
  expect([table.becameCopied(), table.becameCopied()]).toEqual([true, false]);
});

test('reads what moved only when every block was read, durable or not', () => {
  const table = copying({ blocks: 8, hasToast: true });
  const pieces = [table.take(), table.take()] as Piece[];
  expect(table.take()).toBeNull();
  expect(table.isTaken).toBe(false);
  table.endRead();
  expect(table.take()).toBeNull();
  table.endRead();
  expect(table.take()).toBe('moved');
  table.endRead();
  expect(table.take()).toBeNull();
  for (const piece of pieces) table.settle(piece, CHUNK);
  expect(table.becameCopied()).toBe(false);
  table.settle('moved', CHUNK);
  expect(table.becameCopied()).toBe(true);
  expect(table.copy).toMatchObject({ done: [[0, 8]], rows: 30 });
});

test('an empty table is copied as soon as it was looked at', () => {
  const table = copying({ blocks: 0 });
  expect(table.becameCopied()).toBe(false);
  expect(table.take()).toBeNull();
  expect(table.becameCopied()).toBe(true);
});

test('makes chunks of bytes, with what is stored out of line', () => {
  const limits = { chunkBytes: 16 << 20, chunkBlocks: 2048 };
  expect(blocksOfChunk({ blocks: 100_000, bytes: 100_000 * 8192 }, limits)).toBe(2048);
  // 10 GiB out of line behind 10 MiB of rows: 2 blocks have 16 MiB.
  expect(blocksOfChunk({ blocks: 1280, bytes: 1281 * (8 << 20) }, limits)).toBe(1);
  expect(blocksOfChunk({ blocks: 1280, bytes: 1280 * (4 << 20) }, limits)).toBe(4);
  // 1,000 partitions of the same size: a block of each.
  expect(blocksOfChunk({ blocks: 1000, bytes: 1000 * 1000 * 8192 }, limits)).toBe(2);
  expect(blocksOfChunk({ blocks: 10, bytes: 1000 * 2 ** 30 }, limits)).toBe(1);
  expect(blocksOfChunk({ blocks: 0, bytes: 0 }, limits)).toBe(2048);
});
