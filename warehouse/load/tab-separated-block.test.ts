import { expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import { packVersion } from '../../changelog/version.ts';
import { tupleOf } from '../testing/tuples.ts';
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

test('keeps a refused row in full and writes nothing of it', () => {
  const block = createTabSeparatedBlock(relation);
  block.upsert(version, tuple('5', 'x', 'infinity'));
  expect(block.rows).toBe(0);
  expect(block.written().length).toBe(0);
  expect(block.rejected).toMatchObject([{ column: 'at', row: { id: '5', note: 'x', at: 'infinity' } }]);
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
