import { expect, test } from 'vitest';
import type { Relation } from '../../changelog/change.ts';
import type { TabSeparatedBlock } from './tab-separated-block.ts';
import { fillUnchanged } from './unchanged-values.ts';

const column = (name: string) => ({ name, typeOid: 25, typeModifier: -1, typeName: 'text', typeKind: 'b' });
const relation: Relation = {
  oid: 1,
  source: 's',
  schema: 'public',
  table: 't',
  keyColumns: [0],
  columns: [column('id'), column('big')],
};

function block(lines: string[], unresolved: { line: number; lookupKey: string }[]): TabSeparatedBlock {
  const text = lines.map((line) => `${line}\n`).join('');
  return {
    relation,
    bytes: text.length,
    rows: lines.length,
    rejected: [],
    unresolved,
    written: () => Buffer.from(text),
    upsert() {},
    move() {},
    remove() {},
  };
}

test('takes the value from the replica', async () => {
  const filled = await fillUnchanged(block(['1\t\\U\t9\t0'], [{ line: 0, lookupKey: '1' }]), relation, async (keys) => {
    expect(keys).toEqual(['1']);
    return new Map([['1', ['1', 'old']]]);
  });
  expect(filled.toString()).toBe('1\told\t9\t0\n');
});

test('an earlier line of the block is newer than the replica', async () => {
  const filled = await fillUnchanged(
    block(['1\tnew\t8\t0', '1\t\\U\t9\t0'], [{ line: 1, lookupKey: '1' }]),
    relation,
    async () => new Map([['1', ['1', 'old']]]),
  );
  expect(filled.toString()).toBe('1\tnew\t8\t0\n1\tnew\t9\t0\n');
});

test('follows a row through a change of its key', async () => {
  const filled = await fillUnchanged(
    block(
      ['1\t\\N\t8\t1', '2\t\\U\t8\t0', '2\t\\U\t9\t0'],
      [
        { line: 1, lookupKey: '1' },
        { line: 2, lookupKey: '2' },
      ],
    ),
    relation,
    async () => new Map([['1', ['1', 'old']]]),
  );
  expect(filled.toString()).toBe('1\t\\N\t8\t1\n2\told\t8\t0\n2\told\t9\t0\n');
});

test('drops a row that is nowhere any more', async () => {
  const filled = await fillUnchanged(
    block(['1\t\\U\t9\t0', '2\tb\t9\t0'], [{ line: 0, lookupKey: '1' }]),
    relation,
    async () => new Map(),
  );
  expect(filled.toString()).toBe('2\tb\t9\t0\n');
});
