import { expect, test } from 'vitest';
import { createPositionWriter, type PositionRow } from './position-writer.ts';

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

test('sends rows that come during an insert together in the next one', async () => {
  const { inserts, write } = heldInserts();
  const first = write({ source: 'a' });
  const others = [write({ source: 'b' }), write({ source: 'c' })];
  expect(inserts.map(({ rows }) => rows)).toEqual([[{ source: 'a' }]]);
  inserts[0]?.end();
  await first;
  await expect.poll(() => inserts.length).toBe(2);
  expect(inserts[1]?.rows).toEqual([{ source: 'b' }, { source: 'c' }]);
  inserts[1]?.end();
  await Promise.all(others);
  const alone = write({ source: 'd' });
  expect(inserts[2]?.rows).toEqual([{ source: 'd' }]);
  inserts[2]?.end();
  await alone;
});

test('rejects for those whose rows were in the insert only', async () => {
  const { inserts, write } = heldInserts();
  const first = write({ source: 'a' });
  const second = write({ source: 'b' });
  inserts[0]?.end(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await expect.poll(() => inserts.length).toBe(2);
  inserts[1]?.end();
  await second;
});
