import { describe, expect, test } from 'vitest';
import type { ShapeColumn, TableShape } from '../snapshot/snapshot-book.ts';
import { followedShape, isOfShape, shapeChange } from './shape-change.ts';

/** Columns by name, numbered from 1 on; an empty name is a dropped one. */
function shapeOf(names: readonly string[], more: Partial<TableShape> = {}): TableShape {
  const columns = names.map(
    (name, i): ShapeColumn => ({ name, number: i + 1, typeOid: 25, typeModifier: -1, xmin: '1', hasMissing: false }),
  );
  return {
    columns: columns.filter(({ name }) => name !== ''),
    key: ['id'],
    storage: '7',
    attributes: names.length,
    dropped: columns.filter(({ name }) => name === '').map(({ number }) => number),
    ...more,
  };
}

describe('a change of shape', () => {
  test.each([
    ['an added column is followed', ['id', 'x'], ['id', 'x', 'y'], 'follow'],
    ['a dropped column is followed', ['id', 'x'], ['id', ''], 'follow'],
    ['a renamed column is not', ['id', 'x'], ['id', 'y'], 'rebuild'],
    ['a column that was dropped and added again is not', ['id', 'x'], ['id', '', 'x'], 'rebuild'],
    ['nor is one that came and went between two looks', ['id'], ['id', '', 'x'], 'rebuild'],
    ['also without another one', ['id'], ['id', ''], 'rebuild'],
  ] as const)('%s', (_name, known, now, change) => {
    expect(shapeChange(shapeOf(known), shapeOf(now))).toBe(change);
  });

  // The replica had the values of the former column under the new one's name.
  test('a column with the name of one that was dropped earlier is built anew', () => {
    const first = shapeOf(['id', 'x']);
    const second = followedShape(first, shapeOf(['id', '']));
    expect(second.former).toEqual(['x']);
    const third = followedShape(second, shapeOf(['id', '', 'y']));
    expect(shapeChange(third, shapeOf(['id', '', 'y', 'x']))).toBe('rebuild');
    expect(shapeChange(third, shapeOf(['id', '', 'y', 'z']))).toBe('follow');
  });
});

describe('a relation message', () => {
  const shape = followedShape(shapeOf(['id', 'x', 'y']), shapeOf(['id', '', 'y', 'z']));
  test.each([
    ['as the catalog has it', ['id', 'y', 'z'], true],
    ['from before a column was added', ['id', 'y'], true],
    ['from before one was dropped', ['id', 'x', 'y'], true],
    ['with a name that nobody has seen', ['id', 'y', 'w'], false],
    ['with such a name in another one’s place', ['id', 'w', 'z'], false],
    ['without a column that was there all the time', ['id', 'z'], false],
    ['with names that went to and fro', ['id', 'z', 'y'], false],
  ])('%s', (_name, columns, expected) => {
    expect(isOfShape(columns, shape)).toBe(expected);
  });
});
