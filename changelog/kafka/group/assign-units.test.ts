import { expect, test } from 'vitest';
import { assignUnits } from './assign-units.ts';

const UNITS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

function sizes(shares: ReadonlyMap<string, readonly string[]>): number[] {
  return [...shares.values()].map((share) => share.length).sort();
}

/** Generations until nothing moves any more: members join with what they were given. */
function settle(start: readonly { id: string; owned: readonly string[] }[], units: readonly string[]) {
  let members = start;
  const generations: ReadonlyMap<string, readonly string[]>[] = [];
  for (let n = 0; n < 10; n++) {
    const shares = assignUnits(members, units);
    generations.push(shares);
    const next = members.map(({ id }) => ({ id, owned: shares.get(id) ?? [] }));
    if (JSON.stringify(next) === JSON.stringify(members)) return generations;
    members = next;
  }
  throw new Error('never settles');
}

test('gives every unit to one member, evenly', () => {
  const shares = assignUnits(
    ['x', 'y', 'z'].map((id) => ({ id, owned: [] })),
    UNITS,
  );
  expect([...shares.values()].flat().sort()).toEqual(UNITS);
  expect(sizes(shares)).toEqual([2, 2, 3]);
});

test('moves only what a dead member had', () => {
  const shares = assignUnits(
    [
      { id: 'x', owned: ['a', 'b', 'c'] },
      { id: 'y', owned: ['d', 'e'] },
    ],
    UNITS,
  );
  expect(shares.get('x')).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  expect(shares.get('y')).toEqual(expect.arrayContaining(['d', 'e']));
  expect([...shares.values()].flat().sort()).toEqual(UNITS);
});

test('gives a unit that moves to nobody before its owner has let go', () => {
  const generations = settle(
    [
      { id: 'x', owned: UNITS },
      { id: 'y', owned: [] },
    ],
    UNITS,
  );
  const [first, last] = [generations[0], generations.at(-1)];
  expect(first?.get('y')).toEqual([]);
  expect(first?.get('x')).toEqual(['a', 'b', 'c', 'd']);
  expect([...(last?.values() ?? [])].flat().sort()).toEqual(UNITS);
  expect(sizes(last as ReadonlyMap<string, string[]>)).toEqual([3, 4]);
});

test('a unit that two claim stays with one of them', () => {
  const generations = settle(
    [
      { id: 'x', owned: ['a', 'b'] },
      { id: 'y', owned: ['a'] },
    ],
    ['a', 'b'],
  );
  for (const shares of generations) expect([...shares.values()].flat().filter((unit) => unit === 'a')).toHaveLength(1);
  expect([...(generations.at(-1)?.values() ?? [])].flat().sort()).toEqual(['a', 'b']);
});

test('units that are gone are nobody’s, more members than units leave some without', () => {
  const shares = assignUnits(
    [
      { id: 'x', owned: ['gone'] },
      { id: 'y', owned: [] },
      { id: 'z', owned: [] },
    ],
    ['a', 'b'],
  );
  expect(sizes(shares)).toEqual([0, 1, 1]);
  expect([...shares.values()].flat()).not.toContain('gone');
});
