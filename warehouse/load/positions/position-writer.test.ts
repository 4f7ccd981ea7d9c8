import { expect, test } from 'vitest';
import { createPositionWriter, type PositionRow } from './position-writer.ts';

function of(source: string): PositionRow {
  const at = '2026-01-01 00:00:00.000000';
  return {
    source,
    lsn: '0/1',
    committed_at: at,
    caught_up_at: at,
    head_lsn: '0/1',
    rows: '0',
    state: 'streaming',
    epoch: 1,
    floor: '1',
    consistent: true,
    shape: '0',
    sequence: '1',
  };
}

/** Inserts that end when the test says so. */
function heldInserts() {
  const inserts: { rows: readonly PositionRow[]; end: (error?: Error) => void }[] = [];
  const write = createPositionWriter(
    (rows) =>
      new Promise((resolve, reject) => {
        inserts.push({ rows, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  return { inserts, write };
}

test('sends rows that come together in one insert, and those that come during it in the next', async () => {
  const { inserts, write } = heldInserts();
  const first = [write(of('a')), write(of('b'))];
  await expect.poll(() => inserts.length).toBe(1);
  expect(inserts[0]?.rows).toEqual([of('a'), of('b')]);
  const others = [write(of('c')), write(of('d'))];
  inserts[0]?.end();
  await Promise.all(first);
  await expect.poll(() => inserts.length).toBe(2);
  expect(inserts[1]?.rows).toEqual([of('c'), of('d')]);
  inserts[1]?.end();
  await Promise.all(others);
  const alone = write(of('e'));
  await expect.poll(() => inserts.length).toBe(3);
  expect(inserts[2]?.rows).toEqual([of('e')]);
  inserts[2]?.end();
  await alone;
});

test('rejects for those whose rows were in the insert only', async () => {
  const { inserts, write } = heldInserts();
  const first = write(of('a'));
  await expect.poll(() => inserts.length).toBe(1);
  const second = write(of('b'));
  inserts[0]?.end(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await expect.poll(() => inserts.length).toBe(2);
  inserts[1]?.end();
  await second;
});
