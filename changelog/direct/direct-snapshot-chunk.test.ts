import { expect, test } from 'vitest';
import type { Relation, Tuple } from '../change.ts';
import type { SnapshotBlock, SourceDestination } from '../destination.ts';
import { createDirectSnapshotChunk } from './direct-snapshot-chunk.ts';
import { createSnapshotBudget, isBlockFull, SMALL_BLOCK_BYTES } from './snapshot-budget.ts';

const MIB = 1 << 20;
const relation: Relation = { oid: 1, source: 's', schema: 'public', table: 't', columns: [], keyColumns: [] };
const state = { epoch: 1, snapshotLsn: 100n, consistentLsn: null, snapshot: null };
/** A row of a MiB: its tuple is not looked at. */
const row: Tuple = {
  bytes: Buffer.alloc(0),
  length: 0,
  kinds: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
};

/** A destination whose writes end when the test says so. */
function fakeDestination() {
  const writes: { bytes: number; end: () => void; fail: (error: Error) => void }[] = [];
  const destination: Pick<SourceDestination, 'openSnapshotBlock' | 'writeSnapshot'> = {
    openSnapshotBlock(of, version): SnapshotBlock {
      let rows = 0;
      return {
        relation: of,
        version,
        get bytes() {
          return rows * MIB;
        },
        get rows() {
          return rows;
        },
        row() {
          rows++;
        },
        line: null,
      };
    },
    writeSnapshot: (block) =>
      new Promise((resolve, reject) => writes.push({ bytes: block.bytes, end: resolve, fail: reject })),
  };
  return { writes, destination };
}

function open(maxMib: number, budgetMib: number) {
  const { writes, destination } = fakeDestination();
  const budget = createSnapshotBudget(budgetMib * MIB);
  const failures: unknown[] = [];
  const openChunk = () =>
    createDirectSnapshotChunk({
      destination,
      relation,
      state,
      fromLsn: null,
      maxBlockBytes: maxMib * MIB,
      budget,
      onFailure: (error) => failures.push(error),
    });
  return { writes, budget, failures, openChunk };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const isPending = async (promise: Promise<void> | null) =>
  promise !== null && (await Promise.race([promise.then(() => 'done'), settle().then(() => 'pending')])) === 'pending';

test('fills the next block while one is written, and waits with a third', async () => {
  const { writes, openChunk } = open(2, 100);
  const chunk = openChunk();
  chunk.row(row);
  expect(chunk.room()).toBeNull();
  chunk.row(row);
  expect(await isPending(chunk.room())).toBe(false);
  expect(writes.map(({ bytes }) => bytes)).toEqual([2 * MIB]);
  chunk.row(row);
  chunk.row(row);
  const third = chunk.room();
  expect(await isPending(third)).toBe(true);
  writes[0]?.end();
  expect(await isPending(third)).toBe(false);
  const done = chunk.done();
  await settle();
  writes[1]?.end();
  await settle();
  writes[2]?.end();
  await done;
});

test('writes small blocks, one at a time, when the budget of all sources is spent', async () => {
  const { writes, openChunk } = open(8, 4);
  const other = openChunk();
  for (let i = 0; i < 3; i++) other.row(row);
  expect(other.room()).toBeNull();
  const chunk = openChunk();
  chunk.row(row);
  const wait = chunk.room();
  expect(await isPending(wait)).toBe(true);
  expect(writes.map(({ bytes }) => bytes)).toEqual([MIB]);
  writes[0]?.end();
  expect(await isPending(wait)).toBe(false);
  // The memory is free again: blocks grow.
  chunk.row(row);
  chunk.row(row);
  other.abandon();
  expect(chunk.room()).toBeNull();
});

test('gives its memory back when it is abandoned or its write fails', async () => {
  const { writes, budget, failures, openChunk } = open(8, 4);
  const abandoned = openChunk();
  for (let i = 0; i < 3; i++) abandoned.row(row);
  expect(abandoned.room()).toBeNull();
  abandoned.abandon();
  const failing = openChunk();
  for (let i = 0; i < 3; i++) failing.row(row);
  expect(failing.room()).toBeNull();
  expect(budget.isSpent()).toBe(false);
  const done = failing.done();
  await settle();
  writes[0]?.fail(new Error('refused'));
  await expect(done).rejects.toThrow('refused');
  expect(failures.length).toBeGreaterThan(0);
  budget.add(4 * MIB - 1);
  expect(budget.isSpent()).toBe(false);
});

test('a block is full at its size, and at a small one when memory is short', () => {
  const limits = { maxBlockBytes: 16 * MIB, isBudgetSpent: false };
  expect(isBlockFull(16 * MIB - 1, limits)).toBe(false);
  expect(isBlockFull(16 * MIB, limits)).toBe(true);
  expect(isBlockFull(SMALL_BLOCK_BYTES, { ...limits, isBudgetSpent: true })).toBe(true);
  expect(isBlockFull(SMALL_BLOCK_BYTES - 1, { ...limits, isBudgetSpent: true })).toBe(false);
});
