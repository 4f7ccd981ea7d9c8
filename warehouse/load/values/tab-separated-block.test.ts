import { expect, test } from 'vitest';
import type { Relation } from '../../../changelog/change.ts';
import { packVersion } from '../../../changelog/version.ts';
import { tupleOf } from '../../testing/tuples.ts';
import { createTabSeparatedBlock } from './tab-separated-block.ts';

const relation: Relation = {
  oid: 1,
  source: 's',
  schema: 'public',
  table: 't',
  keyColumns: [0],
  columns: [
    { name: 'id', typeOid: 20, typeModifier: -1, typeName: 'bigint', typeKind: 'b' },
    { name: 'note', typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' },
    { name: 'at', typeOid: 1184, typeModifier: -1, typeName: 'timestamp with time zone', typeKind: 'b' },
  ],
};
const version = { epoch: 1, commitLsn: 7n, ordinal: 3 };
const tuple = (...values: (string | null | undefined)[]) => tupleOf(values);
const digits = packVersion(version).toString();

test('escapes text, drops the UTC offset and ends a row with version and mark', () => {
  const block = createTabSeparatedBlock(relation);
  block.upsert(version, tuple('5', 'a\tb\\c\nd\re', '2024-01-02 03:04:05.678+00'));
  block.upsert(version, tuple('6', null, null));
  expect(block.written().toString()).toBe(
    `5\ta\\tb\\\\c\\nd\\re\t2024-01-02 03:04:05.678\t${digits}\t0\n6\t\\N\t\\N\t${digits}\t0\n`,
  );
  expect(block.rows).toBe(2);
});

test('a deletion carries the key alone', () => {
  const block = createTabSeparatedBlock(relation);
  block.remove(version, tuple('5', 'x', 'y'));
  expect(block.written().toString()).toBe(`5\t\\N\t\\N\t${digits}\t1\n`);
});

test('keeps a refused row in full and removes what its key had', () => {
  const block = createTabSeparatedBlock(relation);
  block.upsert(version, tuple('5', 'x', 'infinity'));
  block.upsert({ ...version, ordinal: 4 }, tuple('6', undefined, 'infinity'));
  const removal = (key: string, ordinal: number) => `${key}\t\\N\t\\N\t${packVersion({ ...version, ordinal })}\t1\n`;
  expect(block.written().toString()).toBe(removal('5', 3) + removal('6', 4));
  expect(block.rejected).toMatchObject([
    { column: 'at', row: { id: '5', note: 'x', at: 'infinity' }, key: '5', lookupKey: '5', line: 0 },
    { column: 'at', row: { id: '6', at: 'infinity' }, key: '6', line: 1 },
  ]);
  expect(Object.keys(block.rejected[1]?.row ?? {})).toEqual(['id', 'at']);
});

test('marks what an update left out and remembers where its value is', () => {
  const block = createTabSeparatedBlock(relation);
  block.upsert(version, tuple('5', undefined, null));
  block.move(version, tuple('5', null, null), tuple('6', undefined, null));
  expect(block.written().toString().split('\n')[0]).toBe(`5\t\\U\t\\N\t${digits}\t0`);
  expect(block.unresolved).toEqual([
    { line: 0, lookupKey: '5' },
    { line: 2, lookupKey: '5' },
  ]);
});

test('grows with its rows', () => {
  const block = createTabSeparatedBlock(relation);
  const long = '\n'.repeat(5000);
  for (let i = 0; i < 50; i++) block.upsert(version, tuple(String(i), long, null));
  expect(block.written().toString().split('\n').length).toBe(51);
});

test('a refused key has nothing in the replica: its row is kept, its removal is told', () => {
  const byDate: Relation = {
    ...relation,
    columns: [
      { ...relation.columns[0], name: 'day', typeOid: 1082, typeModifier: -1, typeName: 'date', typeKind: 'b' },
    ],
  };
  const block = createTabSeparatedBlock(byDate);
  block.upsert(version, tuple('infinity'));
  block.move(version, tuple('infinity'), tuple('2024-01-01'));
  block.move(version, tuple('2024-01-01'), tuple('-infinity'));
  block.remove(version, tuple('-infinity'));
  expect(block.rejected).toMatchObject([
    { key: 'infinity', row: { day: 'infinity' } },
    { key: '-infinity', lookupKey: '2024-01-01' },
  ]);
  expect(block.removals).toMatchObject([{ key: 'infinity' }, { key: '-infinity' }]);
  expect(block.written().toString()).toBe(`2024-01-01\t${digits}\t0\n2024-01-01\t${digits}\t1\n`);
});

test('names the arrays that are empty: an empty one that is not named is NULL', () => {
  const element = { typeOid: 23, typeModifier: -1, typeName: 'integer', typeKind: 'b', delimiter: ',' };
  const array = (name: string) => ({
    name,
    typeOid: 1007,
    typeModifier: -1,
    typeName: 'integer[]',
    typeKind: 'b',
    element,
  });
  const withArrays: Relation = { ...relation, columns: [relation.columns[0]!, array("it's"), array('b')] };
  const block = createTabSeparatedBlock(withArrays);
  block.upsert(version, tuple('1', '{}', null));
  block.upsert(version, tuple('2', '{}', '{}'));
  block.upsert(version, tuple('3', '{1}', undefined));
  block.remove(version, tuple('4', null, null));
  expect(block.written().toString().split('\n')).toEqual([
    `1\t[]\t[]\t['it\\'s']\t${digits}\t0`,
    `2\t[]\t[]\t['it\\'s','b']\t${digits}\t0`,
    `3\t[1]\t\\U\t[]\t${digits}\t0`,
    `4\t[]\t[]\t[]\t${digits}\t1`,
    '',
  ]);
});
